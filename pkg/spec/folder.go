package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Folder is one folder of a workspace, opened to write files into it. Whoever writes
// many asks once where the folder is, and not for each file.
type Folder struct {
	root *os.Root
}

// Folder opens a folder by its path relative to the workspace, and makes it where there
// is none. One that a link puts outside of the workspace or below .git is an error, which
// does not name the folder. Close it after use.
func (w *Workspace) Folder(dir string) (*Folder, error) {
	dir = path.Clean(filepath.ToSlash(dir))
	f, err := w.folder(dir, dir)
	return f, plainly(err)
}

// folder opens the folder of a path of the workspace.
func (w *Workspace) folder(dir, of string) (*Folder, error) {
	switch {
	case !filepath.IsLocal(filepath.FromSlash(of)):
		return nil, ErrLeadsOut
	case ofGit(of):
		return nil, errIntoGit
	}
	target, info, err := w.real(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := w.makeFolder(dir); err != nil {
			return nil, err
		}
		target, info, err = w.real(dir)
	}
	switch {
	case err != nil:
		return nil, err
	case w.ofGit(target):
		return nil, errIntoGit
	case !info.IsDir():
		return nil, fmt.Errorf("%s is no folder", dir)
	}
	root, err := w.root.OpenRoot(filepath.FromSlash(target))
	if err != nil {
		return nil, err
	}
	return &Folder{root}, nil
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
		case errors.Is(err, fs.ErrNotExist): // and yet it could not be made
			return fmt.Errorf("%s is a link that points to nothing: make the folder there, or remove the link", way)
		case err != nil:
			return err
		case w.ofGit(target):
			return errIntoGit
		case !info.IsDir():
			return fmt.Errorf("%s is no folder", way)
		}
	}
	return nil
}

// Close releases the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Write writes a file of the folder, whole or not at all. One that was there keeps its
// mode; a link in its place is replaced, not followed.
func (f *Folder) Write(name string, data []byte) error {
	was, err := f.root.Lstat(name)
	switch {
	case err != nil || was.Mode()&fs.ModeSymlink != 0:
		was = nil
	case !was.Mode().IsRegular():
		return errors.New("there is a folder, a pipe or a device of that name")
	}
	return plainly(f.put(name, data, was))
}

// beside is what a file is called until it is whole.
const beside = ".nthlayer-tmp"

// put writes a file beside its place and then moves it there, so that no reader sees
// half of it. It does not wait for the disk.
func (f *Folder) put(name string, data []byte, was fs.FileInfo) error {
	temporary := name + beside
	file, err := f.temporary(temporary)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if was != nil {
		err = errors.Join(err, file.Chmod(was.Mode().Perm()))
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = f.root.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, f.root.Remove(temporary))
	}
	return nil
}

// temporary makes a file that is not there yet. What a run that died left there is
// removed, and so is a link that somebody put there.
func (f *Folder) temporary(name string) (*os.File, error) {
	for {
		file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
		if err := f.root.Remove(name); err != nil {
			return nil, err
		}
	}
}

// create writes a file that is not there yet.
func (f *Folder) create(name string, data []byte) error {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return plainly(err)
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(plainly(err), f.root.Remove(name))
	}
	return nil
}
