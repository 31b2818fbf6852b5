package organisation

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

const reaches = `version: 1
rules:
  - {name: of a team, type: required_fields, params: {fields: [runbook]}, when: {team: [payments, core]}}
  - {name: of a type, type: required_labels, severity: info, params: {labels: [cost]}, when: {type: api}}
  - {name: of a tier, type: tier_constraint, params: {tier: [critical, high], min_slos: 1}}
  - {name: of gates, type: thresholds, params: {critical: {blocking: {min: 5}}, high: {blocking: {min: 1}}}}
  - {name: off, type: runbook, when: {team: payments}}
  - name: in prod
    type: dependency_rule
    severity: warning
    params: {require_slo: true}
    when: {team: payments, environment: prod}
  - {name: passes, type: approved_exceptions, params: {exceptions: [{who: 'team:oncall', services: ['legacy-*'], reason: r, until: 2031-01-01}]}}
lint: {disable: [policy/runbook], locked: [policy/tier-constraint]}
waivers:
  - {rule: of a team, services: ['legacy-*'], reason: r, until: 2031-01-01}
  - {rule: policy/tier-constraint, files: ['legacy/'], reason: r, until: 2031-01-01}
  - {rule: alert/for, files: ['legacy/'], reason: r, until: 2020-01-01}
  - {rule: alert/for, files: ['old/'], reason: r, until: 2031-01-01}
`

const reachable = `name: checkout
team: payments
tier: critical
type: api
resources: [{kind: DeploymentGate, name: g, spec: {exceptions: [{team: oncall, allow: during_freeze}]}}]
`

// former is the service with another name or tier.
func former(value string) string {
	switch value {
	case "":
		return reachable
	case "high":
		return strings.Replace(reachable, "tier: critical", "tier: high", 1)
	}
	return strings.Replace(reachable, "name: checkout", "name: "+value, 1)
}

// A change that takes a service out of the reach of the policy is told on the line that
// does it.
func TestWhatLeavesTheReachOfThePolicy(t *testing.T) {
	const once = "once this change is merged, "
	p, findings := Decode("policy.yaml", []byte(reaches), []string{"alert/for", "policy/runbook", "policy/tier-constraint"})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	for _, c := range []struct {
		name, was, is, file, environment string
		// before is the name or the tier that the service had, where it is another one.
		before string
		want   []string
	}{
		{name: "nothing", was: "type: api", is: "type: api\nowner: Ada"},
		{name: "another team that the rule names", was: "team: payments", is: "team: core", want: []string{
			`services/checkout.yaml:2: warning: ` + once + `the policy rule "in prod" is no longer about the service: its team was payments and is now core`,
		}},
		{name: "another team", was: "team: payments", is: "team: logistics", environment: "dev", want: []string{
			`services/checkout.yaml:2: warning: ` + once + `the policy rule "of a team" is no longer about the service: its team was payments and is now logistics`,
		}},
		{name: "another type", was: "type: api", is: "type: worker", want: []string{
			`services/checkout.yaml:4: info: ` + once + `the policy rule "of a type" is no longer about the service: its type was api and is now worker`,
		}},
		{name: "another team and type", was: "team: payments\ntier: critical\ntype: api", is: "team: logistics\ntier: critical\ntype: worker", environment: "dev", want: []string{
			`services/checkout.yaml:2: warning: ` + once + `the policy rule "of a team" is no longer about the service: its team was payments and is now logistics`,
			`services/checkout.yaml:4: info: ` + once + `the policy rule "of a type" is no longer about the service: its type was api and is now worker`,
		}},
		{name: "a tier of which a rule asks less", was: "tier: critical", is: "tier: high", want: []string{
			`services/checkout.yaml:3: warning: ` + once + `the policy rule "of gates" asks less of the service: its tier was critical and is now high`,
		}},
		{name: "a tier of which a rule asks more", before: "high"},
		{name: "another tier", was: "tier: critical", is: "tier: low", want: []string{
			`services/checkout.yaml:3: error: ` + once + `the policy rule "of a tier" is no longer about the service: its tier was critical and is now low`,
			`services/checkout.yaml:3: warning: ` + once + `the policy rule "of gates" is no longer about the service: its tier was critical and is now low`,
		}},
		{name: "a name with a waiver", was: "name: checkout", is: "name: legacy-checkout", want: []string{
			`services/checkout.yaml:1: warning: ` + once + `the exception for team:oncall that the policy approves on legacy-* holds for the service: its name was checkout and is now legacy-checkout`,
			`services/checkout.yaml:1: warning: ` + once + `the waiver of "of a team" holds for the service: its name was checkout and is now legacy-checkout`,
		}},
		{name: "another name with the same waiver", before: "legacy-a", was: "name: checkout", is: "name: legacy-b"},
		{name: "a folder with a waiver", file: "legacy/checkout.yaml", want: []string{
			`legacy/checkout.yaml:1: error: ` + once + `the waiver of policy/tier-constraint holds for the service: its file is now legacy/checkout.yaml`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := cmp.Or(c.file, "services/checkout.yaml")
			was := load(t, "-- services/checkout.yaml --\n"+former(c.before))[0]
			now := load(t, "-- "+file+" --\n"+strings.Replace(reachable, c.was, c.is, 1))[0]
			before := Before{Services: map[*spec.Service]*spec.Service{now: was}, Names: map[string][]string{now.Name.V: {was.Name.V}}, Files: map[string][]string{file: {was.File}}}
			var got []string
			for _, f := range p.Leaving(Input{Environment: c.environment, Today: "2026-01-15", Before: before}, nil) {
				if f.Rule != RuleReach || f.Suggestion == "" || f.Fingerprint == "" || f.Service != now.Name.V {
					t.Errorf("%+v", f)
				}
				f.Column = 0
				got = append(got, f.Position().String()+": "+string(f.Severity)+": "+f.Message)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// A rule file that is moved to where a waiver holds is told, too.
func TestAFileThatLeavesTheReachOfThePolicy(t *testing.T) {
	p, _ := Decode("policy.yaml", []byte(reaches), []string{"alert/for", "policy/runbook", "policy/tier-constraint"})
	in := Input{Today: "2026-01-15", Before: Before{Files: map[string][]string{"old/a.yaml": {"rules/a.yaml"}, "old/b.yaml": {"old/c.yaml"}}}}
	got := p.Leaving(in, []string{"old/a.yaml", "old/b.yaml", "rules/d.yaml"})
	if len(got) != 1 || got[0].File != "old/a.yaml" || got[0].Message != "once this change is merged, the waiver of alert/for holds for the file: it was rules/a.yaml" {
		t.Errorf("%+v", got)
	}
}

// The examples of the page behave as it says.
func TestThePageOfWhatLeavesTheReach(t *testing.T) {
	page, _ := rules.Page(RuleReach)
	blocks := map[string]string{}
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		blocks[m[1]] = m[2]
	}
	of := func(kind string) *spec.Service { return load(t, "-- services/checkout.yaml --\n"+blocks[kind])[0] }
	for kind, want := range map[string]int{"bad": 1, "good": 0} {
		in := Input{Before: Before{Services: map[*spec.Service]*spec.Service{of(kind): of("base")}}}
		if got := decode(t, blocks["policy"]).Leaving(in, nil); len(got) != want {
			t.Errorf("%s: %s", kind, found(got))
		}
	}
	if head, _ := rules.Heading(RuleReach); head.Severity != string(report.Warning) {
		t.Errorf("the head of the page is %+v", head)
	}
}
