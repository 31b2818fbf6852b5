package entrypoint_test

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/report"
)

// A workflow for workflow_run or pull_request_target has the default branch in its
// workspace. What it finds there must not turn the head of a pull request green.
func TestNothingIsPostedOnACommitThatNobodyLookedAt(t *testing.T) {
	for _, tt := range []struct {
		event, checkedOut string
		posted            bool
	}{
		{"workflow_run", baseSHA, false},
		{"workflow_run", "", false},
		{"workflow_run", headSHA, true},
		{"pull_request_target", baseSHA, false},
		{"pull_request_target", "", false},
		{"pull_request", baseSHA, false},
		{"pull_request", headSHA, true},
		{"pull_request", strings.Repeat("3", 40), true}, // GITHUB_SHA, the test merge
		{"pull_request", "", true},
		{"push", baseSHA, false},
	} {
		t.Run(tt.event+" with "+host.Short(tt.checkedOut), func(t *testing.T) {
			j := newJob(t, tt.event).files("services/checkout.yaml", "name: checkout\n").set("INPUT_COMMENT", "always").set("INPUT_ANNOTATE", "all").set("INPUT_PENDING", "true")
			if tt.checkedOut != "" {
				j.files(".git/HEAD", tt.checkedOut)
			}
			code := j.start()
			if posted := len(j.g.Statuses()) > 0; posted != tt.posted {
				t.Errorf("exit code %d, %d statuses\n%s", code, len(j.g.Statuses()), j.stdout)
			}
			if annotated := strings.Contains(j.stdout, "::error file="); annotated != tt.posted {
				t.Errorf("annotated: %t\n%s", annotated, j.stdout)
			}
			if !tt.posted && (len(j.g.Comments()) > 0 || !strings.Contains(j.stdout, "reporting in the log and in files only: ")) {
				t.Errorf("%d comments\n%s", len(j.g.Comments()), j.stdout)
			}
		})
	}
}

// The guard of pull_request_target looks at files before anything is run.
func TestTargetEventWithFilesOfAnotherCommitIsRefused(t *testing.T) {
	j := newJob(t, "pull_request_target").files("services/checkout.yaml", "name: checkout\n", ".git/HEAD", strings.Repeat("9", 40))
	j.rep.Verdict = report.Pass
	if code := j.start(); code != entrypoint.ExitUsage || len(j.seen) > 0 || !strings.Contains(j.stdout, "holds the commit 999999999999, which is not shown to be one of the base") {
		t.Errorf("exit code %d\n%s", code, j.stdout)
	}
}
