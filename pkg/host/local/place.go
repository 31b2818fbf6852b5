package local

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/host"
)

// Checkouts returns the checkouts that hold files of the workspace: those in the
// folders of the files and in all folders above them, up to the workspace.
// Without files it is the workspace's own. They are sorted by folder.
func Checkouts(workspace fs.FS, files []string) ([]Checkout, error) {
	seen := map[string]bool{}
	var out []Checkout
	for _, file := range append([]string{"x"}, files...) {
		for dir := path.Dir(file); !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			c, ok, err := ReadCheckout(workspace, dir)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b Checkout) int { return strings.Compare(a.Dir, b.Dir) })
	return out, nil
}

// Locate says where in the workspace the repository of the run is, for the files
// that the run looks at. The error says why that cannot be told.
//
// A checkout is of this repository when it has the commit of the run, or was
// fetched from there. Without any checkout the changed files themselves have to
// show it: one of them is looked at, or all that were not removed are where the
// change says.
func Locate(at host.Context, workspace string, files []string, changes host.Changes) (host.Place, error) {
	if len(files) == 0 {
		return host.Place{}, nil
	}
	tree := os.DirFS(workspace)
	all, err := Checkouts(tree, files)
	if err != nil {
		return host.Place{}, err
	}
	holding := holders(all, files)
	if len(holding) == 0 {
		return withoutCheckout(at, workspace, files, changes)
	}
	root, err := ofRun(at, holding)
	if err != nil {
		return host.Place{}, err
	}
	place := host.Place{Root: root.Dir}
	for _, c := range all {
		if c.Dir != root.Dir {
			place.Others = append(place.Others, c.Dir)
		}
	}
	return place, nil
}

// holders returns the checkouts that hold a file themselves, not in another
// checkout below.
func holders(all []Checkout, files []string) []Checkout {
	return slices.DeleteFunc(slices.Clone(all), func(c Checkout) bool {
		return !slices.ContainsFunc(files, func(file string) bool { return nearest(all, file) == c.Dir })
	})
}

// nearest returns the folder of the innermost checkout around a file, nothing for
// a file outside of all.
func nearest(all []Checkout, file string) string {
	found := ""
	for _, c := range all {
		if (found == "" || len(c.Dir) > len(found) || found == ".") && host.Inside(c.Dir, file) {
			found = c.Dir
		}
	}
	return found
}

// ofRun returns the checkout of the run's repository. One with the very commit
// of the run goes before those that were fetched from the same repository, which
// may hold anything.
func ofRun(at host.Context, some []Checkout) (Checkout, error) {
	exact := slices.DeleteFunc(slices.Clone(some), func(c Checkout) bool { return !hasCommit(c, at) })
	fetched := slices.DeleteFunc(slices.Clone(some), func(c Checkout) bool { return !fetchedFrom(c, at.Repo) })
	for _, found := range [][]Checkout{exact, fetched} {
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return Checkout{}, fmt.Errorf("the workspace holds several checkouts of %s, in %s", at.Repo, folders(found))
		}
	}
	return Checkout{}, fmt.Errorf("the files are in a checkout (%s) that neither has the commit %s nor comes from %s", folders(some), host.Short(at.Head), at.Repo)
}

func folders(some []Checkout) string {
	names := make([]string, 0, len(some))
	for _, c := range some {
		names = append(names, c.Dir)
	}
	return strings.Join(names, ", ")
}

func hasCommit(c Checkout, at host.Context) bool {
	if c.Head == "" {
		return false
	}
	pull := func(ref string) bool { return strings.Contains(ref, fmt.Sprintf("/pull/%d/", at.PR)) }
	return c.Head == at.Head || c.Head == at.Merge || at.PR > 0 && slices.ContainsFunc(c.PullRefs, pull)
}

// fetchedFrom compares the end of the remotes' addresses, because a host has
// several addresses for the same repository.
func fetchedFrom(c Checkout, repo host.Repo) bool {
	if repo.String() == "" {
		return false
	}
	return slices.ContainsFunc(c.Remotes, func(remote string) bool {
		address := remote
		if u, err := url.Parse(remote); err == nil && u.Host != "" {
			address = u.Path
		} else if _, after, ok := strings.Cut(remote, ":"); ok {
			address = after // git@host:owner/name.git
		}
		address = "/" + strings.Trim(strings.TrimSuffix(strings.TrimRight(address, "/"), ".git"), "/")
		return strings.HasSuffix(strings.ToLower(address), strings.ToLower("/"+repo.String()))
	})
}

// withoutCheckout locates a repository of which the workspace is a part, or whose
// files were brought there without git.
func withoutCheckout(at host.Context, workspace string, files []string, changes host.Changes) (host.Place, error) {
	abs, err := filepath.Abs(workspace)
	if err != nil {
		return host.Place{}, fmt.Errorf("find the folder of the workspace: %w", err)
	}
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		above, ok, err := ReadCheckout(os.DirFS(dir), ".")
		if err != nil {
			return host.Place{}, err
		}
		if ok {
			if _, err := ofRun(at, []Checkout{above}); err != nil {
				return host.Place{}, err
			}
			within, err := filepath.Rel(dir, abs)
			return host.Place{Within: filepath.ToSlash(within)}, err
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	paths := changes.Paths()
	if slices.ContainsFunc(paths, func(name string) bool { return slices.Contains(files, name) }) {
		return host.Place{}, nil
	}
	if len(paths) == 0 && len(changes.Files) > 0 {
		return host.Place{}, errors.New("the workspace is no checkout, and no file that the change touches is left to tell by")
	}
	for _, name := range paths {
		if info, err := os.Lstat(filepath.Join(abs, filepath.FromSlash(name))); err != nil || info.IsDir() {
			return host.Place{}, fmt.Errorf("the workspace is no checkout, and it has no %s, which the change touches", name)
		}
	}
	return host.Place{}, nil
}
