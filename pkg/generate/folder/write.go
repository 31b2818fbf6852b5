package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Write writes the changes below dir into the workspace, and the list of digests
// last. Files that are unchanged stay as they are. Edited files are left alone and
// returned, unless force is set; obsolete ones are removed if prune is set. Every
// file is written whole or not at all.
func Write(root *os.Root, dir string, changes []Change, force, prune bool) (skipped []Change, err error) {
	known, err := readManifest(dir, rootReader(root))
	if err != nil {
		return nil, err
	}
	old := maps.Clone(known.Files)
	w := writer{root: root, dir: dir}
	defer w.close()
	for _, c := range changes {
		name := strings.TrimPrefix(c.Path, dir+"/")
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
	if maps.Equal(old, known.Files) {
		return skipped, nil
	}
	data, err := known.bytes()
	if err != nil {
		return skipped, err
	}
	if err := w.write(ManifestFile, data); err != nil {
		return skipped, fmt.Errorf("write %s: %w", path.Join(dir, ManifestFile), err)
	}
	return skipped, nil
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

// write writes a file beside its place and then moves it there. The root keeps links
// from leading out of the workspace.
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
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
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
