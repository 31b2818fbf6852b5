package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/tech"
)

// checkGenerated adds to a run the comparison of the files in the repository with
// what the service files give, and returns what ends it.
func checkGenerated(s entrypoint.Settings, o *pipeline.Options) (func(), error) {
	if !s.CheckGenerated {
		return func() {}, nil
	}
	kinds, err := bundle.Select(nil, nil)
	if err != nil {
		return nil, err
	}
	catalog, err := tech.Load()
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(s.Workspace)
	if err != nil {
		return nil, err
	}
	dir := path.Clean(s.GeneratedDir)
	lists, err := listsIn(root, dir)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	o.Generation = &pipeline.Generation{
		Catalog: catalog, Kinds: kinds, Dir: dir, Check: true, Environments: environmentsOf(dir, lists),
		Read:  func(name string) ([]byte, error) { return readGenerated(root, name) },
		Lists: func() ([]string, error) { return lists, nil },
	}
	if s.Changes.Precision == host.ByLine {
		o.Generation.Touched = s.Changes.Touches
	}
	return func() { _ = root.Close() }, nil
}

// listsIn returns the paths of the lists of what was generated into a folder, sorted.
func listsIn(root *os.Root, dir string) ([]string, error) {
	var out []string
	for _, pattern := range folder.Patterns(dir) {
		found, err := fs.Glob(root.FS(), pattern)
		if err != nil {
			return nil, fmt.Errorf("look for what was generated into %s: %w", dir, err)
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// environmentsOf returns the names of the environments that something was generated
// for, sorted.
func environmentsOf(dir string, lists []string) []string {
	var names []string
	for _, list := range lists {
		if at, ok := folder.Of(dir, list); ok && at.Environment != "" {
			names = append(names, at.Environment)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
