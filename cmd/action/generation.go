package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/generate/prometheusrule"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/tech"
)

// generation is what the commands plan, apply and generate have in common.
type generation struct {
	only, skip   []string
	outputDir    string
	force, prune bool
	lint         bool
	interval     time.Duration
	namespace    string
	options      generate.Options
	// write is set where the files are written.
	write bool
	// names is set where nobody looks at the content of the files when they are made.
	names bool
	// made is what was generated, in the order of the services.
	made []pipeline.Generated
	// root is where the files are.
	root *os.Root
}

// defaultOutputDir is the folder that has a folder for each service.
const defaultOutputDir = "generated"

func (g *generation) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&g.outputDir, "output-dir", defaultOutputDir, "The folder that gets a folder for each service.")
	fs.StringVar(&g.options.RunbookURL, "runbook-url", "", "The address below which runbooks are, by service and alert.")
	fs.StringVar(&g.options.GrafanaURL, "grafana-url", "", "The address of Grafana, for links to dashboards.")
	fs.BoolVar(&g.options.Full, "full", false, "Show all panels of a technology, not only the most telling ones.")
	fs.BoolVar(&g.options.LegacyNames, "legacy-record-names", false, "Record the health of HTTP services under its older names, too.")
	fs.DurationVar(&g.interval, "interval", 0, "How often rules are evaluated; 30s for SLOs and by tier for others when not given.")
}

func (g *generation) addKinds(fs *pflag.FlagSet) {
	var kinds []string
	for _, k := range bundle.Kinds() {
		kinds = append(kinds, string(k))
	}
	fs.StringSliceVar(&g.only, "only", nil, "The kinds of artefacts to make: "+strings.Join(kinds, ", ")+".")
	fs.StringSliceVar(&g.skip, "skip", nil, "Kinds of artefacts to leave out.")
}

// pipeline puts what is to be generated into the options of a run.
func (g *generation) pipeline(o *pipeline.Options) error {
	kinds, err := bundle.Select(words(g.only), words(g.skip))
	if err != nil {
		return err
	}
	catalog, err := tech.Load()
	if err != nil {
		return err
	}
	dir, err := g.open()
	if err != nil {
		return err
	}
	if err := prometheusrule.CheckLabels(g.options.RuleObject.Labels); err != nil {
		return fmt.Errorf("--rule-labels: %w", err)
	}
	if err := prometheusrule.CheckLabels(g.options.RouteObject.Labels); err != nil {
		return fmt.Errorf("--route-labels: %w", err)
	}
	g.options.Interval = g.interval
	g.options.Exporters.Namespace, g.options.RuleObject.Namespace, g.options.RouteObject.Namespace = g.namespace, g.namespace, g.namespace
	o.Generation = &pipeline.Generation{
		Catalog: catalog, Kinds: kinds, Options: g.options, Dir: dir,
		Force: g.force, Prune: g.prune, Lint: g.lint,
		Read: func(name string) ([]byte, error) { return readGenerated(g.root, name) },
		Take: g.take,
	}
	if g.write {
		o.Generation.Write = func(made pipeline.Generated) error {
			_, err := folder.Write(g.root, made.Dir, made.Changes, g.force, g.prune)
			return err
		}
	}
	return nil
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

// open opens the place of the files and returns the folder in it, with slashes. A
// folder outside of the current one is a place of its own.
func (g *generation) open() (string, error) {
	place, dir := ".", g.outputDir
	if !filepath.IsLocal(dir) {
		place, dir = dir, "."
		if info, err := os.Stat(place); err != nil || !info.IsDir() {
			return "", fmt.Errorf("--output-dir %s is no folder: make it first, or name one below the current folder", g.outputDir)
		}
	}
	root, err := os.OpenRoot(place)
	if err != nil {
		return "", fmt.Errorf("open the output folder: %w", err)
	}
	g.root = root
	return filepath.ToSlash(filepath.Clean(dir)), nil
}

func (g *generation) close() {
	if g.root != nil {
		_ = g.root.Close()
	}
}

// maxGenerated bounds a generated file in bytes: the largest dashboards have less
// than one megabyte.
const maxGenerated = 16 << 20

// readGenerated reads a file that was generated, or stands where one would be. Links
// do not lead out of the root.
func readGenerated(root *os.Root, name string) ([]byte, error) {
	name = filepath.FromSlash(name)
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
	case info.Size() > maxGenerated:
		return nil, fmt.Errorf("it has %d bytes, more than generated files have", info.Size())
	}
	return root.ReadFile(name)
}

// changed reports whether writing would change any file.
func (g *generation) changed() bool {
	return slices.ContainsFunc(g.made, func(m pipeline.Generated) bool { return slices.ContainsFunc(m.Changes, writes) })
}

// writes reports whether a change is one of a file.
func writes(c folder.Change) bool {
	switch c.Action {
	case folder.Create, folder.Update, folder.Edited:
		return true
	case folder.Unchanged, folder.Obsolete:
	}
	return false
}
