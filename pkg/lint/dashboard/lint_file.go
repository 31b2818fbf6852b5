package dashboard

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// ExceptionsName is the name of the file beside dashboards that leaves findings out.
const ExceptionsName = ".lint"

// lintFile is what such a file says that cannot be followed.
func lintFile() lint.Rule {
	return lint.Rule{ID: "dashboard/lint-file", Severity: report.Warning, Title: "A .lint file says what nobody can follow"}
}

// exceptions is a .lint file: what it leaves out, and what it makes a warning.
type exceptions struct {
	entries  []*exception
	problems []report.Finding
}

// exception is one entry of a .lint file. Empty fields match everything.
type exception struct {
	rule             string
	exclude          bool
	dashboard, panel string
	// index is that of a query; -1 is any.
	index int
	used  bool
	at    *document.Node
}

// readExceptions reads a .lint file. The rules are named as ours, dashboard/target-job,
// or as the linter of Grafana names them, target-job-rule.
func readExceptions(ctx context.Context, name string, data []byte, known []string) *exceptions {
	docs, problems := document.ParseContext(ctx, name, data, document.ServiceLimits())
	e := &exceptions{problems: problems}
	for _, root := range docs {
		for _, f := range root.Fields {
			if f.Key != "exclusions" && f.Key != "warnings" {
				e.wrong(f.KeyAt, root, "a .lint file has no key "+quote(f.Key), "known are exclusions and warnings")
				continue
			}
			for _, r := range f.Value.Fields {
				e.rule(r, root, f.Key == "exclusions", known)
			}
		}
	}
	return e
}

func (e *exceptions) wrong(at report.Position, n *document.Node, message, fix string) {
	r := lintFile()
	f := report.At(at, r.ID, r.Severity, message)
	f.Suggestion, f.Snippet, f.Path = fix, n.SourceLine(at.Line), n.Path
	e.problems = append(e.problems, f)
}

func (e *exceptions) rule(f document.Field, root *document.Node, exclude bool, known []string) {
	id := f.Key
	if !strings.Contains(id, "/") {
		id = "dashboard/" + strings.TrimSuffix(id, "-rule")
	}
	if !slices.Contains(known, id) {
		fix := report.DidYouMean(id, known)
		if fix == "" {
			fix = "remove it; nthlayer rules lists what there is"
		}
		e.wrong(f.KeyAt, root, "there is no rule "+quote(f.Key), fix)
		return
	}
	whole := exception{rule: id, exclude: exclude, index: -1, at: f.Value}
	entries := f.Value.Get("entries")
	if entries.IsNull() || len(entries.Items) == 0 {
		e.entries = append(e.entries, &whole)
		return
	}
	for _, item := range entries.Items {
		x := whole
		x.at, x.dashboard, x.panel = item, textOf(item.Get("dashboard")), textOf(item.Get("panel"))
		if at := item.Get("targetIdx"); !at.IsNull() && at.Text != "" {
			n, err := strconv.Atoi(at.Text)
			if err != nil || n < 0 {
				e.wrong(at.At, root, "targetIdx "+quote(at.Text)+" is no number of a query", "count the queries of the panel from 0")
				continue
			}
			x.index = n
		}
		e.entries = append(e.entries, &x)
	}
}

func textOf(n *document.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// matches reports whether an entry is about a finding.
func (x *exception) matches(b *board, f found) bool {
	panel := ""
	if f.panel != nil {
		panel = f.panel.title
	}
	return x.rule == f.Rule && (x.dashboard == "" || x.dashboard == b.title) && (x.panel == "" || x.panel == panel) && (x.index < 0 || x.index == f.index)
}

// to applies the file to the findings of a dashboard, and says how many it leaves
// out. What the organisation has locked stays.
func (e *exceptions) to(b *board, in []found, locked []string) (kept []report.Finding, suppressed int) {
	for _, f := range in {
		out := false
		for _, x := range e.of() {
			if !x.matches(b, f) || slices.Contains(locked, f.Rule) {
				continue
			}
			x.used = true
			out = out || x.exclude
			if f.Severity == report.Error {
				f.Severity = report.Warning
			}
		}
		if out {
			suppressed++
			continue
		}
		kept = append(kept, f.Finding)
	}
	return kept, suppressed
}

func (e *exceptions) of() []*exception {
	if e == nil {
		return nil
	}
	return e.entries
}

// unused finds entries that no finding of the run was about, of rules that ran.
func (e *exceptions) unused(ran func(id string) bool) []report.Finding {
	found := slices.Clone(e.problems)
	r := lintFile()
	for _, x := range e.entries {
		if x.used || !ran(x.rule) || x.at == nil {
			continue
		}
		f := report.At(x.at.At, r.ID, report.Info, "the exception from "+x.rule+" matches no finding")
		f.Suggestion, f.Snippet, f.Path = "remove it", x.at.SourceLine(x.at.At.Line), x.at.Path
		found = append(found, f)
	}
	return found
}
