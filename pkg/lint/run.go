package lint

import (
	"context"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/lint/suppress"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Linted is what linting rule files leaves in memory beside the findings.
type Linted struct {
	// Rules is the number of rules in the files.
	Rules int
	// Recorded are the names that the rules record, sorted and each once.
	Recorded []string
	comments []*suppress.File
	// forLoki are the names of the files whose expressions are LogQL.
	forLoki map[string]bool
}

// Lint lints the rules together: rules that repeat each other are found across files.
// The findings are sorted and have fingerprints.
func (all Files) Lint(ctx context.Context, o Options) ([]report.Finding, *Linted) {
	set := newCheckSet(o)
	l := &Linted{forLoki: map[string]bool{}}
	var kept []*Kept
	var findings [][]report.Finding
	beside := recordedBeside(ctx, all, o.Beside)
	for _, look := range set.look(ctx, all, beside) {
		k := look.kept
		if k == nil { // the end of ctx left it out
			continue
		}
		kept, findings = append(kept, k), append(findings, look.findings)
		l.Rules += k.rules
		l.Recorded = append(l.Recorded, k.recorded...)
		l.comments = append(l.comments, look.comments)
		if k.loki {
			l.forLoki[k.file] = true
		}
	}
	l.Recorded = sortedOnce(l.Recorded)
	return o.finish(slices.Concat(append(findings, set.across(ctx, kept, beside))...)), l
}

// ForPrometheus returns those of the files that are not for Loki.
func (l *Linted) ForPrometheus(files []File) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return l.forLoki[f.Name] })
}

// RuleFiles reads and lints rule files, and leaves out what their comments leave
// out; see Files.Lint and Linted.Suppress.
func RuleFiles(ctx context.Context, files []File, o Options) []report.Finding {
	found, l := Files(files).Lint(ctx, o)
	kept, _ := l.Suppress(found, o)
	return kept
}

// Services lints services together: their expressions, alerts, SLOs, gates,
// dependencies and contracts. The findings are sorted and have fingerprints.
// When ctx ends early the result is incomplete, so callers look at ctx.Err.
func Services(ctx context.Context, services []*spec.Service, o Options) []report.Finding {
	set := newCheckSet(o)
	findings := each(ctx, services, func(_ int, s *spec.Service) []report.Finding { return set.one(ctx, s) })
	findings = append(findings, inTurn(ctx, set.services, func(c ServicesCheck) []report.Finding {
		return c.CheckServices(services)
	})...)
	return o.finish(findings)
}

func exprOf(r *rulefile.Rule, owner *spec.Service) *Expr {
	e := newExpr(r.Expr)
	e.Rule, e.Owner = r, owner
	return e
}

// rule looks at a rule, until ctx ends: one expression alone may be long.
func (set checkSet) rule(ctx context.Context, r *rulefile.Rule, e *Expr) []report.Finding {
	return append(set.expr(ctx, e), inTurn(ctx, set.rules, func(c RuleCheck) []report.Finding { return c.CheckRule(r, e) })...)
}

// logRule looks at a rule whose expression is LogQL.
func (set checkSet) logRule(ctx context.Context, r *rulefile.Rule) []report.Finding {
	e := &Expr{Text: r.Expr, Rule: r}
	out := inTurn(ctx, set.rules, func(c RuleCheck) []report.Finding {
		if _, ok := c.(AnyRuleCheck); ok {
			return c.CheckRule(r, e)
		}
		return nil
	})
	if r.Expr.V == "" { // the reader of the file says so
		return out
	}
	q := logql.Parse(r.Expr.V)
	return append(out, inTurn(ctx, set.logs, func(c LogCheck) []report.Finding { return c.CheckLog(r, q) })...)
}

func (set checkSet) expr(ctx context.Context, e *Expr) []report.Finding {
	var out []report.Finding
	if len(e.Errors) > 0 {
		out = inTurn(ctx, set.broken, func(c BrokenExprCheck) []report.Finding { return c.CheckBrokenExpr(e) })
	}
	if e.AST == nil {
		return out
	}
	return append(out, inTurn(ctx, set.exprs, func(c ExprCheck) []report.Finding { return c.CheckExpr(e) })...)
}

func (set checkSet) one(ctx context.Context, s *spec.Service) []report.Finding {
	var out []report.Finding
	for e := range exprsOf(s) {
		if ctx.Err() != nil {
			return out
		}
		if e.Rule != nil {
			out = append(out, set.rule(ctx, e.Rule, e)...)
			continue
		}
		out = append(out, set.expr(ctx, e)...)
	}
	return append(out, inTurn(ctx, set.service, func(c ServiceCheck) []report.Finding { return c.CheckService(s) })...)
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

// inTurn runs checks one after the other, until ctx ends.
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
