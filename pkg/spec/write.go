package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// errIntoGit is why a file is not written below .git: git runs what stands there, and
// goes where it says.
var errIntoGit = errors.New("its folder is one of git's own: choose another place")

// Write writes a file by its path relative to the workspace, whole or not at all, and
// makes the folders on the way. A link that leads out of the workspace or below .git is
// an error. A link in place of the file itself is replaced, not followed.
func (w *Workspace) Write(name string, data []byte) error {
	return w.in(name, func(f *Folder, base string) error { return f.Write(base, data) })
}

// Create writes a file as Write does, where there is none. The error is fs.ErrExist
// where there is one, and a link counts as one.
func (w *Workspace) Create(name string, data []byte) error {
	return w.in(name, func(f *Folder, base string) error { return f.create(base, data) })
}

// in writes a file through its folder.
func (w *Workspace) in(name string, write func(f *Folder, base string) error) error {
	clean := path.Clean(filepath.ToSlash(name))
	f, err := w.folder(path.Dir(clean), clean)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, plainly(err))
	}
	if err := errors.Join(write(f, path.Base(clean)), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Remove removes a file by its path relative to the workspace, and of a link only the
// link. What is not there is no error. It goes nowhere that Write does not go.
func (w *Workspace) Remove(name string) error {
	if err := w.remove(path.Clean(filepath.ToSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", name, plainly(err))
	}
	return nil
}

func (w *Workspace) remove(name string) error {
	info, err := w.root.Lstat(filepath.FromSlash(name))
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("it is a folder")
	case ofGit(name):
		return errIntoGit
	}
	dir, _, err := w.real(path.Dir(name))
	switch {
	case err != nil:
		return err
	case w.ofGit(dir):
		return errIntoGit
	}
	return w.root.Remove(filepath.FromSlash(name))
}

// RemoveEmpty removes a folder that holds nothing; of a link it removes nothing. It goes
// nowhere that Write does not go.
func (w *Workspace) RemoveEmpty(dir string) error {
	dir = path.Clean(filepath.ToSlash(dir))
	info, err := w.root.Lstat(filepath.FromSlash(dir))
	switch {
	case err != nil:
		return fmt.Errorf("remove %s: %w", dir, plainly(err))
	case !info.IsDir():
		return fmt.Errorf("remove %s: it is no folder", dir)
	}
	target, _, err := w.real(dir)
	switch {
	case err != nil:
		return fmt.Errorf("remove %s: %w", dir, plainly(err))
	case w.ofGit(target):
		return fmt.Errorf("remove %s: %w", dir, errIntoGit)
	}
	if err := w.root.Remove(filepath.FromSlash(target)); err != nil {
		return fmt.Errorf("remove %s: %w", dir, plainly(err))
	}
	return nil
}

// LeadsIntoGit reports whether a path, or what is there of it, lies below .git, by
// whatever link.
func (w *Workspace) LeadsIntoGit(name string) bool {
	name = path.Clean(filepath.ToSlash(name))
	for way := name; ; way = path.Dir(way) {
		target, _, err := w.real(way)
		if err == nil {
			return w.ofGit(target) || ofGit(name)
		}
		if way == "." || way == "/" {
			return ofGit(name)
		}
	}
}

// ofGit reports whether a place of the workspace, without links, is one of git's own
// files. The workspace may lie below .git as a whole.
func (w *Workspace) ofGit(target string) bool {
	return ofGit(path.Join(filepath.ToSlash(w.base), target))
}

// plainly drops the operation and the path from a file error, and says what a link does
// that a root does not follow.
func plainly(err error) error {
	failed, ok := errors.AsType[*fs.PathError](err)
	switch {
	case !ok:
		return err
	case leadsOut(err):
		return ErrLeadsOut
	}
	return failed.Err
}

// leadsOut reports whether a root refused a path. The package os has no error for it.
func leadsOut(err error) bool { return err != nil && strings.Contains(err.Error(), "escapes") }
