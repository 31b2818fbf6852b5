package lint

import (
	"context"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/lint/suppress"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// File is a rule file to lint. The name is used in positions as it is.
type File struct {
	Name string
	Data []byte
}

// RuleSet is the rules of rule files, read and not yet looked at.
type RuleSet struct {
	files []*rulefile.File
	rules []*rulefile.Rule
	// forLoki are the files whose expressions are LogQL, logs the rules in them.
	forLoki  []*rulefile.File
	logs     []*rulefile.Rule
	problems []report.Finding
	comments []*suppress.File
}

// ReadRules reads rule files. When ctx ends early the set is incomplete, so
// callers look at ctx.Err.
func ReadRules(ctx context.Context, files []File) *RuleSet {
	set := &RuleSet{files: make([]*rulefile.File, len(files)), comments: make([]*suppress.File, len(files))}
	set.problems = each(ctx, files, func(i int, f File) []report.Finding {
		file, comments, problems := parseRules(ctx, f)
		set.files[i], set.comments[i] = file, comments
		return problems
	})
	// What the end of ctx left out is nil.
	set.files = slices.DeleteFunc(set.files, func(f *rulefile.File) bool { return f == nil })
	set.files, set.forLoki = apart(set.files)
	set.logs = rulesIn(set.forLoki)
	if len(set.forLoki) > 0 {
		set.problems = rulefile.ForLoki(set.problems, set.forLoki)
	}
	for _, f := range set.files {
		for _, g := range f.Groups {
			set.rules = append(set.rules, g.Rules...)
		}
	}
	return set
}

// Len returns the number of rules.
func (s *RuleSet) Len() int { return len(s.rules) + len(s.logs) }

// Lint lints the rules together: rules that repeat each other are found across
// files. The findings are sorted and have fingerprints. When ctx ends early the
// result is incomplete, so callers look at ctx.Err.
func (s *RuleSet) Lint(ctx context.Context, o Options) []report.Finding {
	set := newCheckSet(o)
	findings := slices.Clone(s.problems)
	for _, f := range slices.Concat(s.files, s.forLoki) {
		findings = append(findings, each(ctx, f.Groups, func(_ int, g *rulefile.Group) []report.Finding {
			return set.group(g)
		})...)
	}
	recorded := newRecorder(s.rules)
	findings = append(findings, each(ctx, s.rules, func(i int, r *rulefile.Rule) []report.Finding {
		e := exprOf(r, nil)
		recorded.note(i, e)
		return set.rule(r, e)
	})...)
	findings = append(findings, inTurn(ctx, set.records, func(c RecordsCheck) []report.Finding {
		return c.CheckRecords(recorded.records())
	})...)
	findings = append(findings, each(ctx, s.logs, func(_ int, r *rulefile.Rule) []report.Finding {
		return set.logRule(r)
	})...)
	findings = append(findings, inTurn(ctx, set.files, func(c FilesCheck) []report.Finding {
		if _, ok := c.(interface{ AnyLanguage() }); ok {
			return c.CheckFiles(slices.Concat(s.files, s.forLoki))
		}
		return c.CheckFiles(s.files)
	})...)
	return o.finish(findings)
}

// RuleFiles reads and lints rule files, and leaves out what their comments leave
// out; see RuleSet.Lint and RuleSet.Suppress.
func RuleFiles(ctx context.Context, files []File, o Options) []report.Finding {
	set := ReadRules(ctx, files)
	kept, _ := set.Suppress(set.Lint(ctx, o), o)
	return kept
}

// Services lints services together: their expressions, alerts, SLOs, gates,
// dependencies and contracts. The findings are sorted and have fingerprints.
// When ctx ends early the result is incomplete, so callers look at ctx.Err.
func Services(ctx context.Context, services []*spec.Service, o Options) []report.Finding {
	set := newCheckSet(o)
	findings := each(ctx, services, func(_ int, s *spec.Service) []report.Finding {
		return set.one(s)
	})
	findings = append(findings, inTurn(ctx, set.services, func(c ServicesCheck) []report.Finding {
		return c.CheckServices(services)
	})...)
	return o.finish(findings)
}

func (set checkSet) group(g *rulefile.Group) []report.Finding {
	var out []report.Finding
	for _, c := range set.groups {
		out = append(out, c.CheckGroup(g)...)
	}
	return out
}

func exprOf(r *rulefile.Rule, owner *spec.Service) *Expr {
	e := newExpr(r.Expr)
	e.Rule, e.Owner = r, owner
	return e
}

func (set checkSet) rule(r *rulefile.Rule, e *Expr) []report.Finding {
	out := set.expr(e)
	for _, c := range set.rules {
		out = append(out, c.CheckRule(r, e)...)
	}
	return out
}

// logRule looks at a rule whose expression is LogQL.
func (set checkSet) logRule(r *rulefile.Rule) []report.Finding {
	e := &Expr{Text: r.Expr, Rule: r}
	var out []report.Finding
	for _, c := range set.rules {
		if _, ok := c.(AnyRuleCheck); ok {
			out = append(out, c.CheckRule(r, e)...)
		}
	}
	if r.Expr.V == "" { // the reader of the file says so
		return out
	}
	q := logql.Parse(r.Expr.V)
	for _, c := range set.logs {
		out = append(out, c.CheckLog(r, q)...)
	}
	return out
}

func (set checkSet) expr(e *Expr) []report.Finding {
	var out []report.Finding
	if len(e.Errors) > 0 {
		for _, c := range set.broken {
			out = append(out, c.CheckBrokenExpr(e)...)
		}
	}
	if e.AST == nil {
		return out
	}
	for _, c := range set.exprs {
		out = append(out, c.CheckExpr(e)...)
	}
	return out
}

func (set checkSet) one(s *spec.Service) []report.Finding {
	var out []report.Finding
	for e := range exprsOf(s) {
		if e.Rule != nil {
			out = append(out, set.rule(e.Rule, e)...)
			continue
		}
		out = append(out, set.expr(e)...)
	}
	for _, c := range set.service {
		out = append(out, c.CheckService(s)...)
	}
	return out
}

// withoutIntervals puts a duration in place of the variables that Grafana sets in
// every panel. What stands behind them keeps its place.
func withoutIntervals(query string) string {
	for _, name := range []string{"$__rate_interval", "$__interval", "$__range"} {
		query = strings.ReplaceAll(query, name, "5m"+strings.Repeat(" ", len(name)-len("5m")))
	}
	return query
}

func textOf(s *spec.Service, v spec.Value[string]) rulefile.Text {
	t := rulefile.Text{V: v.V, Service: s.Name.V}
	if v.Set() {
		t.Place = v.At
	}
	return t
}

// alertRule returns the alert of a service file in the shape of a rule file's.
func alertRule(s *spec.Service, a spec.Alert) *rulefile.Rule {
	pairs := func(entries []spec.Entry) []rulefile.Pair {
		var out []rulefile.Pair
		for _, e := range entries {
			value := textOf(s, e.Value)
			key := value
			if key.V = e.Key; e.KeyAt.Written() {
				key.Place = e.KeyAt
			}
			out = append(out, rulefile.Pair{Key: key, Value: value})
		}
		return out
	}
	labels := pairs(a.Labels)
	if own := func(e spec.Entry) bool { return e.Key == severityLabel }; a.Severity.Set() && !slices.ContainsFunc(a.Labels, own) {
		labels = append(labels, pairs([]spec.Entry{{Key: severityLabel, Value: a.Severity}})...)
	}
	return &rulefile.Rule{
		Kind: rulefile.Alert, Name: textOf(s, a.Name), Expr: textOf(s, a.Expr), For: textOf(s, a.For),
		Labels: labels, Annotations: pairs(a.Annotations),
	}
}

// finish leaves out what is disabled, sets severities, sorts and fingerprints.
func (o Options) finish(findings []report.Finding) []report.Finding {
	findings = slices.DeleteFunc(findings, func(f report.Finding) bool { return slices.Contains(o.Disabled, f.Rule) })
	for i, f := range findings {
		if s, ok := o.Severities[f.Rule]; ok {
			findings[i].Severity = s
		}
	}
	return report.Normalise(findings)
}

// inTurn runs checks that look at everything at once, until ctx ends.
func inTurn[T any](ctx context.Context, checks []T, do func(T) []report.Finding) []report.Finding {
	var out []report.Finding
	for _, c := range checks {
		if ctx.Err() != nil {
			break
		}
		out = append(out, do(c)...)
	}
	return out
}

// each runs do for every item on all processors and returns the findings in the
// order of the items.
func each[T any](ctx context.Context, items []T, do func(i int, item T) []report.Finding) []report.Finding {
	found := make([][]report.Finding, len(items))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	chunk := 1 + len(items)/256 // enough chunks to share evenly, few enough to be cheap
	for start := 0; start < len(items); start += chunk {
		g.Go(func() error {
			for i := start; i < min(start+chunk, len(items)) && ctx.Err() == nil; i++ {
				found[i] = do(i, items[i])
			}
			return nil
		})
	}
	_ = g.Wait() // the functions return no error
	return slices.Concat(found...)
}
