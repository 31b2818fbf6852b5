package render

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

// A run says by which policy it goes, where people look for its verdict.
func TestTheLogAndTheCommentNameThePolicy(t *testing.T) {
	const file = ".nthlayer/policy.yaml"
	of := func(state report.PolicyState, ref report.PolicyRef) *report.Policy {
		return &report.Policy{State: state, File: file, Ref: ref}
	}
	for _, c := range []struct {
		name, command string
		policy        *report.Policy
		verbose       bool
		want          string
	}{
		{"of a checkout", "lint", of(report.PolicyApplied, report.PolicyOfCheckout), false, "policy " + file + ", source"},
		{"of the base", "ci", of(report.PolicyApplied, report.PolicyOfBase), false, "policy " + file + " of the base, source"},
		{"of the change", "ci", of(report.PolicyApplied, report.PolicyOfHead), false, "policy " + file + " of the change, source"},
		{"with a mistake", "ci", of(report.PolicyIncomplete, report.PolicyOfBase), false, "policy " + file + " of the base (with mistakes), source"},
		{"that cannot be read", "ci", of(report.PolicyUnread, report.PolicyOfBase), false, "policy " + file + " of the base (not read), source"},
		{"none in a job", "ci", &report.Policy{State: report.PolicyNone}, false, "no policy, source"},
		{"none by hand", "lint", &report.Policy{State: report.PolicyNone}, false, ""},
		{"none by hand, with all details", "lint", &report.Policy{State: report.PolicyNone}, true, "no policy, source"},
		{"of a command without", "ci", nil, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			rep := *green()
			rep.Command, rep.Policy = c.command, c.policy
			for _, format := range []string{"table", "markdown"} {
				got := strings.ReplaceAll(rendered(t, format, &rep, Options{Verbose: c.verbose}), "`", "")
				if strings.Contains(got, "policy") != (c.want != "") || !strings.Contains(got, c.want) {
					t.Errorf("%s: want %q in\n%s", format, c.want, got)
				}
			}
		})
	}
}
