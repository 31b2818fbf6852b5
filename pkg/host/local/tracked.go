package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Tracked is something that git has in a checkout, be it in the workspace or not.
type Tracked struct {
	Path string
	// Submodule is set for another repository, whose files this one does not have.
	Submodule bool
}

// TrackedIn returns what git has in folders of a checkout, or in their place. Dir is the
// root of the checkout, the folders are paths from there. Git is asked once, however many
// folders there are. What is no checkout has nothing, and neither has one that cannot be
// followed without git: a .git that leads elsewhere.
func TrackedIn(ctx context.Context, dir string, folders ...string) ([]Tracked, error) {
	git, errGit := NewGit(dir)
	var err error
	if errGit == nil {
		var found []Tracked
		if found, err = git.trackedIn(ctx, folders); err == nil || errors.Is(err, errNoCheckout) {
			return found, nil
		}
	}
	objects, errObjects := NewObjects(dir)
	if errObjects != nil {
		return nil, err
	}
	at, _, errHead := ReadCheckout(os.DirFS(dir), ".")
	if errHead != nil || at.Head == "" {
		return nil, errors.Join(err, errHead)
	}
	return objects.trackedIn(at.Head, folders)
}

// trackedIn goes by the index, which also has what a sparse checkout leaves out.
func (g *Git) trackedIn(ctx context.Context, folders []string) ([]Tracked, error) {
	out, err := g.run(ctx, maxDiff, append([]string{"--literal-pathspecs", "ls-files", "--stage", "-z", "--"}, folders...)...)
	if err != nil {
		return nil, err
	}
	var found []Tracked
	for entry := range strings.SplitSeq(out, "\x00") {
		if kind, name, ok := strings.Cut(entry, "\t"); ok {
			found = append(found, Tracked{Path: name, Submodule: strings.HasPrefix(kind, "160000 ")})
		}
	}
	return found, nil
}

// trackedIn goes by the commit that is checked out.
func (o *Objects) trackedIn(head string, folders []string) ([]Tracked, error) {
	root, err := o.tree(head)
	if err != nil {
		return nil, err
	}
	var found []Tracked
	for _, folder := range folders {
		entry, err := root.FindEntry(folder)
		switch {
		case errors.Is(err, object.ErrEntryNotFound), errors.Is(err, object.ErrDirectoryNotFound):
			continue
		case err != nil:
			return nil, fmt.Errorf("read %s in .git: %w", folder, err)
		case entry.Mode != filemode.Dir:
			found = append(found, Tracked{Path: folder, Submodule: entry.Mode == filemode.Submodule})
			continue
		}
		tree, err := root.Tree(folder)
		if err != nil {
			return nil, fmt.Errorf("read %s in .git: %w", folder, err)
		}
		for _, entry := range tree.Entries {
			found = append(found, Tracked{Path: path.Join(folder, entry.Name), Submodule: entry.Mode == filemode.Submodule})
		}
	}
	return found, nil
}
