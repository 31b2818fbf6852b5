package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host/hosttest"
)

const (
	policyFile = ".nthlayer/policy.yaml"
	runbooks   = "version: 1\nrules:\n  - {name: runbooks, type: runbook}\n"
	waived     = runbooks + "waivers:\n  - {rule: runbooks, services: '*', reason: mine, until: 2099-12-31}\n"
)

// policyRules are the findings of the policy, by severity and rule.
func (r trustRun) policyRules() (out []string) {
	for _, f := range r.rep.Findings {
		if strings.HasPrefix(f.Rule, "policy/") {
			out = append(out, string(f.Severity)+" "+f.Rule)
		}
	}
	slices.Sort(out)
	return out
}

// organised is a repository with a policy that its one service breaks.
func organised(more ...string) map[string]string {
	files := map[string]string{"services/api.yaml": apiService, policyFile: runbooks}
	for i := 0; i < len(more); i += 2 {
		files[more[i]] = more[i+1]
	}
	return files
}

// A pull request goes by the policy of before, whatever it makes of the policy.
func TestAPullRequestCannotBringItsOwnPolicy(t *testing.T) {
	edit := strings.Replace(apiService, "team: core", "team: core # ours", 1)
	known := "version: 1\nfindings: [{rule: policy/runbook, file: services/api.yaml, fingerprint: " + runbookFingerprint(t) + "}]\n"
	for _, c := range []struct {
		name       string
		base, head map[string]string
		want       []string
		code       int
	}{
		{"nothing of it", organised(), map[string]string{"services/api.yaml": edit}, []string{"error policy/runbook"}, 2},
		{"emptied", organised(), map[string]string{policyFile: "version: 1\n"}, []string{"error policy/runbook", "info policy/changed"}, 2},
		{"removed", organised(), map[string]string{policyFile: ""}, []string{"error policy/runbook", "info policy/changed"}, 2},
		{"waived", organised(), map[string]string{policyFile: waived}, []string{"error policy/runbook", "info policy/changed"}, 2},
		{"disabled", organised(), map[string]string{policyFile: runbooks + "lint: {disable: [policy/runbook]}\n"}, []string{"error policy/runbook", "info policy/changed"}, 2},
		{"broken", organised(), map[string]string{policyFile: "version: 1\nruels: []\n"}, []string{"error policy/invalid", "error policy/runbook", "info policy/changed"}, 2},
		{"moved away", organised(), map[string]string{policyFile: "", "docs/policy.yaml": runbooks}, []string{"error policy/runbook", "info policy/changed"}, 2},
		{"a comment in the service file", organised(), map[string]string{"services/api.yaml": "# nthlayer disable-file policy/runbook (not ours)\n# nthlayer disable policy/runbook (not ours)\n" + edit}, []string{"error policy/runbook"}, 2},
		{"new", map[string]string{"services/api.yaml": apiService}, map[string]string{policyFile: runbooks}, []string{"info policy/changed"}, 0},
		{"none", map[string]string{"services/api.yaml": apiService}, map[string]string{"services/api.yaml": edit}, nil, 0},
		{
			"more in the baseline", organised(policyFile, runbooks+"baseline: known.yaml\n", "known.yaml", "version: 1\nfindings: []\n"),
			map[string]string{"known.yaml": known},
			[]string{"error policy/runbook", "info policy/changed"},
			2,
		},
		{
			"a baseline of its own", organised(policyFile, runbooks+"baseline: known.yaml\n"),
			map[string]string{"known.yaml": known},
			[]string{"error policy/runbook", "info policy/changed"},
			2,
		},
	} {
		for _, api := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, by the API: %t", c.name, api), func(t *testing.T) {
				t.Parallel()
				r := newPull(t, c.base, c.head, nil).run(api, "INPUT_STAGES", "lint")
				if got := r.policyRules(); !slices.Equal(got, c.want) || r.code != c.code {
					t.Errorf("exit code %d, %q; want %d, %q\n%s", r.code, got, c.code, c.want, r.stdout)
				}
			})
		}
	}
}

// runbookFingerprint is that of the one finding of the service.
func runbookFingerprint(t *testing.T) string {
	t.Helper()
	r := newPull(t, organised(), map[string]string{"README.md": "text\n"}, nil).run(true, "INPUT_STAGES", "lint")
	for _, f := range r.rep.Findings {
		if f.Rule == "policy/runbook" {
			return f.Fingerprint
		}
	}
	t.Fatal(r.stdout)
	return ""
}

