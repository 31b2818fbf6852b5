package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/nthlayer/action/pkg/spec"
)

// inside returns the path in the folder of the run of a path that a person names,
// however it is written, false for one that leads out by itself: such a path may go
// anywhere.
func inside(name string) (string, bool) {
	whole, err := filepath.Abs(name)
	if err != nil {
		return "", false
	}
	here, err := filepath.Abs(".")
	if err != nil {
		return "", false
	}
	resolved, err := filepath.EvalSymlinks(here)
	if err != nil {
		return "", false
	}
	for _, base := range []string{here, resolved} {
		if rel, err := filepath.Rel(base, whole); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel), true
		}
	}
	return "", false
}

// placeOf opens the workspace that a file to write lies in, and returns the path of the
// file in it. The workspace is the folder of the run, whose links a change may have
// brought along; for a path that leads out by itself it is the last folder of the path
// that there is. The caller closes it.
func placeOf(name string) (*spec.Workspace, string, error) {
	if rel, ok := inside(name); ok {
		ws, err := spec.OpenWorkspace(".")
		return ws, rel, err
	}
	whole, err := filepath.Abs(name)
	if err != nil {
		return nil, "", fmt.Errorf("find out where %s is: %w", name, err)
	}
	dir := filepath.Dir(whole)
	for !isFolder(dir) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
	}
	rel, err := filepath.Rel(dir, whole)
	if err != nil {
		return nil, "", fmt.Errorf("find out where %s is: %w", name, err)
	}
	ws, err := spec.OpenWorkspace(dir)
	return ws, filepath.ToSlash(rel), err
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
