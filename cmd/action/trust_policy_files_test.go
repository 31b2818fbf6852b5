package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

const (
	validators = "validationRules:\n  - name: severities\n    scope: Alert\n    validations: [{type: labelHasAllowedValue, paramsFromFile: severities.yaml}]\n"
	severities = "{label: severity, allowedValues: [critical]}\n"
)

// said returns what the findings of a rule say.
func (r trustRun) said(rule string) (out []string) {
	for _, f := range r.rep.Findings {
		if f.Rule == rule {
			out = append(out, f.Message)
		}
	}
	return out
}

// A pull request says of each file of the policy that it edits what the run goes by.
func TestAPullRequestTellsEachFileOfThePolicyThatItEdits(t *testing.T) {
	const ours, params = "rules/ours.yaml", "rules/severities.yaml"
	named := organised(policyFile, runbooks+"promruval: ["+ours+"]\n", ours, validators, params, severities)
	const byBase, byNone = ": this run goes by the file of the base", ": the base has none, and this run goes by none"
	for _, c := range []struct {
		name       string
		base, head map[string]string
		changed    []string
		invalid    int
	}{
		{"the policy", named, map[string]string{policyFile: runbooks}, []string{policyFile + byBase}, 0},
		{"a new policy", map[string]string{"services/api.yaml": apiService}, map[string]string{policyFile: runbooks}, []string{policyFile + byNone}, 0},
		{"a configuration of promruval", named, map[string]string{ours: validators + "customExcludeAnnotation: free\n"}, []string{ours + byBase}, 0},
		{"its parameters", named, map[string]string{params: "{label: severity, allowedValues: [page]}\n"}, []string{params + byBase}, 0},
		{"new parameters", named, map[string]string{ours: strings.Replace(validators, "severities.yaml", "more.yaml", 1), "rules/more.yaml": severities}, []string{"rules/more.yaml" + byNone, ours + byBase}, 0},
		{"parameters that go", named, map[string]string{ours: strings.Replace(validators, "paramsFromFile: severities.yaml", "params: {label: severity, allowedValues: [page]}", 1), params: ""}, []string{ours + byBase, params + byBase}, 0},
		{"a configuration that goes", named, map[string]string{ours: ""}, []string{ours + byBase}, 1},
		{"nothing of it", named, map[string]string{"README.md": "text\n"}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newPull(t, c.base, c.head, nil).run(true, "INPUT_STAGES", "lint")
			var want []string
			for _, file := range c.changed {
				name, by, _ := strings.Cut(file, ":")
				want = append(want, "this change edits "+name+", which counts after the merge:"+by)
			}
			if got := r.said("policy/changed"); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if got := r.said("policy/invalid"); len(got) != c.invalid {
				t.Errorf("mistakes of the policy: %q", got)
			}
		})
	}
}

// Nothing is claimed about a policy that could not be read: the change turns its folder
// into a link.
func TestAPullRequestClaimsNothingOfALinkedPolicy(t *testing.T) {
	p := newPull(t, organised("shared/policy.yaml", runbooks), map[string]string{policyFile: waived}, nil)
	if err := os.RemoveAll(filepath.Join(p.dir, ".nthlayer")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("shared", filepath.Join(p.dir, ".nthlayer")); err != nil {
		t.Fatal(err)
	}
	r := p.run(true, "INPUT_STAGES", "lint")
	if got := r.said("policy/changed"); !slices.Equal(got, []string{"this change edits " + policyFile + ", which counts after the merge"}) || r.code != 4 {
		t.Errorf("exit code %d, %q", r.code, got)
	}
	if want := (report.Policy{State: report.PolicyUnread, File: policyFile, Ref: report.PolicyOfBase}); *r.rep.Policy != want {
		t.Errorf("policy %+v, want %+v", *r.rep.Policy, want)
	}
}

// A job says which version of the policy it goes by.
func TestAPullRequestNamesThePolicyThatItGoesBy(t *testing.T) {
	for _, c := range []struct {
		base map[string]string
		ref  string
		want report.Policy
		log  string
	}{
		{organised(), "base", report.Policy{State: report.PolicyApplied, File: policyFile, Ref: report.PolicyOfBase}, "policy " + policyFile + " of the base, "},
		{organised(), "head", report.Policy{State: report.PolicyApplied, File: policyFile, Ref: report.PolicyOfHead}, "policy " + policyFile + " of the change, "},
		{map[string]string{"services/api.yaml": apiService}, "base", report.Policy{State: report.PolicyNone}, "no policy, "},
	} {
		r := newPull(t, c.base, map[string]string{"README.md": "text\n"}, nil).run(true, "INPUT_STAGES", "lint", "INPUT_POLICY-REF", c.ref)
		if r.rep.Policy == nil || *r.rep.Policy != c.want || !strings.Contains(r.stdout, c.log) {
			t.Errorf("policy %+v, want %+v\n%s", r.rep.Policy, c.want, r.stdout)
		}
	}
}

// A policy above the folder that is looked at is not passed over.
func TestAPullRequestInAFolderBelowThePolicyIsUnknown(t *testing.T) {
	p := newPull(t, organised("team/services/b.yaml", apiService), map[string]string{"team/services/b.yaml": strings.Replace(apiService, "name: api", "name: b", 1)}, nil)
	p.dir = filepath.Join(p.dir, "team")
	r := p.run(false, "INPUT_STAGES", "lint", "INPUT_PROMETHEUS-URL", "")
	if r.code != 4 || len(r.said("policy/unread")) != 1 || !strings.Contains(r.stdout, "the policy lies above the folder of the run") {
		t.Errorf("exit code %d\n%s", r.code, r.stdout)
	}
}

// A pull request that hands a service to another team keeps to the rules of the former one,
// and says which of them end with it.
func TestAPullRequestThatLeavesTheReachOfThePolicyIsTold(t *testing.T) {
	const rule = "version: 1\nrules:\n  - {name: runbooks, type: runbook, when: {team: core}}\n"
	booked := apiService + "runbook: https://runbooks.example.com/api\n"
	moved := strings.Replace(booked, "team: core", "team: web", 1)
	for _, c := range []struct {
		name, policy, head string
		want               []string
		code               int
	}{
		{"another team", rule, moved, []string{"warning change/policy-reach"}, 0},
		{"another team, and the rule is locked", rule + "lint: {locked: [policy/runbook]}\n", moved, []string{"error change/policy-reach"}, 2},
		{"another team and no runbook", rule, strings.Replace(apiService, "team: core", "team: web", 1), []string{"warning change/policy-reach"}, 2},
		{"the same team", rule, booked + "owner: Ada\n", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newPull(t, map[string]string{"services/api.yaml": booked, policyFile: c.policy}, map[string]string{"services/api.yaml": c.head}, nil).run(true, "INPUT_STAGES", "lint")
			if got := r.rules(); !slices.Equal(got, c.want) || r.code != c.code {
				t.Errorf("exit code %d, %q; want %d, %q\n%s", r.code, got, c.code, c.want, r.stdout)
			}
			if c.want != nil && !strings.Contains(r.stdout, "file=services/api.yaml,line=2,") {
				t.Errorf("nothing is on the line that the change edits\n%s", r.stdout)
			}
		})
	}
}