// What is in the base counts: a baseline and a waiver that were merged.
func TestThePolicyOfTheBaseCounts(t *testing.T) {
	known := "version: 1\nfindings: [{rule: policy/runbook, file: services/api.yaml, fingerprint: " + runbookFingerprint(t) + "}]\n"
	change := map[string]string{"services/api.yaml": strings.Replace(apiService, "team: core", "team: core # ours", 1)}
	for want, base := range map[string]map[string]string{
		"info policy/baseline": organised(policyFile, runbooks+"baseline: known.yaml\n", "known.yaml", known),
		"info policy/waiver":   organised(policyFile, waived),
	} {
		r := newPull(t, base, change, nil).run(true, "INPUT_STAGES", "lint")
		if got := r.policyRules(); !slices.Equal(got, []string{want}) || r.code != 0 {
			t.Errorf("exit code %d, %q; want 0, %q\n%s", r.code, got, want, r.stdout)
		}
		if asked := r.server.Requests("GET", "/contents/.nthlayer"); len(asked) > 0 {
			t.Errorf("the change does not touch the policy, and the host was asked for it: %v", asked)
		}
	}
}

// What is said about the policy of the base points to no line of the file that the change
// makes of it.
func TestThePolicyOfTheBaseHasNoPlaceInTheChange(t *testing.T) {
	broken := waived + "lint: {disable: [promql/syntx]}\n"
	r := newPull(t, organised(policyFile, broken), map[string]string{policyFile: "version: 1\n"}, nil).run(true, "INPUT_STAGES", "lint")
	told := map[string]string{}
	for _, f := range r.rep.Findings {
		if f.Line > 0 && f.File == policyFile {
			t.Errorf("line %d: %s", f.Line, f.Message)
		}
		told[f.Rule] = f.Message
	}
	for _, rule := range []string{"policy/invalid", "policy/waiver"} {
		if !strings.HasPrefix(told[rule], "in the policy of the base, ") {
			t.Errorf("%s: %q", rule, told[rule])
		}
	}
}

// With policy-ref: head the change brings its policy, by the workflow's choice.
func TestOnlyTheWorkflowTakesThePolicyOfTheHead(t *testing.T) {
	r := newPull(t, organised(), map[string]string{policyFile: waived}, nil).run(true, "INPUT_STAGES", "lint", "INPUT_POLICY-REF", "head")
	if got := r.policyRules(); !slices.Equal(got, []string{"info policy/waiver"}) || r.code != 0 {
		t.Errorf("exit code %d, %q\n%s", r.code, got, r.stdout)
	}
}

// A policy that cannot be read from where it is trusted is no open door.
func TestAPolicyThatCannotBeReadLeavesTheRunUnknown(t *testing.T) {
	unknown := func(t *testing.T, r trustRun, why string) {
		t.Helper()
		if r.code != 4 || !slices.Contains(r.policyRules(), "warning policy/unread") || !strings.Contains(r.stdout, why) {
			t.Errorf("exit code %d, %q\n%s", r.code, r.policyRules(), r.stdout)
		}
	}
	t.Run("the host refuses", func(t *testing.T) {
		p := newPull(t, organised(), map[string]string{policyFile: waived}, nil)
		p.faults = []hosttest.Fault{{Method: "GET", Path: "/contents/", Status: 404}}
		unknown(t, p.run(true, "INPUT_STAGES", "lint"), "could not be read as it was before")
	})
	t.Run("nobody knows the change", func(t *testing.T) {
		p := newPull(t, organised(), map[string]string{policyFile: ""}, nil)
		p.serve(hosttest.New(t)) // takes the history away, and nobody else knows it
		unknown(t, p.run(false, "INPUT_STAGES", "lint"), "could not be read as it was before")
	})
	t.Run("a file that was named is not there", func(t *testing.T) {
		p := newPull(t, organised(), map[string]string{"README.md": "text\n"}, nil)
		unknown(t, p.run(true, "INPUT_STAGES", "lint", "INPUT_POLICY", "ours.yaml"), "ours.yaml is not there before this change")
	})
	t.Run("a link", func(t *testing.T) {
		p := newPull(t, map[string]string{"services/api.yaml": apiService, "shared/policy.yaml": runbooks}, map[string]string{"shared/policy.yaml": waived}, nil)
		if err := os.Symlink("shared", filepath.Join(p.dir, ".nthlayer")); err != nil {
			t.Fatal(err)
		}
		unknown(t, p.run(true, "INPUT_STAGES", "lint"), ".nthlayer is a link")
	})
}
