package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	gitdiff "github.com/go-git/go-git/v5/plumbing/format/diff"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
)

// Repository compares commits of a checkout and reads their files.
type Repository interface {
	host.History
	Changes(ctx context.Context, base, head string) (host.Changes, error)
}

var (
	_ Repository = (*Git)(nil)
	_ Repository = (*Objects)(nil)
)

// Open returns what reads the history of a checkout: the git command where it is
// installed, else the files under .git, as in an image that has nothing but the
// program.
func Open(dir string) (Repository, error) {
	if git, err := NewGit(dir); err == nil {
		return git, nil
	}
	return NewObjects(dir)
}

// Objects reads the files under .git without running anything. It knows the
// repositories that CI makes: a folder .git, and SHA-1 commits.
type Objects struct {
	store *filesystem.Storage
	// shallow are commits whose parents a shallow clone does not have.
	shallow []plumbing.Hash
}

// NewObjects returns the objects of a checkout. A .git that is a file or a link
// leads elsewhere and is not followed.
func NewObjects(dir string) (*Objects, error) {
	own := filepath.Join(dir, ".git")
	info, err := os.Lstat(own)
	if dir == "" || err != nil || !info.IsDir() {
		return nil, errors.New("git is not installed, and there is no folder .git to read in its place")
	}
	store := filesystem.NewStorage(osfs.New(own, osfs.WithBoundOS()), cache.NewObjectLRU(cacheSize))
	shallow, err := store.Shallow()
	if err != nil {
		return nil, fmt.Errorf("read .git/shallow: %w", err)
	}
	return &Objects{store: store, shallow: shallow}, nil
}

// cacheSize bounds the objects that are kept in memory.
const cacheSize = 16 * cache.MiByte

// commit returns a commit by its full id.
func (o *Objects) commit(id string) (*object.Commit, error) {
	if !host.IsCommit(id) {
		return nil, fmt.Errorf("%q is not a commit", id)
	}
	c, err := object.GetCommit(o.store, plumbing.NewHash(id))
	if err != nil {
		return nil, fmt.Errorf("read the commit %s in .git, which a shallow clone may not have: %w", host.Short(id), err)
	}
	return c, nil
}

// Parents returns the parents of a commit, also of one where a shallow clone ends.
func (o *Objects) Parents(_ context.Context, id string) ([]string, error) {
	c, err := o.commit(id)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(c.ParentHashes))
	for _, p := range c.ParentHashes {
		out = append(out, p.String())
	}
	return out, nil
}

// MergeBase returns where two commits parted. When a shallow clone ends before
// that, it cannot be said.
func (o *Objects) MergeBase(ctx context.Context, a, b string) (string, error) {
	from, err := o.commit(a)
	if err != nil {
		return "", err
	}
	to, err := o.commit(b)
	if err != nil {
		return "", err
	}
	if ok, err := o.reaches(ctx, to, from.Hash); ok || err != nil {
		return from.Hash.String(), err
	}
	bases, err := from.MergeBase(to)
	if err == nil && len(bases) == 0 {
		err = errors.New("they have no commit in common")
	}
	if err != nil {
		return "", fmt.Errorf("find where %s and %s parted, before which a shallow clone may end: %w", host.Short(a), host.Short(b), err)
	}
	return bases[0].Hash.String(), nil
}

