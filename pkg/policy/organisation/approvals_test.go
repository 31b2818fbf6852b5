package organisation

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Approvals that nobody needs any more are told at their place.
func TestApprovals(t *testing.T) {
	services := load(t, withGate())
	for _, c := range []struct {
		name, approval, when string
		in                   Input
		environments         map[string][]string
		want                 string
	}{
		{name: "in a gate", approval: "who: team:web-oncall", in: Input{Whole: true, Today: "2026-01-31"}},
		{name: "in a gate, and ends too early", approval: "services: [shop], who: team:Web-Oncall", in: Input{Whole: true}},
		{name: "in no gate", approval: "services: [sh*, web], who: team:others", in: Input{Whole: true}, want: "policy.yaml:5:27 warning policy/waiver: the approved exception for team:others on sh* or web is in no gate\n"},
		{name: "of another service", approval: "services: [web], who: team:web-oncall", in: Input{Whole: true}, want: "policy.yaml:5:27 warning policy/waiver: the approved exception for team:web-oncall on web is in no gate\n"},
		{name: "of a rule for others", approval: "who: team:web-oncall", when: "critical", in: Input{Whole: true}, want: "policy.yaml:5:27 warning policy/waiver: the approved exception for team:web-oncall is in no gate\n"},
		{name: "in no gate that was looked at", approval: "who: team:others"},
		{name: "maybe in another environment", approval: "who: team:others", in: Input{Whole: true, Environment: "dev"}, environments: map[string][]string{"shop": {"dev", "prod"}}, want: "policy.yaml:5:27 info policy/waiver: the approved exception for team:others is in no gate of this environment\n"},
		{name: "this environment alone", approval: "who: team:others", in: Input{Whole: true, Environment: "dev"}, environments: map[string][]string{"shop": {"dev"}}, want: "policy.yaml:5:27 warning policy/waiver: the approved exception for team:others is in no gate\n"},
		{name: "over and in a gate", approval: "who: team:web-oncall", in: Input{Today: "2026-02-02"}, want: "policy.yaml:5:27 warning policy/waiver: the approved exception for team:web-oncall ended on 2026-02-01, and 1 gate still has it\n"},
		{name: "over and in none", approval: "who: team:others", in: Input{Today: "2026-02-02"}, want: "policy.yaml:5:27 warning policy/waiver: the approved exception for team:others ended on 2026-02-01\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.when == "" {
				c.when = "standard"
			}
			p := decode(t, "version: 1\nrules:\n  - name: ours\n    type: approved_exceptions\n    params: {exceptions: [{"+c.approval+", reason: OPS-1, until: 2026-02-01}]}\n    when: {tier: "+c.when+"}\n")
			got := found(p.Approvals(services, c.in, func() map[string][]string { return c.environments }))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
