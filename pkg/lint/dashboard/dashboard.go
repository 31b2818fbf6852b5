// Package dashboard checks dashboards of Grafana as they stand in files: the rules
// that Grafana's own linter has, panels that can never show anything, the queries
// themselves, and whether a source has their metrics.
package dashboard

import (
	"cmp"
	"context"
	"path"
	"slices"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// ruleStructure is the id of files that are meant to be dashboards and cannot be read.
const ruleStructure = "dashboard/structure"

// ruleImpossible is the id of contradictions in a query.
const ruleImpossible = "promql/impossible"

// ruleUnavailable is the id of a source that could not answer.
const ruleUnavailable = "verify/source-unavailable"

// queryRules are the rules about expressions that count for panels as they do for
// rules. Those that ask for labels or look at alerts do not.
func queryRules() []string {
	return []string{
		"promql/float-noise", "promql/nan", "promql/quantile-without-le", "promql/rate-of-sum", "promql/rate-on-gauge",
		"promql/regexp-without-pattern", "promql/vector-matching",
	}
}

// Set is files with dashboards, and what is said beside them.
type Set struct {
	files []lint.File
	// beside are the .lint files by their folders.
	beside map[string]*exceptions
	// seen are the folders and titles of the dashboards that were read.
	seen map[[2]string]bool
}

// Read takes files with dashboards. Beside returns the text of a file, and false where there is
// none: it is asked for the .lint file of each folder.
func Read(ctx context.Context, files []lint.File, beside func(name string) ([]byte, bool)) *Set {
	s := &Set{files: files, beside: map[string]*exceptions{}, seen: map[[2]string]bool{}}
	for _, f := range files {
		if ctx.Err() != nil {
			break
		}
		dir := path.Dir(f.Name)
		if _, ok := s.beside[dir]; ok {
			continue
		}
		s.beside[dir] = nil
		name := path.Join(dir, ExceptionsName)
		if data, ok := beside(name); ok {
			s.beside[dir] = readExceptions(ctx, name, data, IDs())
		}
	}
	return s
}

// read reads one dashboard, or says why it cannot be read.
func read(file *file) (*board, *report.Finding) {
	v, err := parse(file)
	if err != nil {
		at := 0
		if e, ok := err.(*syntaxError); ok { //nolint:errorlint // parse returns no other
			at = e.at
		}
		problem := file.finding(at, at+1, report.Finding{
			Rule: ruleStructure, Severity: report.Error, Path: file.path(), Message: "the dashboard is no JSON: " + err.Error(), Suggestion: "correct the file, or export it from Grafana again",
		})
		return nil, &problem
	}
	root := model(v)
	if root == nil {
		problem := unread(file, v)
		return nil, &problem
	}
	return newBoard(file, root), nil
}

// unread says of a dashboard that its form is not known here.
func unread(f *file, v *value) report.Finding {
	at := cmp.Or(v.get("apiVersion"), v)
	return f.finding(at.start, max(at.start+1, min(at.end, at.start+maxShown)), report.Finding{
		Rule: ruleStructure, Severity: report.Info, Path: at.path(),
		Message:    "nothing in this dashboard is checked: it has neither a title with panels nor elements with a layout",
		Suggestion: "export it from Grafana again, as classic JSON or in the schema of version 1 or 2",
	})
}

// IDs returns the ids of the rules that a .lint file may name, sorted.
func IDs() []string {
	out := append(queryRules(), metricMissing().ID, ruleImpossible)
	for _, r := range rules() {
		out = append(out, r.ID)
	}
	slices.Sort(out)
	return out
}

// Options say what to look for.
type Options struct {
	Lint lint.Options
	// Written is set to look at the dashboards as they are written.
	Written bool
	// Partial is set when the set holds not every dashboard of its folders: what the
	// others need in a .lint file is not known then.
	Partial bool
	// Ask is whom to ask which metrics there are; nil for nobody.
	Ask *Ask
}

// Result is what was found.
type Result struct {
	// Written are the findings about what stands in the files, Metrics those about
	// metrics that a source does not have, or about the source.
	Written, Metrics []report.Finding
	// Dashboards is how many dashboards there were, and Suppressed how many findings
	// .lint files leave out.
	Dashboards, Suppressed int
	// Undecided is set when nobody knows whether a metric is there.
	Undecided bool
}

// Lint checks the dashboards, one after the other: what they are read into is much
// larger than the files. When ctx ends early the result is incomplete, so callers look
// at ctx.Err.
func (s *Set) Lint(ctx context.Context, o Options) Result {
	var out Result
	var inv *inventory
	if o.Ask != nil && len(s.files) > 0 {
		var reason string
		if inv, reason = o.Ask.take(ctx); inv == nil {
			out.Undecided = true
			out.Metrics = append(out.Metrics, report.Finding{
				Rule: ruleUnavailable, Severity: report.Warning, Message: "nobody knows whether the metrics of the dashboards exist: " + reason,
				Suggestion: "check the source, and run again",
			})
		}
	}
	queries := lint.NewQueries(o.Lint, append(queryRules(), ruleImpossible)...)
	for _, f := range s.files {
		for _, text := range in(ctx, f) {
			if ctx.Err() != nil {
				break
			}
			out.Dashboards++
			b, problem := read(text)
			switch {
			case problem == nil:
				s.one(ctx, b, inv, queries, o, &out)
			case o.Written:
				out.Written = append(out.Written, *problem)
			default:
				out.Metrics = append(out.Metrics, *problem)
			}
		}
	}
	if o.Written {
		for dir, e := range s.beside {
			if e != nil {
				out.Written = append(out.Written, e.unused(o.ran(inv != nil), func(title string) bool { return s.saw(dir, title, o.Partial) })...)
			}
		}
	}
	out.Written, out.Metrics = o.Lint.Finish(out.Written), o.Lint.Finish(out.Metrics)
	return out
}

// saw reports whether the set holds all dashboards of a folder, or of those with a title.
func (s *Set) saw(dir, title string, partial bool) bool {
	return !partial || s.seen[[2]string{dir, title}]
}

// one checks one dashboard.
func (s *Set) one(ctx context.Context, b *board, inv *inventory, queries lint.Queries, o Options, out *Result) {
	dir := path.Dir(b.file.name)
	s.seen[[2]string{dir, b.title}] = true
	e := s.beside[dir]
	if o.Written {
		kept, n := e.to(b, b.written(ctx, queries), o.Lint.Locked)
		out.Written, out.Suppressed = append(out.Written, kept...), out.Suppressed+n
	}
	if inv != nil {
		kept, n := e.to(b, b.missing(inv), o.Lint.Locked)
		out.Metrics, out.Suppressed = append(out.Metrics, kept...), out.Suppressed+n
	}
}

// mark tells of a byte order mark, which JSON does not have.
func (b *board) mark() []found {
	if !b.file.marked {
		return nil
	}
	return []found{{b.file.finding(0, 1, report.Finding{
		Rule: ruleStructure, Severity: report.Error, Message: "the dashboard begins with a byte order mark: Grafana's API and its provisioning refuse the file",
		Suggestion: "save the file as UTF-8 without a byte order mark",
	}), nil, -1}}
}

// written checks a dashboard as it is written.
func (b *board) written(ctx context.Context, queries lint.Queries) []found {
	out := slices.Concat(b.mark(), b.strangers())
	for _, r := range rules() {
		out = append(out, r.look(r.Rule, b)...)
	}
	for _, t := range shown(b.all(), prometheus) {
		if t.read.ast == nil {
			continue
		}
		for _, h := range t.read.always(ctx, queries) {
			if h.Rule == ruleImpossible {
				out = append(out, t.contradiction(h)...)
				continue
			}
			out = append(out, t.of(h.Finding))
		}
	}
	return out
}

// ran tells which rules were looked for.
func (o Options) ran(asked bool) func(id string) bool {
	return func(id string) bool {
		return (id != metricMissing().ID || asked) && !slices.Contains(o.Lint.Disabled, id)
	}
}
