package local

import (
	"context"
	"fmt"
	"strings"

	"github.com/nthlayer/action/pkg/host"
)

var _ host.History = (*Git)(nil)

// Parents returns the parents of a commit. They are known in a shallow clone
// too, where the parents themselves are not.
func (g *Git) Parents(ctx context.Context, commit string) ([]string, error) {
	if !host.IsCommit(commit) {
		return nil, fmt.Errorf("%q is not a commit", commit)
	}
	out, err := g.run(ctx, host.MaxFile, "cat-file", "commit", commit)
	if err != nil {
		return nil, err
	}
	var parents []string
	for line := range strings.Lines(out) {
		if line == "\n" {
			break // what follows is the message, which anybody may have written
		}
		if parent, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "parent "); ok {
			parents = append(parents, parent)
		}
	}
	return parents, nil
}

// MergeBase returns where two commits parted. A shallow clone often cannot say.
func (g *Git) MergeBase(ctx context.Context, a, b string) (string, error) {
	if !host.IsCommit(a) || !host.IsCommit(b) {
		return "", fmt.Errorf("%q and %q are not both commits", a, b)
	}
	out, err := g.run(ctx, host.MaxFile, "merge-base", a, b)
	return strings.TrimSpace(out), err
}

// ReadFile returns a file of a commit as it is stored, without the filters of
// any attributes.
func (g *Git) ReadFile(ctx context.Context, commit, path string) ([]byte, error) {
	if !host.IsCommit(commit) {
		return nil, fmt.Errorf("%q is not a commit", commit)
	}
	out, err := g.run(ctx, host.MaxFile, "cat-file", "blob", commit+":"+path)
	return []byte(out), err
}

// Submodule returns the commit that a commit records for the submodule at a path;
// empty when there is none.
func (g *Git) Submodule(ctx context.Context, commit, path string) string {
	if !host.IsCommit(commit) {
		return ""
	}
	out, err := g.run(ctx, host.MaxFile, "ls-tree", "-z", commit, "--", path)
	kind, _, _ := strings.Cut(out, "\t")
	recorded, ok := strings.CutPrefix(kind, "160000 commit ")
	if err != nil || !ok {
		return ""
	}
	return recorded
}
