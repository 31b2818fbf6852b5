package spec

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/nthlayer/action/pkg/report"
)

// maxFiles bounds how many files one pattern may find.
const maxFiles = 50_000

// maxLinks bounds how many links to folders one search follows.
const maxLinks = 1_000

// Found is one file that was asked for.
type Found struct {
	// Path is relative to the workspace, with slashes and without links: it is
	// the path that version control knows.
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
// a folder (all .yaml and .yml below it, in small letters or large), or a pattern with *, ** and {a,b}.
// Links are followed as long as they stay inside the workspace.
// Without arguments the default patterns apply. Folders whose name begins with
// a dot, node_modules and vendor are passed over unless they are named.
//
// The findings are about arguments that name or match nothing, or lead out of
// the workspace; what the others name is found all the same. When ctx ends early
// the result is incomplete, so callers look at ctx.Err.
func (w *Workspace) Find(ctx context.Context, args []string) ([]Found, []report.Finding) {
	if len(args) == 0 {
		return w.glob(ctx, DefaultPatterns())
	}
	var out []Found
	var problems []report.Finding
	for _, arg := range args {
		found, unreadable := w.find(ctx, arg)
		out = append(out, found...)
		problems = append(problems, unreadable...)
	}
	return unique(out), problems
}

func (w *Workspace) find(ctx context.Context, arg string) ([]Found, []report.Finding) {
	if arg == "" {
		return nil, unreadable(`""`, "an empty argument names no file and no folder", "give a name, or . for all of this folder; a variable of the shell may be empty")
	}
	rel, err := w.Relative(arg)
	if err != nil {
		return nil, unreadable(w.seen(arg), err.Error(), "run nthlayer in a folder that holds the file")
	}
	if data, ok := w.over[rel]; ok && data != nil {
		return []Found{{Path: rel, Named: true}}, nil
	}
	target, info, err := w.real(rel)
	switch {
	case err == nil && info.IsDir():
		return w.glob(ctx, []string{path.Join(rel, "**/*.{yaml,yml,YAML,YML}")})
	case err == nil && !w.hidden(rel):
		return []Found{{Path: target, Named: true}}, nil
	case err == nil:
		return nil, w.unreadable(rel, fs.ErrNotExist)
	case !strings.ContainsAny(arg, "*?[{"):
		return nil, w.unreadable(rel, err)
	}
	found, problems := w.glob(ctx, []string{rel})
	if len(found)+len(problems) == 0 && ctx.Err() == nil {
		problems = unreadable(arg, "no file matches the pattern", "correct it: * stands for a part of a name, ** for folders, {a,b} for a or b")
	}
	return found, problems
}

// seen returns a path as it is seen from the workspace: the name of a finding's file is
// never absolute.
func (w *Workspace) seen(name string) string {
	if rel, err := filepath.Rel(w.dir, name); err == nil && filepath.IsAbs(name) {
		return filepath.ToSlash(rel)
	}
	return name
}

// glob walks the workspace once and keeps what matches a pattern.
func (w *Workspace) glob(ctx context.Context, patterns []string) ([]Found, []report.Finding) {
	for _, p := range patterns {
		if !doublestar.ValidatePattern(p) {
			return nil, unreadable(p, "not a valid pattern", "close the bracket or the brace")
		}
	}
	start := "."
	if len(patterns) == 1 {
		start, _ = doublestar.SplitPattern(patterns[0])
	}
	g := globber{ws: w, patterns: patterns}
	if err := g.folder(ctx, start); err != nil && ctx.Err() == nil {
		g.problems = append(g.problems, unreadable(strings.Join(patterns, ", "), err.Error(), "name a folder or a pattern that holds less")...)
	}
	return unique(append(g.found, w.overlaidMatches(patterns)...)), g.problems
}

// globber walks folders, also those behind links.
type globber struct {
	ws       *Workspace
	patterns []string
	// open are the folders whose walk is under way, and links counts how many
	// links were followed: they may lead in circles.
	open  []string
	links int
	found []Found
	// problems are about links that a pattern names and that lead nowhere.
	problems []report.Finding
}

// folder walks a folder by the name that leads there. Files are found by their
// real names and match by either.
func (g *globber) folder(ctx context.Context, name string) error {
	target, _, err := g.ws.real(name)
	if err != nil || slices.Contains(g.open, target) {
		return nil // a folder that is not there, or may not be read, holds no service files
	}
	g.open = append(g.open, target)
	defer func() { g.open = g.open[:len(g.open)-1] }()
	return fs.WalkDir(g.ws.root.FS(), target, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // as above
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		shown := path.Join(name, strings.TrimPrefix(strings.TrimPrefix(at, target), "/"))
		switch {
		case d.IsDir() && passedOver(d.Name()) && !wanted(shown, g.patterns):
			return fs.SkipDir
		case d.IsDir():
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			return g.link(ctx, shown, at)
		}
		return g.file(shown, at)
	})
}

// link follows a link. One that leads out of the workspace is reported when a
// pattern names it; a matching file among them is reported when it is read.
func (g *globber) link(ctx context.Context, shown, at string) error {
	target, info, err := g.ws.real(at)
	switch {
	case err != nil && wanted(shown, g.patterns) && !matches(shown, g.patterns):
		g.problems = append(g.problems, g.ws.unreadable(shown, err)...)
		return nil
	case err != nil:
		return g.file(shown, at)
	case !info.IsDir():
		return g.file(shown, target)
	case passedOver(path.Base(shown)) && !wanted(shown, g.patterns), target == "." || strings.HasPrefix(at+"/", target+"/"):
		return nil // passed over as any folder, or a circle
	}
	if g.links++; g.links > maxLinks {
		return fmt.Errorf("more than %d links to folders, %s the last", maxLinks, shown)
	}
	return g.folder(ctx, shown)
}

func (g *globber) file(shown, target string) error {
	if !matches(shown, g.patterns) && !matches(target, g.patterns) || g.ws.hidden(target) {
		return nil
	}
	g.found = append(g.found, Found{Path: target})
	if len(g.found) > maxFiles {
		return fmt.Errorf("more than %d files match", maxFiles)
	}
	return nil
}

// yamlIn returns the YAML files directly inside a folder, sorted; none when there
// is no such folder.
func (w *Workspace) yamlIn(dir string) []Found {
	entries, err := fs.ReadDir(w.root.FS(), dir)
	if err != nil {
		entries = nil
	}
	var out []Found
	for _, e := range entries {
		if name := path.Join(dir, e.Name()); !e.IsDir() && isYAML(name) && !w.hidden(name) {
			out = append(out, Found{Path: name})
		}
	}
	for name, data := range w.over {
		if data != nil && path.Dir(name) == path.Clean(dir) && isYAML(name) {
			out = append(out, Found{Path: name})
		}
	}
	return unique(out)
}

// Layers returns the environments and templates that service files may be laid over
// or under: those beside the files and in the folders above them.
func (w *Workspace) Layers(ctx context.Context, files []string) []string {
	var out []Found
	seen := map[string]bool{}
	for _, file := range files {
		for dir := path.Dir(file); !seen[dir] && ctx.Err() == nil; dir = path.Dir(dir) {
			seen[dir] = true
			out = append(out, w.yamlIn(path.Join(dir, templatesDir))...)
			out = append(out, w.yamlIn(path.Join(dir, "environments"))...)
		}
	}
	names := make([]string, 0, len(out))
	for _, f := range unique(out) {
		names = append(names, f.Path)
	}
	return names
}

func isYAML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yaml" || ext == ".yml"
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
