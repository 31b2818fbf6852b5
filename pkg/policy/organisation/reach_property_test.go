package organisation

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Whatever a change edits: a rule that asked something of a service and asks nothing of it
// any more is told exactly once, and with a key that the change edits.
func TestNoServiceLeavesARuleUnseen(t *testing.T) {
	tiers := []spec.Tier{spec.TierCritical, spec.TierHigh, spec.TierLow}
	types := []spec.Type{"api", "worker"}
	teams := []string{"payments", "core", "web"}
	left := 0
	rapid.Check(t, func(t *rapid.T) {
		service := func(name string) *spec.Service {
			return &spec.Service{
				Name: spec.Value[string]{V: "checkout"}, File: "a.yaml", At: spec.OriginAt(report.Position{File: "a.yaml", Line: 1, Column: 1}, ""),
				Team: spec.Value[string]{V: rapid.SampledFrom(teams).Draw(t, name+" team")},
				Tier: spec.Value[spec.Tier]{V: rapid.SampledFrom(tiers).Draw(t, name+" tier")},
				Type: spec.Value[spec.Type]{V: rapid.SampledFrom(types).Draw(t, name+" type")},
			}
		}
		was, now := service("was"), service("now")
		some := func(name string, of spec.Tier) []spec.Tier {
			return rapid.SampledFrom([][]spec.Tier{nil, {of}, {of, spec.TierHigh}, {spec.TierLow}}).Draw(t, name)
		}
		rule := Rule{Name: Text{V: "r"}, Kind: TierConstraint, Severity: report.Error, When: When{
			Teams: rapid.SampledFrom([][]string{nil, {was.Team.V}, {was.Team.V, "core"}, {"web"}}).Draw(t, "teams"),
			Types: rapid.SampledFrom([][]spec.Type{nil, {was.Type.V}, {"api"}}).Draw(t, "types"),
			Tiers: some("tiers", was.Tier.V),
		}, check: tierConstraint{tiers: some("constrained", was.Tier.V), minSLOs: 1}}
		asks := func(s *spec.Service) bool {
			return len(rule.check.violations(s, Input{})) > 0 && rule.When.holds(s, "")
		}
		p := Policy{Rules: []Rule{rule}}
		got := p.Leaving(Input{Before: Before{Services: map[*spec.Service]*spec.Service{now: was}}}, nil)
		if (len(got) == 1) != (asks(was) && !asks(now)) || len(got) > 1 {
			t.Fatalf("%+v", got)
		}
		if len(got) == 0 {
			return
		}
		left++
		edits := map[string]bool{"team": was.Team.V != now.Team.V, "type": was.Type.V != now.Type.V, "tier": was.Tier.V != now.Tier.V}
		_, key, _ := strings.Cut(got[0].Message, ": its ")
		key, _, _ = strings.Cut(key, " ")
		if !edits[key] {
			t.Fatalf("%s, and the change edits %v", got[0].Message, edits)
		}
		as := *was
		switch key {
		case "team":
			as.Team = now.Team
		case "type":
			as.Type = now.Type
		case "tier":
			as.Tier = now.Tier
		}
		if asks(&as) {
			t.Fatalf("%s, and the rule still asks for something with that alone", got[0].Message)
		}
	})
	if left < 3 {
		t.Errorf("%d services left the rule: the test tries nothing", left)
	}
}
