package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/host"
)

// wayOut ends every refusal of a pull_request_target run.
const wayOut = "A run with write access must not read the files of a pull request. Use the event pull_request, or check out the base alone"

// GuardTarget refuses a pull_request_target run over anything but the base: such a
// run has a token that can write and all secrets, next to content that anybody may
// have sent. commit is GITHUB_SHA, which is the base then.
//
// Every checkout that holds a file of the run, and every one in a folder of the
// workspace, must be at a commit of the base branch, and the files of the run must
// be those of that commit. Files outside of all checkouts cannot be told apart.
func GuardTarget(ctx context.Context, at host.Context, commit, workspace string, files, layers []string) error {
	tree := os.DirFS(workspace)
	read := slices.Concat(files, layers)
	checkouts, err := Checkouts(tree, read)
	if err != nil {
		return err
	}
	beside, err := besides(workspace, checkouts)
	if err != nil {
		return err
	}
	for _, c := range slices.Concat(checkouts, beside) {
		why := notBase(ctx, at, commit, filepath.Join(workspace, c.Dir), c)
		if why != "" && !recorded(ctx, workspace, checkouts, c) {
			return fmt.Errorf("the event is pull_request_target, and %s of the workspace %s. %s", folderWord(c.Dir), why, wayOut)
		}
	}
	for _, c := range checkouts {
		own := slices.DeleteFunc(slices.Clone(read), func(file string) bool { return nearest(checkouts, file) != c.Dir })
		if file := altered(ctx, workspace, c, own); file != "" {
			return fmt.Errorf("the event is pull_request_target, and %s is not what the commit %s holds, which is checked out: it may be the pull request's. %s", file, host.Short(c.Head), wayOut)
		}
	}
	return nil
}

// besides returns the checkouts one folder below the workspace that hold no file
// of the run. A workflow may have put the pull request there.
func besides(workspace string, holding []Checkout) ([]Checkout, error) {
	entries, err := os.ReadDir(workspace)
	if err != nil {
		return nil, fmt.Errorf("look for checkouts in the workspace: %w", err)
	}
	var out []Checkout
	for _, e := range entries {
		if slices.ContainsFunc(holding, func(c Checkout) bool { return c.Dir == e.Name() }) {
			continue
		}
		c, ok, err := ReadCheckout(os.DirFS(workspace), e.Name())
		if err == nil && ok && !c.Lost { // nothing is read there
			out = append(out, c)
		}
	}
	return out, nil
}

// notBase says why a checkout is not proven to hold a commit of the base branch;
// empty when it is. Its descendants prove nothing: every pull request is one.
func notBase(ctx context.Context, at host.Context, commit, dir string, c Checkout) string {
	switch {
	case c.Lost:
		return "has a .git that leads out of the workspace, so that it cannot be told which commit is checked out"
	case c.Head == "":
		return "has a checkout of which it cannot be told which commit it holds"
	}
	for _, base := range []string{commit, at.Base} {
		if base != "" && (c.Head == base || descends(ctx, dir, base, c.Head)) {
			return ""
		}
	}
	if onlyFrom(c, at.Repo) && fetched(os.DirFS(dir), ".", at.BaseRef) == c.Head {
		return "" // the base branch moved on since the event
	}
	return fmt.Sprintf("holds the commit %s, which is not shown to be one of the base %s of pull request %d", host.Short(c.Head), host.Short(at.Base), at.PR)
}

// recorded reports whether a checkout is a submodule at the commit that the checkout
// around it records. That one is looked at by itself.
func recorded(ctx context.Context, workspace string, all []Checkout, c Checkout) bool {
	around := nearest(slices.DeleteFunc(slices.Clone(all), func(o Checkout) bool { return o.Dir == c.Dir }), c.Dir)
	i := slices.IndexFunc(all, func(o Checkout) bool { return o.Dir == around })
	if c.Head == "" || i < 0 || all[i].Head == "" {
		return false
	}
	history := readable(ctx, filepath.Join(workspace, around), all[i].Head)
	return history != nil && history.Submodule(ctx, all[i].Head, inCheckout(around, c.Dir)) == c.Head
}

// inCheckout returns the path in a checkout of a file or folder of the workspace.
func inCheckout(dir, file string) string {
	if dir == "." {
		return file
	}
	return strings.TrimPrefix(file, dir+"/")
}

// onlyFrom reports whether a checkout was fetched from a repository and from no
// other.
func onlyFrom(c Checkout, repo host.Repo) bool {
	other := func(remote string) bool { return !fetchedFrom(Checkout{Remotes: []string{remote}}, repo) }
	return len(c.Remotes) > 0 && !slices.ContainsFunc(c.Remotes, other)
}

// altered returns a file that is not what the commit of its checkout holds, as
// after a checkout of single files of another commit; empty when there is none, or
// the commit cannot be read.
func altered(ctx context.Context, workspace string, c Checkout, files []string) string {
	dir := filepath.Join(workspace, c.Dir)
	history := readable(ctx, dir, c.Head)
	if history == nil {
		return ""
	}
	root, err := os.OpenRoot(workspace)
	if err != nil {
		return ""
	}
	defer func() { _ = root.Close() }() // nothing is written
	for _, file := range files {
		now, err := root.ReadFile(filepath.FromSlash(file))
		if errors.Is(err, os.ErrNotExist) {
			continue // the run says so
		}
		was, errWas := history.ReadFile(ctx, c.Head, inCheckout(c.Dir, file))
		if err != nil || errWas != nil || !bytes.Equal(now, was) {
			return file
		}
	}
	return ""
}

// commits reads files of commits, and which commits they record for submodules.
type commits interface {
	host.History
	Submodule(ctx context.Context, commit, path string) string
}

// readable returns what reads the files of a commit, nil when nothing does. The
// objects come first: git starts a process for every file.
func readable(ctx context.Context, dir, commit string) commits {
	if objects, err := NewObjects(dir); err == nil {
		if _, err := objects.Parents(ctx, commit); err == nil {
			return objects
		}
	}
	git, err := NewGit(dir)
	if err != nil {
		return nil
	}
	if _, err := git.Parents(ctx, commit); err != nil {
		return nil
	}
	return git
}
