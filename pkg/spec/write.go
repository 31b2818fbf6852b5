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
	if err := w.write(path.Clean(filepath.ToSlash(name)), data); err != nil {
		return fmt.Errorf("write %s: %w", name, plainly(err))
	}
	return nil
}

func (w *Workspace) write(name string, data []byte) error {
	switch {
	case !filepath.IsLocal(filepath.FromSlash(name)):
		return errLeadsOut
	case ofGit(name):
		return errIntoGit
	}
	dir := path.Dir(name)
	if err := w.makeFolder(dir); err != nil {
		return err
	}
	was, err := w.root.Lstat(filepath.FromSlash(name))
	switch {
	case err != nil || was.Mode()&fs.ModeSymlink != 0:
		was = nil
	case !was.Mode().IsRegular():
		return errors.New("there is a folder, a pipe or a device of that name")
	}
	target, _, err := w.real(dir)
	if err != nil {
		return err
	}
	return w.put(filepath.Join(filepath.FromSlash(target), path.Base(name)), data, was)
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
	case ofGit(dir):
		return errIntoGit
	}
	return w.root.Remove(filepath.FromSlash(name))
}

// makeFolder makes a folder where there is none. It asks of each one on the way where
// it is before it makes one in it.
func (w *Workspace) makeFolder(dir string) error {
	parts := strings.Split(dir, "/")
	for i := range parts {
		way := path.Join(parts[:i+1]...)
		if err := w.root.Mkdir(filepath.FromSlash(way), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		target, info, err := w.real(way)
		switch {
		case err != nil:
			return err
		case ofGit(target):
			return errIntoGit
		case !info.IsDir():
			return fmt.Errorf("%s is no folder", way)
		}
	}
	return nil
}

// put makes a file of a name without links, or replaces it, in one step. One that was
// there keeps its mode.
func (w *Workspace) put(name string, data []byte, was fs.FileInfo) error {
	temporary := name + beside
	f, err := w.create(temporary)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if was != nil {
		err = errors.Join(err, f.Chmod(was.Mode().Perm()))
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = w.root.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, w.root.Remove(temporary))
	}
	return nil
}

// plainly drops the operation and the path from a file error, and says what a link does
// that a root does not follow.
func plainly(err error) error {
	failed, ok := errors.AsType[*fs.PathError](err)
	switch {
	case !ok:
		return err
	case strings.Contains(failed.Err.Error(), "escapes"): // the package os has no error for it
		return errLeadsOut
	}
	return failed.Err
}
