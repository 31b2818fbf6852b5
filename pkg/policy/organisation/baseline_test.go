package organisation

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

// knownOf writes a baseline of findings and reads it again.
func knownOf(t *testing.T, findings []report.Finding) *Baseline {
	t.Helper()
	text, _ := WriteBaseline(report.Normalise(findings), all)
	b, problems := DecodeBaseline("known.yaml", text)
	if len(problems) > 0 {
		t.Fatalf("%v\n%s", problems, text)
	}
	return b
}

// A finding that gets worse is no longer the one that the baseline knows, and binds the
// gate again.
func TestABaselineKnowsValues(t *testing.T) {
	const gate = "gate: {thresholds: {warning: 20, blocking: 9}, exceptions: [{team: x, allow: warning_only, until: 2030-01-01, reason: r}]}\n"
	p := decode(t, `version: 1
rules:
  - {name: th, type: thresholds, params: {all: {blocking: {min: 10}}}}
  - {name: ex, type: approved_exceptions, params: {exceptions: []}}
  - {name: tc, type: tier_constraint, params: {tier: all, min_objective: 99.95, min_slos: 3}}
`)
	tighter := decode(t, `version: 1
rules:
  - {name: th, type: thresholds, params: {all: {blocking: {min: 15}}}}
  - {name: ex, type: approved_exceptions, params: {exceptions: []}}
  - {name: tc, type: tier_constraint, params: {tier: all, min_objective: 99.99, min_slos: 4}}
`)
	b := knownOf(t, p.Check(load(t, shop+gate), Input{}))
	for _, c := range []struct {
		name, from, to, want string
		policy               *Policy
	}{
		{"as it was", "", "", "", p},
		{"lines move", "gate:", "# one\n\n# two\ngate:", "", p},
		{"the policy asks for more", "", "", "", tighter},
		{"another threshold", "blocking: 9", "blocking: 0", "policy/thresholds", p},
		{"another word of allow", "allow: warning_only", "allow: always", "policy/approved-exceptions", p},
		{"a later day", "until: 2030", "until: 2040", "policy/approved-exceptions", p},
		{"another objective", "objective: 99.5", "objective: 50", "policy/tier-constraint", p},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(shop+gate, c.from, c.to, 1)
			if c.from != "" && text == shop+gate {
				t.Fatalf("nothing was edited: %s", text)
			}
			s := load(t, text)
			var got []string
			for _, f := range c.policy.Apply(b, "").To(c.policy.Check(s, Input{})) {
				got = append(got, f.Rule)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("stand: %q, want %q", got, c.want)
			}
			if bounds := bound(c.policy.Apply(b, "").Bounds(s[0], Input{})); (bounds != "") != (c.want != "") {
				t.Errorf("the gate is bound by %q", bounds)
			}
		})
	}
}

// Of several findings with one fingerprint each value is known as often as it was there,
// whichever of them is corrected first.
func TestABaselineCountsEachValue(t *testing.T) {
	at := func(line int, message string) report.Finding {
		return report.At(report.Position{File: "a.yaml", Line: line}, "promql/range-too-long", report.Error, message)
	}
	b := knownOf(t, []report.Finding{at(1, "the range is 2d"), at(2, "the range is 3d"), at(3, "the range is 3d")})
	stands := func(findings ...report.Finding) int { return len((&Policy{}).Apply(b, "").To(findings)) }
	if n := stands(at(7, "the range is 3d"), at(8, "the range is 3d")); n != 0 {
		t.Errorf("%d of those that are left are new", n)
	}
	if n := stands(at(1, "the range is 2d"), at(2, "the range is 2d"), at(3, "the range is 3d"), at(4, "the range is 365d")); n != 2 {
		t.Errorf("%d are new, want a second one of 2d and that of 365d", n)
	}
}

// A baseline that was written before values were knows its findings whatever they are.
func TestABaselineWithoutValues(t *testing.T) {
	f := report.Normalise([]report.Finding{report.At(report.Position{File: "a.yaml"}, "alert/for", report.Error, "for is 90m")})
	b, problems := DecodeBaseline("known.yaml", []byte("version: 1\nfindings: [{rule: alert/for, file: a.yaml, fingerprint: "+f[0].Fingerprint+"}]\n"))
	a := (&Policy{}).Apply(b, "")
	if left := a.To(f); len(problems) > 0 || len(left) > 0 {
		t.Errorf("%v, %v", problems, left)
	}
	if got := found(a.Report(Looked{Whole: true})); !strings.Contains(got, "1 known finding in the baseline") || strings.Contains(got, "no longer") {
		t.Errorf("said %q", got)
	}
}
