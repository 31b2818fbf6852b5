package spec

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Over returns the workspace as it would be with other files: those with a
// content have it, those with nil do not exist. Paths are relative, with slashes
// and clean. The folder itself stays as it is and is shared: closing w closes
// both.
func (w *Workspace) Over(files map[string][]byte) *Workspace {
	return &Workspace{dir: w.dir, root: w.root, base: w.base, over: files}
}

// hidden reports whether a file of the folder does not count: another one stands
// in its place, or none.
func (w *Workspace) hidden(name string) bool {
	_, ok := w.over[name]
	return ok
}

// overlaid is what Read answers for a file that Over gave.
func overlaid(name string, data []byte, limit int) ([]byte, error) {
	if data == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return slices.Clone(data[:min(len(data), limit+1)]), nil
}

// overlaidMatches are the files that Over gave which a walk of the folder would
// have found.
func (w *Workspace) overlaidMatches(patterns []string) []Found {
	var out []Found
	for name, data := range w.over {
		if data != nil && matches(name, patterns) && !insidePassedOver(name, patterns) {
			out = append(out, Found{Path: name})
		}
	}
	return out
}

// insidePassedOver reports whether a file lies in a folder that a walk passes
// over.
func insidePassedOver(name string, patterns []string) bool {
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if passedOver(path.Base(dir)) && !wanted(dir, patterns) {
			return true
		}
	}
	return false
}

// IsLayer reports whether a file is one that service files are laid over or
// under: an environment or a template. It may belong to any service.
func IsLayer(name string) bool {
	return isYAML(name) && (strings.Contains("/"+name, "/environments/") || strings.Contains("/"+name, "/"+templatesDir+"/"))
}
