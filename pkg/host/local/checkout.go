package local

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/nthlayer/action/pkg/host"
)

// Checkout is what the files under .git say about the commit in the workspace.
type Checkout struct {
	// Head is the commit that is checked out; empty when there is none.
	Head string
	// PullRefs are the pull request refs (pull/7/merge, pull/7/head) that point
	// to Head.
	PullRefs []string
}

// ReadCheckout reads a workspace without running git, so that it works in an
// image that has none. A workspace without .git is an empty Checkout.
func ReadCheckout(workspace fs.FS) (Checkout, error) {
	text, err := fs.ReadFile(workspace, ".git/HEAD")
	if errors.Is(err, fs.ErrNotExist) {
		return Checkout{}, nil
	}
	if err != nil {
		return Checkout{}, fmt.Errorf("read which commit is checked out: %w", err)
	}
	packed := packedRefs(workspace)
	head := strings.TrimSpace(string(text))
	if ref, ok := strings.CutPrefix(head, "ref: "); ok {
		head = resolve(workspace, packed, ref)
	}
	if !host.IsCommit(head) {
		return Checkout{}, nil
	}
	return Checkout{Head: head, PullRefs: pullRefs(workspace, packed, head)}, nil
}

func resolve(workspace fs.FS, packed map[string]string, ref string) string {
	if !fs.ValidPath(ref) {
		return ""
	}
	if text, err := fs.ReadFile(workspace, ".git/"+ref); err == nil {
		return strings.TrimSpace(string(text))
	}
	return packed[ref]
}

// packedRefs reads .git/packed-refs: one "commit ref" a line.
func packedRefs(workspace fs.FS) map[string]string {
	text, err := fs.ReadFile(workspace, ".git/packed-refs")
	if err != nil {
		return nil
	}
	refs := make(map[string]string)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if sha, ref, ok := strings.Cut(lines.Text(), " "); ok && host.IsCommit(sha) {
			refs[ref] = sha
		}
	}
	return refs
}

// pullPrefixes are the places where checkouts keep the refs of pull requests.
var pullPrefixes = []string{"refs/remotes/pull/", "refs/pull/"}

func pullRefs(workspace fs.FS, packed map[string]string, head string) []string {
	var out []string
	for _, prefix := range pullPrefixes {
		for ref, sha := range packed {
			if sha == head && strings.HasPrefix(ref, prefix) {
				out = append(out, ref)
			}
		}
		matches, err := fs.Glob(workspace, ".git/"+prefix+"*/*")
		if err != nil {
			continue
		}
		for _, m := range matches {
			ref := strings.TrimPrefix(m, ".git/")
			if resolve(workspace, nil, ref) == head {
				out = append(out, ref)
			}
		}
	}
	return out
}

// GuardTarget refuses a pull_request_target run over the pull request's own
// files: such a run has a token that can write and all secrets, next to
// content that anybody may have sent.
func GuardTarget(c host.Context, checkout Checkout) error {
	if c.Event != host.PullRequestTarget || checkout.Head == "" {
		return nil
	}
	if checkout.Head != c.Head && checkout.Head != c.Merge && len(checkout.PullRefs) == 0 {
		return nil
	}
	return fmt.Errorf("the event is pull_request_target and the workspace holds the files of pull request %d (commit %s): "+
		"a run with write access must not read them. Use the event pull_request, or remove the checkout of the pull request",
		c.PR, host.Short(checkout.Head))
}
