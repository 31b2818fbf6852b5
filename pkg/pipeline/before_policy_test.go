package pipeline

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

const reach = `version: 1
rules:
  - {name: books, type: required_fields, params: {fields: [runbook]}, when: {team: payments}}
  - {name: costs, type: required_labels, params: {labels: [cost]}, when: {type: api}}
waivers:
  - {rule: costs, files: ['legacy/'], reason: r, until: 2099-01-01}
  - {rule: books, services: ['legacy-*'], reason: r, until: 2099-01-01}
`

const reached = `name: checkout
team: payments
tier: standard
type: api
runbook: https://runbooks.example.com/checkout
labels: {cost: a}
`

// No change leaves the reach of the policy by editing what its rules and waivers go by.
func TestAChangeStaysInTheReachOfThePolicy(t *testing.T) {
	const books, costs = "error policy/required-fields", "error policy/required-labels"
	unbooked := strings.NewReplacer("runbook: https://runbooks.example.com/checkout\n", "")
	uncosted := strings.NewReplacer("labels: {cost: a}\n", "")
	for _, c := range []struct {
		name, is, file string
		byHead         bool
		want           []string
	}{
		{"nothing lost", strings.NewReplacer("payments", "logistics", "type: api", "type: worker").Replace(reached), "services/checkout.yaml", false, nil},
		{"another team", strings.Replace(unbooked.Replace(reached), "payments", "logistics", 1), "services/checkout.yaml", false, []string{books}},
		{"another type", strings.Replace(uncosted.Replace(reached), "type: api", "type: worker", 1), "services/checkout.yaml", false, []string{costs}},
		{"into a folder with a waiver", uncosted.Replace(reached), "legacy/checkout.yaml", false, []string{costs, "info policy/waiver"}},
		{"to a name with a waiver", strings.Replace(unbooked.Replace(reached), "name: checkout", "name: legacy-checkout", 1), "services/checkout.yaml", false, []string{books, "info policy/waiver"}},
		{"where the change decides for itself", strings.Replace(unbooked.Replace(reached), "payments", "logistics", 1), "services/checkout.yaml", true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(t, "-- "+c.file+" --\n"+c.is)
			o.Stages, o.Source, o.ByHead = []Stage{Validate}, nil, c.byHead
			o.Files = []spec.Found{{Path: c.file}}
			p, problems := organisation.Decode("policy.yaml", []byte(reach), nil)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			o.Policy = func(context.Context, *spec.Workspace) Policy { return Policy{Policy: p} }
			o.Base = func(context.Context) (Base, error) {
				was := map[string][]byte{c.file: nil, "services/checkout.yaml": []byte(reached)}
				return Base{Workspace: o.Workspace.Over(was), Files: []spec.Found{{Path: "services/checkout.yaml"}}}, nil
			}
			var got []string
			for _, f := range Run(t.Context(), o).Findings {
				if strings.HasPrefix(f.Rule, "policy/") {
					got = append(got, string(f.Severity)+" "+f.Rule)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What leaves the reach of the policy by the change is told at its line: the next change
// would not be held to it.
func TestAChangeThatLeavesTheReachOfThePolicyIsTold(t *testing.T) {
	const was = "-- services/checkout.yaml --\n" + reached
	for _, c := range []struct {
		name, is, locked string
		byHead           bool
		want             []string
	}{
		{"nothing", was, "", false, nil},
		{"another team", strings.Replace(was, "payments", "logistics", 1), "", false, []string{"services/checkout.yaml:2:7 warning"}},
		{"another team for a rule that is locked", strings.Replace(was, "payments", "logistics", 1), "policy/required-fields", false, []string{"services/checkout.yaml:2:7 error"}},
		{"where the change decides for itself", strings.Replace(was, "payments", "logistics", 1), "policy/required-fields", true, []string{"services/checkout.yaml:2:7 warning"}},
		{"another team in another environment", was + "-- services/environments/staging.yaml --\nteam: logistics\n", "", false, []string{"services/environments/staging.yaml:1:7 warning staging"}},
		{"another name, with a waiver", strings.Replace(was, "name: checkout", "name: legacy-checkout", 1), "", false, []string{"services/checkout.yaml:1:7 warning"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(t, c.is)
			o.Stages, o.Source, o.ByHead = []Stage{Validate}, nil, c.byHead
			o.Files = []spec.Found{{Path: "services/checkout.yaml"}}
			p, problems := organisation.Decode("policy.yaml", []byte(reach+"lint: {locked: ["+c.locked+"]}\n"), []string{"policy/required-fields"})
			if (len(problems) > 0) != (c.locked == "") { // an empty list locks nothing
				t.Fatal(problems)
			}
			o.Policy = func(context.Context, *spec.Workspace) Policy { return Policy{Policy: p} }
			o.Base = func(context.Context) (Base, error) {
				before := map[string][]byte{"services/checkout.yaml": []byte(reached), "services/environments/staging.yaml": nil}
				return Base{Workspace: o.Workspace.Over(before), Files: []spec.Found{{Path: "services/checkout.yaml"}}, Environments: []string{"prod", "staging"}}, nil
			}
			var got []string
			for _, f := range Run(t.Context(), o).Findings {
				if f.Rule == organisation.RuleReach {
					_, environment, _ := strings.Cut(f.Message, " (environment ")
					got = append(got, strings.TrimSpace(f.Position().String()+" "+string(f.Severity)+" "+strings.TrimSuffix(environment, ")")))
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A rule file that is moved into a folder with a waiver is not let pass by the same change.
func TestAMoveIsWaivedByNothingNew(t *testing.T) {
	p, problems := organisation.Decode("policy.yaml", []byte("version: 1\nwaivers: [{rule: alert/for, files: ['legacy/'], reason: r, until: 2099-01-01}]\n"), []string{"alert/for"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	found := report.At(report.Position{File: "legacy/a.yaml"}, "alert/for", report.Warning, "too short")
	for from, stand := range map[string]int{"rules/a.yaml": 1, "legacy/b.yaml": 0} {
		applied := p.Apply(nil, "2026-01-31")
		applied.Since(since(Base{Moved: map[string]string{from: "legacy/a.yaml"}}, nil, nil, nil))
		if got := len(applied.To([]report.Finding{found})); got != stand {
			t.Errorf("from %s: %d findings stand, want %d", from, got, stand)
		}
	}
}
