package folder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Write writes the changes of a place into the workspace, and the list of digests
// last, with what the run notes in it. Files that are unchanged stay as they are. Edited
// files are left alone unless force is set, obsolete ones are removed if prune is set.
// Every file is written whole or not at all, and one that fails does not keep the others.
// It returns the changes with what became of them, as far as an error let it.
func Write(root *os.Root, at Place, r Record, changes []Change, force, prune bool) ([]Change, error) {
	done := slices.Clone(changes)
	known, err := readManifest(at, rootReader(root))
	if err != nil {
		return failed(done), err
	}
	old, err := known.bytes()
	if err != nil {
		return failed(done), err
	}
	before := len(known.Files)
	w := writer{root: root, dir: at.Dir}
	defer w.close()
	var problems problems
	for i := range done {
		problems.add(w.change(at, &known, &done[i], force, prune))
	}
	known.forgetMissing(at, changes, r, prune, root)
	if len(known.Files) == 0 {
		problems.add(forget(root, at, before))
		return done, problems.join()
	}
	known.note(r, prune)
	data, err := known.bytes()
	if err != nil || bytes.Equal(old, data) {
		problems.add(err)
		return done, problems.join()
	}
	if err := w.write(at.inList(at.List), data); err != nil {
		problems.add(fmt.Errorf("write %s: %w", at.List, err))
	}
	return done, problems.join()
}

// failed marks everything that would have been written.
func failed(changes []Change) []Change {
	for i := range changes {
		if changes[i].Action != Unchanged {
			changes[i].Action = Failed
		}
	}
	return changes
}

// change makes one change, notes it in the list and sets what became of it.
func (w *writer) change(at Place, known *manifest, c *Change, force, prune bool) error {
	name := at.inList(c.Path)
	switch {
	case c.Action == Edited && !force, c.Gone() && !prune:
		return nil
	case c.Gone():
		if err := w.root.Remove(filepath.FromSlash(c.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.Action = Failed
			return fmt.Errorf("remove %s: %w", c.Path, err)
		}
		removeEmpty(w.root, path.Dir(c.Path), at.Dir)
		c.Action = Removed
		delete(known.Files, name)
		return nil
	case c.Action != Unchanged:
		if err := w.write(name, c.New); err != nil {
			c.Action = Failed
			return fmt.Errorf("write %s: %w", c.Path, err)
		}
	}
	if c.Action == Edited {
		c.Action = Overwritten
	}
	known.Files[name] = written{Kind: c.Artefact.Kind, SHA256: c.SHA256()}
	return nil
}

// forgetMissing takes the files off the list that are not generated any more and that
// somebody has removed; those of kinds that the run does not make only where it prunes.
func (m *manifest) forgetMissing(at Place, changes []Change, r Record, prune bool, root *os.Root) {
	maps.DeleteFunc(m.Files, func(name string, f written) bool {
		file := path.Join(at.Dir, name)
		if !prune && !slices.Contains(r.Kinds, f.Kind) || slices.ContainsFunc(changes, func(c Change) bool { return c.Path == file }) {
			return false
		}
		_, err := root.Lstat(filepath.FromSlash(file))
		return errors.Is(err, fs.ErrNotExist)
	})
}

// problems are the errors of several files. A folder that cannot be written gives as
// many as it has files, and the first one says all.
type problems struct {
	first error
	more  int
}

func (p *problems) add(err error) {
	switch {
	case err == nil:
	case p.first == nil:
		p.first = err
	default:
		p.more++
	}
}

func (p *problems) join() error {
	if p.more == 0 {
		return p.first
	}
	return fmt.Errorf("%w; and %d more", p.first, p.more)
}

// forget removes a list that has no files any more.
func forget(root *os.Root, at Place, before int) error {
	if before == 0 {
		return nil
	}
	if err := root.Remove(filepath.FromSlash(at.List)); err != nil {
		return fmt.Errorf("remove %s: %w", at.List, err)
	}
	removeEmpty(root, path.Dir(at.List), path.Dir(at.Dir))
	return nil
}

// Remove removes what was written to a place, the list last, and the folder when
// nothing is left in it. Files that were changed by hand stay, with the list, and are
// returned.
func Remove(root *os.Root, at Place) (left []string, err error) {
	known, err := readManifest(at, rootReader(root))
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(known.Files)) {
		file := path.Join(at.Dir, name)
		data, err := there(rootReader(root), file)
		switch {
		case err != nil:
			return left, err
		case data == nil:
		case digest(data) != known.Files[name].SHA256:
			left = append(left, file)
		default:
			if err := root.Remove(filepath.FromSlash(file)); err != nil {
				return left, fmt.Errorf("remove %s: %w", file, err)
			}
			removeEmpty(root, path.Dir(file), at.Dir)
		}
	}
	if len(left) > 0 {
		return left, nil
	}
	return nil, forget(root, at, len(known.Files))
}

// removeEmpty removes the empty folders from one up to another, which stays. One that is
// not empty ends it.
func removeEmpty(root *os.Root, dir, top string) {
	for dir != top && dir != "." && root.Remove(filepath.FromSlash(dir)) == nil {
		dir = path.Dir(dir)
	}
}

func rootReader(root *os.Root) Reader {
	return func(name string) ([]byte, error) { return root.ReadFile(filepath.FromSlash(name)) }
}

// temporary is what a file is called until it is whole.
const temporary = ".nthlayer-tmp"

// writer writes files into one folder, which it makes when there is something to
// write. The folder is opened once: a root follows every part of a path each time.
type writer struct {
	root *os.Root
	dir  string
	in   *os.Root
}

func (w *writer) close() {
	if w.in != nil {
		_ = w.in.Close()
	}
}

// write writes a file beside its place and then moves it there, so that no reader sees
// half of it. It does not wait for the disk: what a power failure takes is generated
// again. The root keeps links from leading out of the workspace.
func (w *writer) write(name string, data []byte) error {
	name = filepath.FromSlash(name)
	if err := w.open(); err != nil {
		return err
	}
	if dir := filepath.Dir(name); dir != "." {
		if err := w.in.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	beside := name + temporary
	f, err := w.in.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		// What a run that died left there, or a link that somebody put there.
		if err := w.in.Remove(beside); err != nil {
			return err
		}
		f, err = w.in.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, w.in.Remove(beside))
	}
	return w.in.Rename(beside, name)
}

func (w *writer) open() error {
	if w.in != nil {
		return nil
	}
	dir := filepath.FromSlash(w.dir)
	if err := w.root.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	in, err := w.root.OpenRoot(dir)
	w.in = in
	return err
}
