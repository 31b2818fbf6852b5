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
// last, with what the run notes in it. Files that are unchanged stay as they are. Edited files are left alone and
// returned, unless force is set; obsolete ones are removed if prune is set. Every
// file is written whole or not at all.
func Write(root *os.Root, at Place, r Record, changes []Change, force, prune bool) (skipped []Change, err error) {
	known, err := readManifest(at, rootReader(root))
	if err != nil {
		return nil, err
	}
	old, err := known.bytes()
	if err != nil {
		return nil, err
	}
	before := len(known.Files)
	w := writer{root: root, dir: at.Dir}
	defer w.close()
	for _, c := range changes {
		name := at.inList(c.Path)
		switch {
		case c.Action == Obsolete && prune:
			if err := root.Remove(filepath.FromSlash(c.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return skipped, fmt.Errorf("remove %s: %w", c.Path, err)
			}
			delete(known.Files, name)
			continue
		case c.Action == Obsolete:
			continue
		case c.Action == Edited && !force:
			skipped = append(skipped, c)
			continue
		case c.Action != Unchanged:
			if err := w.write(name, c.New); err != nil {
				return skipped, fmt.Errorf("write %s: %w", c.Path, err)
			}
		}
		known.Files[name] = written{Kind: c.Artefact.Kind, SHA256: c.SHA256()}
	}
	if len(known.Files) == 0 {
		return skipped, forget(root, at, before)
	}
	known.note(r, prune)
	data, err := known.bytes()
	if err != nil || bytes.Equal(old, data) {
		return skipped, err
	}
	if err := w.write(at.inList(at.List), data); err != nil {
		return skipped, fmt.Errorf("write %s: %w", at.List, err)
	}
	return skipped, nil
}

// forget removes a list that has no files any more.
func forget(root *os.Root, at Place, before int) error {
	if before == 0 {
		return nil
	}
	if err := root.Remove(filepath.FromSlash(at.List)); err != nil {
		return fmt.Errorf("remove %s: %w", at.List, err)
	}
	prune(root, path.Dir(at.List), path.Dir(at.Dir))
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
		data, err := optional(rootReader(root), file)
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
			prune(root, path.Dir(file), at.Dir)
		}
	}
	if len(left) > 0 {
		return left, nil
	}
	return nil, forget(root, at, len(known.Files))
}

// prune removes the empty folders from one up to another, which stays. One that is
// not empty ends it.
func prune(root *os.Root, dir, top string) {
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
