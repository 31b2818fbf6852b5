package dashboard

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/suppress"
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
	// used is set once a finding was left out or made a warning by it, locked once one was
	// not, because the organisation locks the rule.
	used, locked bool
	// at is the entry, or what stands behind the name of the rule; key is where it
	// begins.
	at, root *document.Node
	key      report.Position
}

// readExceptions reads a .lint file. The rules are named as ours, dashboard/target-job,
// or as the linter of Grafana names them, target-job-rule.
func readExceptions(ctx context.Context, name string, data []byte, known []string) *exceptions {
	docs, problems := document.ParseContext(ctx, name, data, document.ServiceLimits())
	e := &exceptions{problems: problems}
	for _, root := range docs {
		for _, f := range e.fields(root, root, "the rules", "exclusions", "warnings") {
			for _, r := range e.fields(f.Value, root, "rules by their names") {
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

// fields returns the keys of a mapping that are known, and tells the others. Without
// known keys it returns all of them. What is no mapping is told, too.
func (e *exceptions) fields(n, root *document.Node, holds string, known ...string) []document.Field {
	if !n.IsNull() && n.Kind != document.Mapping {
		e.wrong(n.At, root, "here stands no mapping", "write "+holds+" as keys, as in "+cmp.Or(strings.Join(known, ": and "), "target-job-rule")+":")
		return nil
	}
	if n.IsNull() {
		return nil
	}
	var out []document.Field
	for _, f := range n.Fields {
		if len(known) == 0 || slices.Contains(known, f.Key) {
			out = append(out, f)
			continue
		}
		e.wrong(f.KeyAt, root, "a .lint file has no key "+quote(f.Key)+" here", cmp.Or(report.DidYouMean(f.Key, known), "known are "+strings.Join(known, ", ")))
	}
	return out
}

// rule reads what is said of one rule: all of it, or the entries.
func (e *exceptions) rule(f document.Field, root *document.Node, exclude bool, known []string) {
	id := f.Key
	if !strings.Contains(id, "/") {
		id = "dashboard/" + strings.TrimSuffix(id, "-rule")
	}
	if !slices.Contains(known, id) {
		e.wrong(f.KeyAt, root, "there is no rule "+quote(f.Key), cmp.Or(report.DidYouMean(id, known), "remove it; nthlayer rules lists what there is"))
		return
	}
	whole := exception{rule: id, exclude: exclude, index: -1, at: f.Value, key: f.KeyAt, root: root}
	told := len(e.problems)
	e.fields(f.Value, root, "reason and entries", "reason", "entries")
	switch entries := f.Value.Get("entries"); {
	case entries.IsNull() && told < len(e.problems):
		// What is misspelt would leave out everything.
	case entries.IsNull(), entries.Kind == document.Sequence && len(entries.Items) == 0:
		e.entries = append(e.entries, &whole)
	case entries.Kind != document.Sequence:
		e.wrong(entries.At, root, "entries is no list", "write each exception behind a dash")
	default:
		for _, item := range entries.Items {
			e.entry(item, whole)
		}
	}
}

// entry reads one entry of a rule. The linter of Grafana documents targetIdx and reads
// targetidx, so both count.
func (e *exceptions) entry(item *document.Node, x exception) {
	fields := e.fields(item, x.root, "dashboard, panel and targetIdx", "reason", "dashboard", "panel", "targetIdx", "targetidx", "alert")
	x.at, x.key = item, item.At
	for _, f := range fields {
		switch f.Key {
		case "dashboard":
			x.dashboard = f.Value.Text
		case "panel":
			x.panel = f.Value.Text
		case "alert":
			e.wrong(f.KeyAt, x.root, "an entry about an alert leaves out nothing in dashboards", "remove it; alerts have comments of their own")
			return
		case "targetIdx", "targetidx":
			n, err := strconv.Atoi(f.Value.Text)
			if err != nil || n < 0 {
				e.wrong(f.Value.At, x.root, f.Key+" "+quote(f.Value.Text)+" is no number of a query", "count the queries of the panel from 0")
				return
			}
			x.index = n
		}
	}
	if len(fields) < len(item.Fields) || item.Kind != document.Mapping {
		return // what is misspelt would match too much
	}
	e.entries = append(e.entries, &x)
}

// matches reports whether an entry is about a finding. As in the linter of Grafana a
// panel says nothing about findings of the whole dashboard, nor an index about those of
// the whole panel.
func (x *exception) matches(b *board, f found) bool {
	return x.rule == f.Rule && (x.dashboard == "" || x.dashboard == b.title) &&
		(x.panel == "" || f.panel == nil || x.panel == f.panel.title) && (x.index < 0 || f.index < 0 || x.index == f.index)
}

// to applies the file to the findings of a dashboard, and says how many it leaves
// out. What it makes a warning is not left out; what the organisation has locked stays.
func (e *exceptions) to(b *board, in []found, locked []string) (kept []report.Finding, suppressed int) {
	for _, f := range in {
		out, warn := false, false
		for _, x := range e.of() {
			if !x.matches(b, f) {
				continue
			}
			if slices.Contains(locked, f.Rule) {
				x.locked = true
				continue
			}
			x.used = true
			out, warn = out || x.exclude, warn || !x.exclude
		}
		if warn && f.Severity == report.Error {
			f.Severity = report.Warning
		}
		if out && !warn {
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

// path tells the entries of a rule from each other.
func (x *exception) path() string {
	if x.at == nil {
		return x.root.Path + "." + x.rule
	}
	return x.at.Path
}

// unused finds entries that left nothing out: about locked rules, and those that no
// finding of the run was about, of rules that ran. Seen
// reports whether the run has seen every dashboard that an entry may be about.
func (e *exceptions) unused(ran func(id string) bool, seen func(title string) bool) []report.Finding {
	found := slices.Clone(e.problems)
	r := lintFile()
	for _, x := range e.entries {
		if x.locked {
			found = append(found, x.finding(suppress.RuleLocked, report.Warning, "no exception leaves "+x.rule+" out, which the policy locks, so its findings stand",
				"put right what the rule found, or ask whoever keeps the policy for a waiver; remove the exception"))
			continue
		}
		if x.used || !ran(x.rule) || !seen(x.dashboard) {
			continue
		}
		found = append(found, x.finding(r.ID, report.Info, "the exception from "+x.rule+" matches no finding", "remove it, or correct the titles of dashboard and panel"))
	}
	return found
}

func (x *exception) finding(rule string, severity report.Severity, message, fix string) report.Finding {
	f := report.At(x.key, rule, severity, message)
	f.Suggestion, f.Snippet, f.Path = fix, x.root.SourceLine(x.key.Line), x.path()
	return f
}
