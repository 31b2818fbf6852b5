// Command dashboarddiff lints foreign dashboards with ours and with dashboard-linter,
// and prints what both find, what only the other finds and what only we find, by rule,
// panel and query. It asserts nothing: docs/dashboards-and-dashboard-linter.md says what
// the differences are.
//
// NTHLAYER_DASHBOARDS names a folder with dashboards, NTHLAYER_DASHBOARD_LINTER the
// program dashboard-linter.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/dashboard"
	"github.com/nthlayer/action/tools/difference"
)

func main() {
	if err := run(context.Background(), os.Stdout, os.Getenv, os.Args[1:]); err != nil { //nolint:forbidigo // this is a main
		fmt.Fprintln(os.Stderr, "dashboarddiff:", err)
		os.Exit(1) //nolint:forbidigo // this is a main
	}
}

func run(ctx context.Context, out io.Writer, getenv func(string) string, args []string) error {
	flags := flag.NewFlagSet("dashboarddiff", flag.ContinueOnError)
	verbose := flags.Bool("v", false, "print every finding, and not only how many there are of each rule")
	if err := flags.Parse(args); err != nil {
		return err
	}
	root, program := getenv("NTHLAYER_DASHBOARDS"), getenv("NTHLAYER_DASHBOARD_LINTER")
	if root == "" || program == "" {
		return errors.New("set NTHLAYER_DASHBOARDS to a folder with dashboards, and NTHLAYER_DASHBOARD_LINTER to the program dashboard-linter")
	}
	files, err := read(root)
	if err != nil {
		return err
	}
	peer, err := newLinter(ctx, program)
	if err != nil {
		return err
	}
	d := findings{}
	for _, f := range files {
		theirs, err := peer.lint(ctx, f)
		if err != nil {
			return err
		}
		d.add(ours(ctx, f), theirs)
	}
	fmt.Fprintf(out, "%d dashboards\n", len(files))
	d.print(out, *verbose)
	return nil
}

// read reads the dashboards of a folder.
func read(root string) ([]lint.File, error) {
	var files []lint.File
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // the caller names the folder
		if err == nil && dashboard.Is(data) {
			files = append(files, lint.File{Name: path, Data: data})
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s holds no dashboards", root)
	}
	return files, err
}

// finding is one finding of either. Rule is our id without dashboard/, query the index
// of the query in the panel and -1 for none.
type finding struct {
	file, rule, panel string
	query             int
	text              string
}

// key is what two findings have in common that are about the same. Panels of one title
// are one.
func (f finding) key() string {
	return fmt.Sprint(f.file, "\x00", f.rule, "\x00", f.panel, "\x00", f.query)
}

// ours lints one dashboard with our rules. Rules that dashboard-linter has no
// counterpart of are left out.
func ours(ctx context.Context, f lint.File) []finding {
	set := dashboard.Read(ctx, []lint.File{f}, func(string) ([]byte, bool) { return nil, false })
	panels := panelsOf(f.Data)
	var out []finding
	for _, r := range set.Lint(ctx, dashboard.Options{Written: true}).Written {
		name := strings.TrimPrefix(r.Rule, "dashboard/")
		if !slices.Contains(shared(), name) {
			continue
		}
		p, query := panels.at(r.Path)
		if !ofQueries(name) {
			query = -1
		}
		out = append(out, finding{f.Name, name, p, query, r.Message})
	}
	return out
}

// shared are the rules that both have.
func shared() []string {
	return []string{
		"panel-datasource", "panel-no-targets", "panel-title-description", "panel-units",
		"target-counter-agg", "target-instance", "target-job", "target-logql", "target-logql-auto", "target-promql", "target-rate-interval",
		"template-datasource", "template-instance", "template-job", "template-label-promql", "template-on-time-change-reload",
		"uneditable-dashboard",
	}
}

// ofQueries reports whether the findings of a rule are about queries of panels.
func ofQueries(rule string) bool { return strings.HasPrefix(rule, "target-") }

// findings are those of both, each once.
type findings struct{ both, onlyTheirs, onlyOurs []finding }

func (d *findings) add(ours, theirs []finding) {
	mine, other := byKey(ours), byKey(theirs)
	for _, k := range slices.Sorted(maps.Keys(other)) {
		if _, ok := mine[k]; ok {
			d.both = append(d.both, other[k])
		} else {
			d.onlyTheirs = append(d.onlyTheirs, other[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(mine)) {
		if _, ok := other[k]; !ok {
			d.onlyOurs = append(d.onlyOurs, mine[k])
		}
	}
}

func byKey(list []finding) map[string]finding {
	out := map[string]finding{}
	for _, f := range list {
		if _, ok := out[f.key()]; !ok {
			out[f.key()] = f
		}
	}
	return out
}

func (d findings) print(out io.Writer, verbose bool) {
	rule := func(f finding) string { return f.rule }
	theirs := func(f finding) string { return f.rule + ": " + kind(f.text) }
	difference.Print(out, verbose, gather("both", d.both, rule), gather("only dashboard-linter", d.onlyTheirs, theirs), gather("only ours", d.onlyOurs, rule))
}

func gather(name string, found []finding, kind func(finding) string) difference.List {
	slices.SortStableFunc(found, func(a, b finding) int { return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.file, b.file)) })
	l := difference.List{Name: name}
	for _, f := range found {
		l.Kinds = append(l.Kinds, kind(f))
		l.Lines = append(l.Lines, fmt.Sprintf("%s: %s: %q %d: %s", f.file, f.rule, f.panel, f.query, strings.Join(strings.Fields(f.text), " ")))
	}
	return l
}
