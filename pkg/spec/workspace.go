package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Workspace is the one folder that files are read from and written to. It does not
// follow links out of the folder, whatever a path says.
type Workspace struct {
	dir  string
	root *os.Root
	// base is dir without links.
	base string
	// over holds files that replace those of the folder; see Over.
	over map[string][]byte
}

// OpenWorkspace opens a folder as a workspace. Close it after use.
func OpenWorkspace(dir string) (*Workspace, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open workspace %s: %w", dir, err)
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fmt.Errorf("open workspace %s: %w", dir, err)
	}
	base, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open workspace %s: %w", dir, err), root.Close())
	}
	return &Workspace{dir: abs, root: root, base: base}, nil
}

// Close releases the folder.
func (w *Workspace) Close() error { return w.root.Close() }

// Read returns the content of a file by its path relative to the workspace, up
// to one byte more than the limit. A path or a link that leads out of the
// workspace is an error, and so is one that leads below .git: a checkout keeps the
// token of the job there, and an excerpt would print it.
func (w *Workspace) Read(name string, limit int) ([]byte, error) {
	if data, ok := w.over[path.Clean(name)]; ok {
		return overlaid(name, data, limit)
	}
	// Asked before the file is opened: opening a named pipe waits for a writer.
	target, info, err := w.real(name)
	switch {
	case leadsOut(err):
		return nil, ErrLeadsOut
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errFolder
	case !info.Mode().IsRegular():
		return nil, errIrregular
	case ofGit(target):
		return nil, errGit
	}
	f, err := w.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readLimited(f, info.Size(), limit)
}

// ofGit reports whether a path is that of git's own files. Some file systems do not
// tell upper from lower case.
func ofGit(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.EqualFold(part, ".git") })
}

// real returns the path of a file or folder without links, relative to the
// workspace. It fails for what is not there or leads out of the workspace.
func (w *Workspace) real(name string) (string, fs.FileInfo, error) {
	info, err := w.root.Stat(filepath.FromSlash(name))
	if err != nil {
		return "", nil, err
	}
	target, err := filepath.EvalSymlinks(filepath.Join(w.base, filepath.FromSlash(name)))
	if err != nil {
		return "", nil, err
	}
	rel, err := filepath.Rel(w.base, target)
	if err != nil || !filepath.IsLocal(rel) {
		return "", nil, ErrLeadsOut
	}
	return filepath.ToSlash(rel), info, nil
}

// Glob returns the paths that a pattern of fs.Glob matches. What they name is not read.
func (w *Workspace) Glob(pattern string) ([]string, error) { return fs.Glob(w.root.FS(), pattern) }

// Relative turns a path as a user writes it, absolute or relative to the
// workspace, into one relative to the workspace with slashes.
func (w *Workspace) Relative(name string) (string, error) {
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(w.dir, name)
		if err != nil {
			return "", fmt.Errorf("%s is outside of the workspace %s", name, w.dir)
		}
		name = rel
	}
	name = path.Clean(filepath.ToSlash(name))
	if name == ".." || strings.HasPrefix(name, "../") {
		return "", fmt.Errorf("%s is outside of the workspace %s", name, w.dir)
	}
	return name, nil
}

// readLimited reads a file that should have so many bytes, and at most one more than the
// limit.
func readLimited(r io.Reader, size int64, limit int) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(max(0, min(size, int64(limit)))) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(r, int64(limit)+1)); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return b.Bytes(), nil
}

// exists reports whether a file is in the workspace.
func (w *Workspace) exists(name string) bool {
	if data, ok := w.over[path.Clean(name)]; ok {
		return data != nil
	}
	info, err := w.root.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
