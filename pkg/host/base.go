package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

// MaxFile is the most that is read of one file of a commit, in bytes.
const MaxFile = 4 << 20

// BaseReader reads files as they were before the change of a run. A file that
// did not exist is an error.
type BaseReader interface {
	ReadBase(ctx context.Context, path string) ([]byte, error)
}

// History knows commits: where they come from, and the files in them. Commits
// are full ids.
type History interface {
	// Parents returns the parents of a commit, in their order.
	Parents(ctx context.Context, commit string) ([]string, error)
	// MergeBase returns the commit at which two lines of history parted.
	MergeBase(ctx context.Context, a, b string) (string, error)
	// ReadFile returns a file of a commit by its path from the root, with
	// slashes. One larger than MaxFile is an error.
	ReadFile(ctx context.Context, commit, path string) ([]byte, error)
}

// Proposed reports whether the run is for a change that is not in its branch
// yet, so that there is something to compare and something to stop. A run for
// pull_request_target has the base itself in its workspace.
func (c Context) Proposed() bool {
	return c.PR > 0 && c.ofPullRequest() || c.Event == MergeGroup
}

// Base reads the files of the commit that a proposed change is compared with.
type Base struct {
	at         Context
	checkedOut string
	from       []History

	mu sync.Mutex
	// commits are the base by history, as they were found.
	commits map[int]string
}

// NewBase returns the base of a run. checkedOut is the commit in the workspace,
// empty when it is not known. Of the histories the first that can answer is
// taken.
func NewBase(at Context, checkedOut string, from ...History) (*Base, error) {
	if len(from) == 0 {
		return nil, errors.New("there is neither a token for the host's API nor git to read the base with")
	}
	if !IsCommit(at.Base) {
		return nil, errors.New("the base of the change is not known")
	}
	return &Base{at: at, checkedOut: checkedOut, from: from, commits: map[int]string{}}, nil
}

// ReadBase returns a file as it was before the change.
func (b *Base) ReadBase(ctx context.Context, path string) ([]byte, error) {
	if !fs.ValidPath(path) || path == "." || strings.ContainsAny(path, "\x00\n\\") {
		return nil, fmt.Errorf("%q is not a path in a repository", path)
	}
	var failed []string
	for i, h := range b.from {
		data, err := b.read(ctx, i, h, path)
		if err == nil {
			return data, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		failed = append(failed, err.Error())
	}
	return nil, errors.New(strings.Join(failed, "; "))
}

func (b *Base) read(ctx context.Context, i int, h History, path string) ([]byte, error) {
	commit, err := b.commit(ctx, i, h)
	if err != nil {
		return nil, err
	}
	return h.ReadFile(ctx, commit, path)
}

// commit finds the base once for each history.
func (b *Base) commit(ctx context.Context, i int, h History) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if commit, ok := b.commits[i]; ok {
		return commit, nil
	}
	commit, err := b.find(ctx, h)
	if err == nil && !IsCommit(commit) {
		err = fmt.Errorf("%q is not a commit to compare with", commit)
	}
	if err == nil {
		b.commits[i] = commit
	}
	return commit, err
}

// find returns the commit which the workspace differs from by the change alone.
// For a merge made to test the change that is the side it was merged into, which
// may have moved on since the event; for the head itself it is where the change
// branched off: what the other branch did since then must not look like a part of
// the change. A merge group builds on its base, and so does whatever else is
// checked out, as far as anybody can tell.
func (b *Base) find(ctx context.Context, h History) (string, error) {
	if b.at.Event == MergeGroup {
		return b.at.Base, nil
	}
	if b.checkedOut == b.at.Head {
		return h.MergeBase(ctx, b.at.Base, b.at.Head)
	}
	if !IsCommit(b.checkedOut) {
		return b.at.Base, nil
	}
	parents, err := h.Parents(ctx, b.checkedOut)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err == nil && len(parents) == 2 && parents[1] == b.at.Head {
		return parents[0], nil
	}
	return b.at.Base, nil
}
