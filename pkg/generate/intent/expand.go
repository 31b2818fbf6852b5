package intent

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/tech"
)

// Expression is a query of the catalogue with metrics in place of its intents.
type Expression struct {
	// Expr is nil when something is missing.
	Expr   parser.Expr
	Legend string
	// Used are the answers that stand in it, and Missing the intents that nothing
	// of the server stands for, both by name.
	Used    []Answer
	Missing []Answer
}

// Expand puts metrics in place of the intents of a query, and the scope's matchers
// into every selector. Where several metrics may stand for an intent, all of them
// are taken from one source: a ratio of one exporter's hits to another's misses
// means nothing.
func (r *Resolution) Expand(t tech.Technology, query tech.Target, scope Scope) (Expression, error) {
	out, err := r.view(t, scope).everywhere(query)
	if out.Expr != nil {
		out.Expr = scope.apply(out.Expr)
	}
	return out, err
}

// ExpandRule is Expand for a rule, which stays where the server has nothing: whoever is
// down, or not deployed yet, needs the alerts that would say so. There the metrics that
// are common stand in for all, with the label for failures that the server was seen to
// have, and Missing are those that it lacks.
func (r *Resolution) ExpandRule(t tech.Technology, query tech.Target, scope Scope) (Expression, error) {
	out, err := r.Expand(t, query, scope)
	if err != nil || out.Expr != nil {
		return out, err
	}
	v := r.view(t, scope)
	v.presence = Presence{Outcome: v.presence.Outcome}
	assumed, err := v.everywhere(query)
	if assumed.Expr != nil {
		assumed.Expr, assumed.Missing = scope.apply(assumed.Expr), out.Missing
	}
	return assumed, err
}

// question is a query of which the answer is the same for all services.
type question struct{ technology, expr, legend, convention string }

// everywhere expands a query without a scope. Where no file and no server says which
// metrics there are, it does so once for all services.
func (v view) everywhere(query tech.Target) (Expression, error) {
	type answer struct {
		expression Expression
		err        error
	}
	known := v.r.memo
	if v.presence.Asked || v.presence.Outcome != "" || len(v.r.overrides) > 0 {
		known = nil
	}
	convention := ""
	if known != nil && v.t.Outcome != nil {
		convention = v.r.conventionKey()
	}
	a := memo.Of(known, question{v.t.Name, query.Expr, query.Legend, convention}, func() answer {
		e, err := v.expand(query)
		return answer{e, err}
	})
	return a.expression, a.err
}

func (v view) expand(query tech.Target) (Expression, error) {
	t := v.t
	expr, err := promql.Parse(query.Expr)
	if err != nil {
		return Expression{}, fmt.Errorf("%s: %s: %w", t.Name, query.Expr, err)
	}
	candidates := map[string][]Answer{}
	for _, name := range intents(expr, t.Name) {
		if candidates[name], err = v.answers(name); err != nil {
			return Expression{}, err
		}
	}
	chosen := choose(candidates)
	out := Expression{}
	for _, name := range sorted(chosen) {
		if a := chosen[name]; a.Status == Missing {
			out.Missing = append(out.Missing, a)
		} else {
			a.Source = cmp.Or(a.from, a.Source)
			out.Used = append(out.Used, a)
		}
	}
	if len(out.Missing) > 0 {
		return out, nil
	}
	e := expander{technology: t.Name, chosen: chosen}
	out.Expr = e.scaled(promql.Rewrite(expr, e.node))
	out.Legend = e.legend(query.Legend)
	return out, nil
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// intents returns the names of the intents in an expression, sorted.
func intents(expr parser.Expr, technology string) []string {
	found := map[string]bool{}
	for _, name := range promql.MetricNames(expr) {
		if in, ok := intentOf(name, technology); ok {
			found[in] = true
		}
	}
	return sorted(found)
}

func intentOf(metric, technology string) (string, bool) {
	before, after, ok := strings.Cut(metric, ":")
	return after, ok && before == strings.ReplaceAll(technology, "-", "_")
}

// choose picks one answer for each intent: the best ones that have a source in
// common, else the best of each.
func choose(candidates map[string][]Answer) map[string]Answer {
	best := map[string]Answer{}
	for name, answers := range candidates {
		best[name] = answers[0]
	}
	names := sorted(candidates)
	if len(names) < 2 {
		return best
	}
	for _, first := range candidates[names[0]] {
		common := map[string]Answer{}
		for name, answers := range candidates {
			i := slices.IndexFunc(answers, func(a Answer) bool { return a.Source == first.Source })
			if i < 0 {
				break
			}
			common[name] = answers[i]
		}
		if len(common) == len(candidates) {
			return common
		}
	}
	return best
}

// expander puts the chosen answers into an expression.
type expander struct {
	technology string
	chosen     map[string]Answer
}

// node replaces a selector of an intent, and the labels to break down by.
func (e expander) node(node parser.Expr) parser.Expr {
	switch n := node.(type) {
	case *parser.VectorSelector:
		name, ok := intentOf(n.Name, e.technology)
		if !ok {
			return n
		}
		a := e.chosen[name]
		if a.selector == nil {
			return &parser.ParenExpr{Expr: a.expr}
		}
		return withName(n, a.selector)
	case *parser.AggregateExpr:
		n.Grouping = e.labels(n.Grouping)
		return n
	case *parser.BinaryExpr:
		if n.VectorMatching != nil {
			n.VectorMatching.MatchingLabels = e.labels(n.VectorMatching.MatchingLabels)
			n.VectorMatching.Include = e.labels(n.VectorMatching.Include)
		}
		return n
	}
	return node
}

// labels replaces by_NAME by the label that the metric of the intent is broken
// down by; without one it goes.
func (e expander) labels(names []string) []string {
	var out []string
	for _, name := range names {
		if in, ok := strings.CutPrefix(name, "by_"); ok {
			if a, ok := e.chosen[in]; ok {
				name = a.by
			}
		}
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// scaled brings the result to the unit of the intent.
func (e expander) scaled(expr parser.Expr) parser.Expr {
	for _, name := range sorted(e.chosen) {
		if scale := e.chosen[name].scale; scale != 1 && scale != 0 {
			return &parser.BinaryExpr{Op: parser.MUL, LHS: &parser.ParenExpr{Expr: expr}, RHS: &parser.NumberLiteral{Val: scale}}
		}
	}
	return expr
}

func (e expander) legend(text string) string {
	for _, name := range sorted(e.chosen) {
		by := ""
		if label := e.chosen[name].by; label != "" {
			by = "{{" + label + "}}"
		}
		text = strings.ReplaceAll(text, "{{by_"+name+"}}", by)
	}
	return strings.TrimSpace(text)
}