// reaches reports whether a commit is among the ancestors of another, as the base
// of a merge request is among those of its head. It stops where a shallow clone
// ends.
func (o *Objects) reaches(ctx context.Context, from *object.Commit, wanted plumbing.Hash) (bool, error) {
	seen := map[plumbing.Hash]bool{from.Hash: true}
	for next := []*object.Commit{from}; len(next) > 0; {
		c := next[0]
		next = next[1:]
		if c.Hash == wanted {
			return true, nil
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if slices.Contains(o.shallow, c.Hash) {
			continue
		}
		for _, p := range c.ParentHashes {
			if seen[p] {
				continue
			}
			seen[p] = true
			parent, err := object.GetCommit(o.store, p)
			if err != nil {
				return false, fmt.Errorf("read the commit %s in .git: %w", host.Short(p.String()), err)
			}
			next = append(next, parent)
		}
	}
	return false, nil
}

// ReadFile returns a file of a commit as it is stored.
func (o *Objects) ReadFile(_ context.Context, id, path string) ([]byte, error) {
	c, err := o.commit(id)
	if err != nil {
		return nil, err
	}
	file, err := c.File(path)
	if err != nil {
		return nil, fmt.Errorf("read %s at %s in .git: %w", path, host.Short(id), err)
	}
	if file.Size > host.MaxFile {
		return nil, fmt.Errorf("%s at %s is too large", path, host.Short(id))
	}
	reader, err := file.Reader()
	if err != nil {
		return nil, fmt.Errorf("read %s at %s in .git: %w", path, host.Short(id), err)
	}
	data, err := io.ReadAll(io.LimitReader(reader, host.MaxFile))
	return data, errors.Join(err, reader.Close())
}

// Submodule returns the commit that a commit records for the submodule at a path;
// empty when there is none.
func (o *Objects) Submodule(_ context.Context, id, path string) string {
	tree, err := o.tree(id)
	if err != nil {
		return ""
	}
	entry, err := tree.FindEntry(path)
	if err != nil || entry.Mode != filemode.Submodule {
		return ""
	}
	return entry.Hash.String()
}

// Changes returns what head changed since it branched off base.
func (o *Objects) Changes(ctx context.Context, base, head string) (host.Changes, error) {
	ctx, cancel := context.WithTimeout(ctx, gitTimeout)
	defer cancel()
	parted, err := o.MergeBase(ctx, base, head)
	if err != nil {
		return host.Changes{}, err
	}
	from, err := o.tree(parted)
	if err != nil {
		return host.Changes{}, err
	}
	to, err := o.tree(head)
	if err != nil {
		return host.Changes{}, err
	}
	found, err := object.DiffTreeWithOptions(ctx, from, to, object.DefaultDiffTreeOptions)
	if err != nil {
		return host.Changes{}, fmt.Errorf("compare %s with %s in .git: %w", host.Short(parted), host.Short(head), err)
	}
	out := host.Changes{Precision: host.ByLine, Source: "the files under .git"}
	for _, change := range found {
		file, err := o.changed(ctx, change)
		if err != nil {
			return host.Changes{}, err
		}
		out.Files = append(out.Files, file)
	}
	out.Files = host.SortFiles(out.Files)
	return out, nil
}

func (o *Objects) tree(id string) (*object.Tree, error) {
	c, err := o.commit(id)
	if err != nil {
		return nil, err
	}
	tree, err := c.Tree()
	if err != nil {
		return nil, fmt.Errorf("read the files of %s in .git: %w", host.Short(id), err)
	}
	return tree, nil
}

// maxCompared is the largest file of which lines are compared, in bytes. All lines
// of a larger one count as changed.
const maxCompared = 4 << 20

func (o *Objects) changed(ctx context.Context, change *object.Change) (host.ChangedFile, error) {
	c := host.ChangedFile{Path: change.To.Name, Status: host.Modified}
	switch {
	case change.To.Name == "":
		return host.ChangedFile{Path: change.From.Name, Status: host.Removed}, nil
	case change.From.Name == "":
		c.Status = host.Added
	case change.From.Name != change.To.Name:
		c.Previous, c.Status = change.From.Name, host.Renamed
	}
	from, to, err := change.Files()
	if err != nil {
		return host.ChangedFile{}, fmt.Errorf("read %s in .git: %w", c.Path, err)
	}
	if large(from) || large(to) {
		c.Whole = true
		return c, nil
	}
	patch, err := change.PatchContext(ctx)
	if err != nil {
		return host.ChangedFile{}, fmt.Errorf("compare the lines of %s in .git: %w", c.Path, err)
	}
	for _, file := range patch.FilePatches() {
		if file.IsBinary() {
			c.Whole = true
			continue
		}
		if c.Lines, err = diff.ParsePatch(hunks(file.Chunks())); err != nil {
			return host.ChangedFile{}, fmt.Errorf("compare the lines of %s in .git: %w", c.Path, err)
		}
	}
	return c, nil
}

func large(f *object.File) bool { return f != nil && f.Size > maxCompared }

// hunks writes chunks as the headers and signs of a diff without context.
func hunks(chunks []gitdiff.Chunk) string {
	var b strings.Builder
	old, current := 0, 0 // lines before the hunk
	removed, added := 0, 0
	flush := func() {
		if removed+added > 0 {
			fmt.Fprintf(&b, "@@ -%s +%s @@\n%s%s", lineSpan(old, removed), lineSpan(current, added), strings.Repeat("-\n", removed), strings.Repeat("+\n", added))
		}
		old, current, removed, added = old+removed, current+added, 0, 0
	}
	for _, chunk := range chunks {
		n := lineCount(chunk.Content())
		switch chunk.Type() {
		case gitdiff.Equal:
			flush()
			old, current = old+n, current+n
		case gitdiff.Add:
			added += n
		case gitdiff.Delete:
			removed += n
		}
	}
	flush()
	return b.String()
}

// lineSpan is the place of lines in the header of a hunk; no lines are named by the
// line before them.
func lineSpan(before, n int) string {
	if n == 0 {
		return fmt.Sprintf("%d,0", before)
	}
	return fmt.Sprintf("%d,%d", before+1, n)
}

func lineCount(text string) int {
	n := strings.Count(text, "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		n++
	}
	return n
}
