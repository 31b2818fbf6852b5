package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/report"
)

// The gate of a pull request goes by the policy of before, whatever the change makes of
// it. The exception was merged long ago: by itself it opens the gate.
func TestAPullRequestCannotOpenItsGateByThePolicy(t *testing.T) {
	const (
		excepted = apiService + "resources: [{kind: DeploymentGate, name: g, spec: {exceptions: [{user: octocat, allow: always, until: 2099-12-31, reason: OPS-1}]}}]\n"
		strict   = "version: 1\nrules:\n  - {name: nobody, type: approved_exceptions}\n"
		approved = "version: 1\nrules:\n  - {name: nobody, type: approved_exceptions, params: {exceptions: [{who: user:octocat, allow: always, reason: OPS-2, until: 2099-12-31}]}}\n"
	)
	service := map[string]string{"services/api.yaml": excepted}
	ruled := map[string]string{"services/api.yaml": excepted, policyFile: strict}
	edit := strings.Replace(excepted, "team: core", "team: core # ours", 1)
	for _, c := range []struct {
		name       string
		base, head map[string]string
		want       report.Decision
		code       string
	}{
		{"no policy", service, map[string]string{"services/api.yaml": edit}, report.Approved, gate.CodeExceptionApplied},
		{"the policy as it was", ruled, map[string]string{"services/api.yaml": edit}, report.Blocked, gate.CodeExceptionRefused},
		{"it approves the exception", ruled, map[string]string{"services/api.yaml": edit, policyFile: approved}, report.Blocked, gate.CodeExceptionRefused},
		{"it is removed", ruled, map[string]string{"services/api.yaml": edit, policyFile: ""}, report.Blocked, gate.CodeExceptionRefused},
		{"it is made milder", ruled, map[string]string{"services/api.yaml": edit, policyFile: strict + "lint: {severity: {policy/approved-exceptions: warning}}\n"}, report.Blocked, gate.CodeExceptionRefused},
		{"it is broken", ruled, map[string]string{"services/api.yaml": edit, policyFile: "version: 1\nruels: []\n"}, report.Blocked, gate.CodeExceptionRefused},
		{"one that was merged approves it", map[string]string{"services/api.yaml": excepted, policyFile: approved}, map[string]string{"services/api.yaml": edit}, report.Approved, gate.CodeExceptionApplied},
		{"one that was merged is broken", map[string]string{"services/api.yaml": excepted, policyFile: "version: 1\nruels: []\n"}, map[string]string{"services/api.yaml": edit}, report.Unknown, gate.CodePolicyUnknown},
	} {
		for _, api := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, by the API: %t", c.name, api), func(t *testing.T) {
				t.Parallel()
				r := newPull(t, c.base, c.head, nil).run(api)
				got := r.rep.Services[0].Gate
				codes := func(x report.Reason) bool { return x.Code == c.code }
				if got.Decision != c.want || !slices.ContainsFunc(got.Reasons, codes) {
					t.Errorf("%s, %v\n%s", got.Decision, got.Reasons, r.stdout)
				}
			})
		}
	}
}
