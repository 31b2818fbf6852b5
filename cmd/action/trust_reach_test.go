package main

import (
	"slices"
	"strings"
	"testing"
)

// steady is a service with most of its error budget left.
var steady = strings.NewReplacer("critical", "high", "99.9", "50").Replace(apiService)

// What the policy asks of the tier of before is asked of the change, too, and of what it
// removes.
func TestAPullRequestDoesNotLeaveAPolicyByItsTier(t *testing.T) {
	const file = "services/api.yaml"
	gate := "resources: [{kind: DeploymentGate, name: g, spec: {thresholds: {warning: 60, blocking: 55}}}]\n"
	lower := func(text string) string { return strings.Replace(text, "tier: high", "tier: low", 1) }
	for _, c := range []struct {
		name, rule, base, head string
		policy                 []string
		decision               string
		code                   int
	}{
		{"more SLOs, tier lowered", "tier_constraint, params: {tier: high, min_slos: 3}", steady, lower(steady), []string{"error policy/tier-constraint"}, "blocked", 2},
		{"more SLOs, tier raised", "tier_constraint, params: {tier: high, min_slos: 3}", steady, strings.Replace(steady, "tier: high", "tier: critical", 1), []string{"error policy/tier-constraint"}, "blocked", 2},
		{"more SLOs, removed", "tier_constraint, params: {tier: high, min_slos: 3}", steady, "", nil, "blocked", 2},
		{"more SLOs, of a tier that it was not", "tier_constraint, params: {tier: critical, min_slos: 3}", steady, lower(steady), nil, "approved", 0},
		{"enough SLOs, tier lowered", "tier_constraint, params: {tier: high, min_slos: 1}", steady, lower(steady), nil, "approved", 0},
		{"thresholds, tier lowered", "thresholds, params: {high: {blocking: {min: 99}}, all: {blocking: {min: 1}}}", steady + gate, lower(steady + gate), []string{"error policy/thresholds"}, "blocked", 2},
		{"thresholds that end below, tier raised", "thresholds, params: {high: {blocking: {max: 10}}, critical: {blocking: {min: 20}}}", steady + gate, strings.Replace(steady+gate, "tier: high", "tier: critical", 1), nil, "approved", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			base := map[string]string{file: c.base, policyFile: "version: 1\nrules: [{name: a rule, type: " + c.rule + "}]\n"}
			r := newPull(t, base, map[string]string{file: c.head}, nil).run(false, "INPUT_STAGES", "gate")
			if got := r.policyRules(); !slices.Equal(got, c.policy) || r.code != c.code {
				t.Errorf("exit code %d, %q\n%s", r.code, got, r.stdout)
			}
			if got := r.rep.Services[0].Gate.Decision; string(got) != c.decision {
				t.Errorf("%s, want %s\n%s", got, c.decision, r.stdout)
			}
		})
	}
}

// An exception is not approved for a service because of the name that the change gives it.
func TestAPullRequestDoesNotTakeAnApprovalByItsName(t *testing.T) {
	const file = "services/api.yaml"
	silent := strings.ReplaceAll(steady, "requests_total", "nothing_total") + "gate: {exceptions: [{user: octocat, allow: always, until: 2030-01-01, reason: r}]}\n"
	for _, c := range []struct {
		name, approved string
		is             string
		policy         []string
		decision       string
	}{
		{"a name that fits", "'legacy-*'", "legacy-api", []string{"error policy/approved-exceptions"}, "unknown"},
		{"a name that fitted before", "api", "legacy-api", []string{"error policy/approved-exceptions", "warning policy/waiver"}, "unknown"},
		{"a name that fits still", "'*api'", "legacy-api", nil, "approved"},
		{"the name of before", "api", "api", nil, "approved"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			base := map[string]string{file: silent, policyFile: "version: 1\nrules:\n  - name: passes\n    type: approved_exceptions\n" +
				"    params: {exceptions: [{who: 'user:octocat', services: [" + c.approved + "], allow: always, until: 2030-01-01, reason: r}]}\n"}
			head := map[string]string{file: strings.Replace(silent, "name: api", "name: "+c.is, 1) + "owner: Ada\n"}
			r := newPull(t, base, head, nil).run(false, "INPUT_STAGES", "lint,gate")
			if got := r.policyRules(); !slices.Equal(got, c.policy) {
				t.Errorf("%q\n%s", got, r.stdout)
			}
			if got := r.rep.Services[0].Gate.Decision; string(got) != c.decision {
				t.Errorf("%s, want %s\n%s", got, c.decision, r.stdout)
			}
		})
	}
}

// What goes and what comes in one change may be the same: how alike two files are is in
// the hands of whoever writes them.
func TestAPullRequestDoesNotLeaveThePolicyByANewService(t *testing.T) {
	const file, other = "services/api.yaml", "services/pay.yaml"
	notes := strings.Repeat("# a note that makes the file another one\n", 40)
	pay := strings.NewReplacer("name: api", "name: pay", "team: core", "team: other", "tier: high", "tier: low").Replace(steady) + notes
	third := apiOf("third") + "runbook: https://r.example.com/third\n"
	gone := map[string]string{file: "", other: pay}
	const waived = "runbook, params: {}}]\nwaivers: [{rule: policy/runbook, services: "
	for _, c := range []struct {
		name, rule string
		head       map[string]string
		want       []string
	}{
		{"a rule for its team", "required_fields, params: {fields: [runbook]}, when: {team: core}}]\n", gone, []string{"error policy/required-fields"}},
		{"a rule for its tier", "tier_constraint, params: {tier: high, min_slos: 3}}]\n", gone, []string{"error policy/tier-constraint"}},
		{"a rule for another team", "required_fields, params: {fields: [runbook]}, when: {team: fourth}}]\n", gone, nil},
		{"nothing goes", "required_fields, params: {fields: [runbook]}, when: {team: core}}]\n", map[string]string{other: pay, file: steady + "runbook: https://r.example.com/a\n"}, nil},
		{"nothing comes", "tier_constraint, params: {tier: high, min_slos: 3}}]\n", map[string]string{file: ""}, nil},
		{
			"an approval by its name", "approved_exceptions, params: {exceptions: [{who: 'user:octocat', services: [pay], allow: always, until: 2030-01-01, reason: r}]}}]\n",
			map[string]string{file: "", other: pay + "gate: {exceptions: [{user: octocat, allow: always, until: 2030-01-01, reason: r}]}\n"},
			[]string{"error policy/approved-exceptions"},
		},
		{"a waiver by its name", waived + "[pay], reason: r, until: 2099-01-01}]\n", gone, []string{"error policy/runbook", "info policy/waiver"}},
		{"a waiver by its file", strings.Replace(waived, "services", "files", 1) + "[services/pay.yaml], reason: r, until: 2099-01-01}]\n", gone, []string{"error policy/runbook", "info policy/waiver"}},
		{"a waiver of both names", waived + "[pay, api], reason: r, until: 2099-01-01}]\n", gone, []string{"info policy/waiver"}},
		{"a waiver where nothing goes", waived + "[pay, api], reason: r, until: 2099-01-01}]\n", map[string]string{other: pay}, []string{"info policy/waiver"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			base := map[string]string{file: steady, policyFile: "version: 1\nrules: [{name: a rule, type: " + c.rule, "services/third.yaml": third}
			r := newPull(t, base, c.head, nil).run(false, "INPUT_STAGES", "lint")
			if got := r.policyRules(); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q\n%s", got, c.want, r.stdout)
			}
		})
	}
}
