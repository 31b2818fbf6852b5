package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/generate/prometheusrule"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// generation is what the commands plan, apply and generate have in common.
type generation struct {
	only, skip   []string
	with         []string
	outputDir    string
	layout       string
	force, prune bool
	lint         bool
	interval     time.Duration
	namespace    string
	lokiURL      string
	options      generate.Options
	// write is set where the files are written, and prints where they are printed.
	write, prints bool
	// dry is set where a command that prints writes no file.
	dry bool
	// resolve is set where it is asked which metrics stand for what panels measure.
	resolve bool
	// names is set where nobody looks at the content of the files when they are made.
	names bool
	// made is what was generated, in the order of the services.
	made []pipeline.Generated
	// place is where the files are.
	place *spec.Workspace
}

// pipeline puts what is to be generated into the options of a run.
func (g *generation) pipeline(o *pipeline.Options) error {
	kinds, err := bundle.Select(words(g.only), words(g.skip), words(g.with)...)
	if err != nil {
		return err
	}
	catalog, err := tech.Load()
	if err != nil {
		return err
	}
	if err := prometheusrule.CheckLabels(g.options.RuleObject.Labels); err != nil {
		return fmt.Errorf("--rule-labels: %w", err)
	}
	if err := prometheusrule.CheckLabels(g.options.RouteObject.Labels); err != nil {
		return fmt.Errorf("--route-labels: %w", err)
	}
	g.options.Exporters.Namespace, g.options.RuleObject.Namespace, g.options.RouteObject.Namespace = g.namespace, g.namespace, g.namespace
	if err := g.choose(); err != nil {
		return err
	}
	dir, err := g.open()
	if err != nil {
		return err
	}
	o.Generation = &pipeline.Generation{
		Catalog: catalog, Kinds: kinds, Refresh: g.refresh(kinds), Options: g.options, Dir: dir,
		Force: g.force || g.prints, Prune: g.prune || g.prints, Lint: g.lint, Resolve: g.resolve,
		Read: folder.Reading(g.place),
		Take: g.take,
	}
	if _, within := inside(g.outputDir); within && !g.prints { // a folder elsewhere may be that of other repositories too
		o.Generation.Lists = func() ([]string, error) { return listsIn(g.place, dir) }
	}
	if g.write {
		o.Generation.Remove = func(at folder.Place) ([]string, error) { return folder.Remove(g.place, at) }
		o.Generation.Write = func(made pipeline.Generated) ([]folder.Change, error) {
			return folder.Write(g.place, made.At, made.Record, made.Changes, g.force, g.prune)
		}
	}
	return nil
}

// refresh returns the kinds that are made where they were made before, though nobody
// names them now.
func (g *generation) refresh(kinds []generate.Kind) []generate.Kind {
	if len(g.only) > 0 {
		return nil
	}
	skipped := words(g.skip)
	return slices.DeleteFunc(bundle.Kinds(), func(k generate.Kind) bool {
		return bundle.ByDefault(k) || slices.Contains(kinds, k) || slices.Contains(skipped, string(k))
	})
}

// take keeps what was made for a service: all of it where something still has to be
// done with the files, else only which ones they are. Those of ten thousand services
// do not fit in memory.
func (g *generation) take(made pipeline.Generated) {
	if g.names {
		for i := range made.Changes {
			c := &made.Changes[i]
			c.Old, c.New, c.Artefact.Bytes, c.Artefact.Trace = nil, nil, nil, nil
		}
	}
	g.made = append(g.made, made)
}

// words splits at blanks too, so that one quoted argument may name several.
func words(list []string) []string {
	var out []string
	for _, item := range list {
		out = append(out, strings.Fields(item)...)
	}
	return out
}

// own refuses a folder that is no place for generated files: Git's own, and one that
// holds service files, which apply would read again.
func (g *generation) own(ws *spec.Workspace, files []spec.Found) error {
	rel, within := inside(g.outputDir)
	if !within {
		return nil // a folder elsewhere holds none of the files
	}
	if ws.LeadsIntoGit(rel) {
		return fmt.Errorf("--output-dir %s is a folder of Git: name another one, as generated", g.outputDir)
	}
	for _, f := range files {
		if rel != "." && (path.Dir(f.Path) == rel || strings.HasPrefix(path.Dir(f.Path), rel+"/")) {
			return fmt.Errorf("--output-dir %s holds service files, as %s: name another folder, as generated", g.outputDir, f.Path)
		}
	}
	return nil
}

// open opens the place of the files and returns the folder in it, with slashes. A
// folder outside of the current one is a place of its own.
func (g *generation) open() (string, error) {
	place := "."
	dir, within := inside(g.outputDir)
	if !within {
		if !isFolder(g.outputDir) {
			return "", fmt.Errorf("--output-dir %s is no folder: make it first, or name one below the current folder", g.outputDir)
		}
		place, dir = g.outputDir, "."
	}
	ws, err := spec.OpenWorkspace(place)
	if err != nil {
		return "", fmt.Errorf("open the output folder: %w", err)
	}
	g.place = ws
	return dir, nil
}

func (g *generation) close() {
	if g.place != nil {
		_ = g.place.Close()
	}
}

// changed reports whether writing would change any file.
func (g *generation) changed() bool {
	return slices.ContainsFunc(g.made, func(m pipeline.Generated) bool { return slices.ContainsFunc(m.Changes, writes) })
}

// writes reports whether a change is one of a file.
func writes(c folder.Change) bool {
	switch c.Action {
	case folder.Create, folder.Update, folder.Overwritten:
		return true
	case folder.Edited: // --force would overwrite it
		return !c.Gone()
	case folder.Unchanged, folder.Obsolete, folder.Removed, folder.Failed:
	}
	return false
}
