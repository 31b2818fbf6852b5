package main

import (
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
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
	o.Generation = &pipeline.Generation{
		Catalog: catalog, Kinds: kinds, Dir: dir, Check: true, Environments: environmentsIn(root, dir),
		Read: func(name string) ([]byte, error) { return readGenerated(root, name) },
	}
	return func() { _ = root.Close() }, nil
}

// environmentsIn returns the names of the environments that something was generated
// for: the folders that hold folders of services, sorted.
func environmentsIn(root *os.Root, dir string) []string {
	lists, err := fs.Glob(root.FS(), path.Join(dir, "*", "*", folder.ManifestFile))
	if err != nil {
		return nil // the name of the folder is no pattern
	}
	var names []string
	for _, list := range lists {
		names = append(names, path.Base(path.Dir(path.Dir(list))))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
