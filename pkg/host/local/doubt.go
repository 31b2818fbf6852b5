package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/nthlayer/action/pkg/host"
)

// Doubt says why nothing may be posted on the head of a run, and nothing when it
// may. commit is GITHUB_SHA, the commit that the host starts a job for.
//
// What is posted says that this commit was looked at. So a checkout of the
// workspace has to hold it, or the merge that the host made to test it, or a commit
// that has it among its ancestors. Without a checkout that one can read the event is
// believed, but not one whose workspace has the default branch.
func Doubt(ctx context.Context, at host.Context, commit, workspace string, files []string) string {
	if at.Host != host.GitHub {
		return ""
	}
	all, err := Checkouts(os.DirFS(workspace), files)
	if err != nil {
		return "it cannot be told which commit the workspace holds: " + err.Error()
	}
	known := slices.DeleteFunc(all, func(c Checkout) bool { return c.Head == "" })
	if len(known) == 0 {
		return withoutEvidence(at)
	}
	for _, c := range known {
		if c.Head == at.Head || at.Proposed() && c.Head == commit || descends(ctx, filepath.Join(workspace, c.Dir), c.Head, at.Head) {
			return ""
		}
	}
	return fmt.Sprintf("the workspace holds %s, not the head %s", host.Short(known[0].Head), host.Short(at.Head))
}

func withoutEvidence(at host.Context) string {
	if at.Event != host.WorkflowRun && at.Event != host.PullRequestTarget {
		return ""
	}
	return fmt.Sprintf("no checkout in the workspace shows that it holds the head %s, and for the event %s it holds the default branch unless told otherwise",
		host.Short(at.Head), at.Event)
}

// descends reports whether a commit is proven to have another one among its
// ancestors. A shallow clone still knows the parents of its last commit.
func descends(ctx context.Context, dir, commit, ancestor string) bool {
	history, err := Open(dir)
	if err != nil {
		return false
	}
	if parents, err := history.Parents(ctx, commit); err == nil && slices.Contains(parents, ancestor) {
		return true
	}
	found, err := history.MergeBase(ctx, ancestor, commit)
	return err == nil && found == ancestor
}
