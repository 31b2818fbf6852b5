package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// checkGenerated adds to a run the comparison of the files in the repository with
// what the service files give. It returns the service files that the lists of what
// was generated name, and what ends the comparison.
func checkGenerated(s entrypoint.Settings, o *pipeline.Options) (sources []string, done func(), err error) {
	if !s.CheckGenerated {
		return nil, func() {}, nil
	}
	kinds, err := bundle.Select(nil, nil)
	if err != nil {
		return nil, nil, err
	}
	catalog, err := tech.Load()
	if err != nil {
		return nil, nil, err
	}
	ws, err := spec.OpenWorkspace(s.Workspace)
	if err != nil {
		return nil, nil, err
	}
	dir := path.Clean(s.GeneratedDir)
	lists, err := listsIn(ws, dir)
	if err != nil {
		return nil, nil, errors.Join(err, ws.Close())
	}
	o.Generation = &pipeline.Generation{
		Catalog: catalog, Kinds: kinds, Dir: dir, Check: true, Environments: environmentsOf(dir, lists),
		Read:  folder.Reading(ws),
		Lists: func() ([]string, error) { return lists, nil },
	}
	o.Generation.ByEnvironment = s.Environment == "" && len(o.Generation.Environments) > 0 && !anyWithout(dir, lists)
	if s.Changes.Precision == host.ByLine {
		o.Generation.Touched = s.Changes.Touches
	}
	return sourcesOf(dir, lists, o.Generation.Read), func() { _ = ws.Close() }, nil
}

// sourcesOf returns the service files that lists name. A list that is not as a run
// writes it names none.
func sourcesOf(dir string, lists []string, read folder.Reader) []string {
	var out []string
	for _, list := range lists {
		at, ok := folder.Of(dir, list)
		if !ok {
			continue
		}
		record, wrong, _, err := folder.Recorded(at, bundle.Kinds(), read)
		if err == nil && len(wrong) == 0 && record.Source != "" {
			out = append(out, record.Source)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// takeSources adds to the files of a run those that something was generated from and
// that lie elsewhere than where service files are looked for. One that is gone is told
// by the list that names it.
func takeSources(ctx context.Context, o *pipeline.Options, s entrypoint.Settings, ws *spec.Workspace, sources []string) {
	known := map[string]bool{}
	for _, f := range o.Files {
		known[f.Path] = true
	}
	var more []string
	for _, source := range sources {
		found, _ := ws.Find(ctx, []string{source})
		for _, f := range found {
			if f.Named && !known[f.Path] { // or the name was a folder's, or a pattern
				known[f.Path], more = true, append(more, f.Path)
				o.Files = append(o.Files, spec.Found{Path: f.Path})
			}
		}
	}
	if len(more) == 0 {
		return
	}
	slices.SortFunc(o.Files, func(a, b spec.Found) int { return strings.Compare(a.Path, b.Path) })
	o.Base = base(s, ws, slices.Concat(spec.DefaultPatterns(), more))
}

// listsIn returns the paths of the lists of what was generated into a folder, sorted.
func listsIn(ws *spec.Workspace, dir string) ([]string, error) {
	var out []string
	for _, pattern := range folder.Patterns(dir) {
		found, err := ws.Glob(pattern)
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

// anyWithout reports whether something was generated without an environment.
func anyWithout(dir string, lists []string) bool {
	return slices.ContainsFunc(lists, func(list string) bool {
		at, ok := folder.Of(dir, list)
		return ok && at.Environment == ""
	})
}
