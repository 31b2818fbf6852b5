package spec

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// maxFiles bounds how many files one pattern may find.
const maxFiles = 50_000

// Workspace is the one folder that files are read from. It does not follow links
// out of the folder, whatever a path says.
type Workspace struct {
	dir  string
	root *os.Root
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
	return &Workspace{dir: abs, root: root}, nil
}

// Close releases the folder.
func (w *Workspace) Close() error { return w.root.Close() }

// Read returns the content of a file by its path relative to the workspace, up
// to one byte more than the limit. A path or a link that leads out of the
// workspace is an error.
func (w *Workspace) Read(name string, limit int) ([]byte, error) {
	f, err := w.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	return readLimited(f, limit)
}

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

// Found is one file that was asked for.
type Found struct {
	// Path is relative to the workspace, with slashes.
	Path string
	// Named is set when the user named this file, rather than a folder or a
	// pattern that holds it.
	Named bool
}

// DefaultPatterns are the places of service files when none are named.
func DefaultPatterns() []string {
	return []string{"services/**/*.{yaml,yml}", "**/service.{yaml,yml}", "**/*.reliability.{yaml,yml}"}
}

// Find returns the files that the arguments name, each once and sorted: a file,
// a folder (all .yaml and .yml below it), or a pattern with *, ** and {a,b}.
// Without arguments the default patterns apply. Folders whose name begins with
// a dot, node_modules and vendor are passed over unless they are named. An
// argument that names or matches nothing is an error.
func (w *Workspace) Find(ctx context.Context, args []string) ([]Found, error) {
	if len(args) == 0 {
		return w.glob(ctx, DefaultPatterns())
	}
	var out []Found
	var failed []error
	for _, arg := range args {
		found, err := w.find(ctx, arg)
		if err != nil {
			failed = append(failed, err)
		}
		out = append(out, found...)
	}
	return unique(out), errors.Join(failed...)
}

func (w *Workspace) find(ctx context.Context, arg string) ([]Found, error) {
	rel, err := w.Relative(arg)
	if err != nil {
		return nil, err
	}
	info, err := w.root.Stat(filepath.FromSlash(rel))
	switch {
	case err == nil && info.IsDir():
		return w.glob(ctx, []string{path.Join(rel, "**/*.{yaml,yml}")})
	case err == nil:
		return []Found{{Path: rel, Named: true}}, nil
	case !strings.ContainsAny(arg, "*?[{"):
		return nil, fmt.Errorf("%s: %w", arg, cause(err))
	}
	found, err := w.glob(ctx, []string{rel})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s: no file matches", arg)
	}
	return found, err
}

// cause drops the operation and the path from a file error; the caller names the
// file as the user wrote it.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("no such file or folder")
	}
	return err
}

// glob walks the workspace once and keeps what matches a pattern.
func (w *Workspace) glob(ctx context.Context, patterns []string) ([]Found, error) {
	for _, p := range patterns {
		if !doublestar.ValidatePattern(p) {
			return nil, fmt.Errorf("%s: not a valid pattern", p)
		}
	}
	var out []Found
	start := "."
	if len(patterns) == 1 {
		start, _ = doublestar.SplitPattern(patterns[0])
	}
	err := fs.WalkDir(w.root.FS(), start, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // a folder that may not be read holds no service files
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if d.IsDir() {
			if passedOver(d.Name()) && !wanted(name, patterns) {
				return fs.SkipDir
			}
			return nil
		}
		if !matches(name, patterns) {
			return nil
		}
		out = append(out, Found{Path: name})
		if len(out) > maxFiles {
			return fmt.Errorf("more than %d files match %s", maxFiles, strings.Join(patterns, ", "))
		}
		return nil
	})
	return unique(out), err
}

// yamlIn returns the YAML files directly inside a folder, sorted; none when there
// is no such folder.
func (w *Workspace) yamlIn(dir string) []Found {
	entries, err := fs.ReadDir(w.root.FS(), dir)
	if err != nil {
		return nil
	}
	var out []Found
	for _, e := range entries {
		if ext := path.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			out = append(out, Found{Path: path.Join(dir, e.Name())})
		}
	}
	return out
}

func passedOver(dir string) bool {
	return dir != "." && (strings.HasPrefix(dir, ".") || dir == "node_modules" || dir == "vendor")
}

// wanted reports whether a pattern names the folder itself.
func wanted(dir string, patterns []string) bool {
	for _, p := range patterns {
		if p == dir || strings.HasPrefix(p, dir+"/") {
			return true
		}
	}
	return false
}

func matches(name string, patterns []string) bool {
	for _, p := range patterns {
		if doublestar.MatchUnvalidated(p, name) {
			return true
		}
	}
	return false
}

func unique(found []Found) []Found {
	slices.SortStableFunc(found, func(a, b Found) int { return strings.Compare(a.Path, b.Path) })
	out := found[:0:0]
	for _, f := range found {
		if n := len(out); n > 0 && out[n-1].Path == f.Path {
			out[n-1].Named = out[n-1].Named || f.Named
			continue
		}
		out = append(out, f)
	}
	return out
}
