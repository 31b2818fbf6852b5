package spec

import (
	"path"
	"strings"
)

// alertsDir is where users keep alerts of their own for technologies, below the
// service file's folder or one above it.
const alertsDir = ".nthlayer/alerts"

// OwnAlerts returns the files of the nearest .nthlayer/alerts of a folder, sorted:
// its own one, or that of a folder above it in the workspace.
func (w *Workspace) OwnAlerts(dir string) []string {
	for at := path.Clean(dir); ; at = path.Dir(at) {
		if found := w.yamlIn(path.Join(at, alertsDir)); len(found) > 0 {
			names := make([]string, 0, len(found))
			for _, f := range found {
				names = append(names, f.Path)
			}
			return names
		}
		if at == "." || at == "/" {
			return nil
		}
	}
}

// IsOwnAlerts reports whether a file is one of a user's own alerts.
func IsOwnAlerts(name string) bool {
	return isYAML(name) && strings.Contains("/"+name, "/"+alertsDir+"/")
}
