package organisation

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

// bound prints what gates are held to, one a line.
func bound(b Bounds) string {
	var out strings.Builder
	for what, f := range map[string]Floor{"warning": b.Warning, "blocking": b.Blocking} {
		if f.Percent != nil {
			fmt.Fprintf(&out, "%s %v by %s\n", what, *f.Percent, f.By)
		}
	}
	for _, r := range b.Refused {
		fmt.Fprintf(&out, "refused %s %s\n", r.At, r.Why)
	}
	for _, r := range b.Barred {
		fmt.Fprintf(&out, "barred %s %s\n", r.At, r.Why)
	}
	if b.Unknown != "" {
		out.WriteString("unknown " + b.Unknown + "\n")
	}
	return out.String()
}

// What a rule with the severity error asks for binds the gate, unless the policy itself
// lets it pass.
func TestBounds(t *testing.T) {
	const low = "type: thresholds\n    params: {all: {warning: {min: 20}}}"
	const unapproved = "type: approved_exceptions\n    params: {exceptions: []}"
	for _, c := range []struct{ name, rule, more, want string }{
		{"a threshold below", low, "", "warning 20 by ours\n"},
		{"a threshold that is off", "type: thresholds\n    params: {all: {blocking: {min: 5}}}", "", "blocking 5 by ours\n"},
		{"a condition that relaxes", "type: thresholds\n    params: {all: {warning: {min: 10}}}", "", "warning 10 by ours\n"},
		{"thresholds as they should be", "type: thresholds\n    params: {all: {warning: {min: 5}}}", "", ""},
		{"a threshold above is stricter, and stays", "type: thresholds\n    params: {all: {warning: {max: 4}}}", "", ""},
		{"another tier", "type: thresholds\n    params: {critical: {warning: {min: 20}}}", "", ""},
		{"other services", low + "\n    when: {team: search}", "", ""},
		{"a rule that warns", low + "\n    severity: warning", "", ""},
		{"made milder", low, "lint: {severity: {policy/thresholds: warning}}", ""},
		{"made an error", low + "\n    severity: info", "lint: {severity: {policy/thresholds: error}}", "warning 20 by ours\n"},
		{"disabled", low, "lint: {disable: [policy/thresholds]}", ""},
		{"waived", low, "waivers: [{rule: ours, services: shop, reason: OPS-1, until: 2026-02-01}]", ""},
		{"a waiver that is over", low, "waivers: [{rule: ours, services: shop, reason: OPS-1, until: 2026-01-30}]", "warning 20 by ours\n"},
		{"a waiver of others", low, "waivers: [{rule: ours, services: web, reason: OPS-1, until: 2026-02-01}]", "warning 20 by ours\n"},
		{"an exception that is not approved", unapproved, "", "refused services/shop.yaml:9:19 is not approved in the policy (policy rule \"ours\")\n"},
		{"too few SLOs", "type: tier_constraint\n    params: {tier: all, min_slos: 2}", "", "barred services/shop.yaml:3:7 the service has 1 SLO, a service of tier standard needs at least 2 (policy rule \"ours\")\n"},
		{"an objective that is too low", "type: tier_constraint\n    params: {tier: all, min_objective: 99.9}", "", "barred services/shop.yaml:6:37 the objective of availability is 99.5, a service of tier standard needs at least 99.9 (policy rule \"ours\")\n"},
		{"who owns it is nothing to a gate", "type: tier_constraint\n    params: {tier: all, require_ownership: true}", "", ""},
		{"nor is a field", "type: required_fields\n    params: {fields: [runbook]}", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := decode(t, "version: 1\nrules:\n  - name: ours\n    "+c.rule+"\n"+c.more+"\n")
			got := p.Apply(nil, "2026-01-31").Bounds(load(t, withGate())[0], Input{Today: "2026-01-31"})
			if diff := cmp.Diff(c.want, bound(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestAServiceWithoutAGateIsBarred(t *testing.T) {
	p := decode(t, "version: 1\nrules:\n  - {name: ours, type: tier_constraint, params: {tier: all, require_gate: true}}\n")
	got := bound(p.Apply(nil, "").Bounds(load(t, shop)[0], Input{}))
	if want := "barred services/shop.yaml:3:7 the service has no deployment gate, which tier standard needs (policy rule \"ours\")\n"; got != want {
		t.Errorf("%q", got)
	}
}

// What the baseline knows is no finding, and binds no gate.
func TestTheBaselineBindsNoGate(t *testing.T) {
	p := decode(t, "version: 1\nrules:\n  - {name: ours, type: thresholds, params: {all: {warning: {min: 10}}}}\n")
	services := load(t, withGate())
	text, held := WriteBaseline(report.Normalise(p.Check(services, Input{})), func(string) bool { return true })
	baseline, problems := DecodeBaseline("baseline.yaml", text)
	if held != 1 || len(problems) > 0 {
		t.Fatalf("%d entries, %v", held, problems)
	}
	if got := bound(p.Apply(baseline, "").Bounds(services[0], Input{})); got != "" {
		t.Errorf("%q", got)
	}
}

// A rule that cannot be read may be the one that closes the gate.
func TestPoliciesThatAreIncomplete(t *testing.T) {
	for text, incomplete := range map[string]bool{
		"version: 1\n": false,
		"version: 1\nlint: {disable: [nope/nope]}\n": false,
		"version: 1\nwaivers: [{rule: alert/for}]\n": false,
		"version: 2\n":           true,
		"version: 1\nrule: []\n": true,
		"version: 1\nrules: [{name: a, type: runbok}]\n": true,
		"version: 1\nrules: {name: a}\n":                 true,
		"version: [1\n":                                  true,
		"":                                               true,
		"version: 1\n---\nversion: 1\n":                  true,
		"version: 1\nrules: [{name: a, type: thresholds}]\n":                                       true,
		"version: 1\nrules: [{name: a, type: runbook}]\n":                                          false,
		"version: 1\nversion: 1\nrules: []\n":                                                      true,
		"version: 1\nrules: [{name: a, type: thresholds, params: {all: {warning: {min: 200}}}}]\n": true,
	} {
		p, _ := Decode("policy.yaml", []byte(text), knownRules())
		if p.Incomplete != incomplete {
			t.Errorf("%q: incomplete is %v", text, p.Incomplete)
		}
		got := p.Apply(nil, "").Bounds(load(t, shop)[0], Input{}).Unknown
		if want := "a rule of the policy policy.yaml cannot be read"; incomplete && got != want || !incomplete && got != "" {
			t.Errorf("%q: unknown is %q", text, got)
		}
	}
}
