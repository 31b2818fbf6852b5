package promql

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// WithMatchers returns a copy of the expression in which every selector has the
// matchers. A selector that has a matcher on the same label keeps its own.
func WithMatchers(expr parser.Expr, matchers ...*labels.Matcher) parser.Expr {
	return mapSelectors(expr, func(vs *parser.VectorSelector) {
		own := vs.LabelMatchers
		for _, m := range matchers {
			if !hasLabel(own, m.Name) {
				addMatcher(vs, m)
			}
		}
	})
}

// ReplaceMatchers returns a copy of the expression in which every selector has
// the matchers, in place of any others on the same labels.
func ReplaceMatchers(expr parser.Expr, matchers ...*labels.Matcher) parser.Expr {
	return mapSelectors(expr, func(vs *parser.VectorSelector) {
		for _, m := range matchers {
			dropMatchers(vs, m.Name)
		}
		for _, m := range matchers {
			addMatcher(vs, m)
		}
		keepValid(vs)
	})
}

// DropMatchers returns a copy of the expression without matchers on the labels.
// A selector that has nothing left selects every series, as {__name__=~".+"}.
func DropMatchers(expr parser.Expr, names ...string) parser.Expr {
	return mapSelectors(expr, func(vs *parser.VectorSelector) {
		dropMatchers(vs, names...)
		keepValid(vs)
	})
}

func hasLabel(matchers []*labels.Matcher, label string) bool {
	return slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return m.Name == label })
}

// addMatcher keeps the matcher of a name outside the braces last, where the
// parser puts it.
func addMatcher(vs *parser.VectorSelector, m *labels.Matcher) {
	at := len(vs.LabelMatchers)
	if vs.Name != "" && at > 0 {
		at--
	}
	vs.LabelMatchers = slices.Insert(slices.Clone(vs.LabelMatchers), at, m)
}

func dropMatchers(vs *parser.VectorSelector, names ...string) {
	if slices.Contains(names, model.MetricNameLabel) {
		vs.Name = ""
	}
	vs.LabelMatchers = slices.DeleteFunc(slices.Clone(vs.LabelMatchers), func(m *labels.Matcher) bool {
		return slices.Contains(names, m.Name)
	})
}

// keepValid sees to it that a selector has a matcher that does not match the
// empty string, as PromQL demands.
func keepValid(vs *parser.VectorSelector) {
	if vs.BypassEmptyMatcherCheck || slices.ContainsFunc(vs.LabelMatchers, func(m *labels.Matcher) bool { return !m.Matches("") }) {
		return
	}
	vs.LabelMatchers = append(slices.Clone(vs.LabelMatchers), anyName())
}

func anyName() *labels.Matcher {
	return labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, ".+")
}

// mapSelectors returns a deep copy of the expression whose selectors went
// through change.
func mapSelectors(expr parser.Expr, change func(*parser.VectorSelector)) parser.Expr {
	return Rewrite(expr, func(e parser.Expr) parser.Expr {
		if vs, ok := e.(*parser.VectorSelector); ok {
			change(vs)
		}
		return e
	})
}

// Rewrite returns a deep copy of the expression. Each copied node goes through
// change, after its children, which may alter it or return another in its place.
// What takes the place of a selector below a range must be a selector.
func Rewrite(expr parser.Expr, change func(parser.Expr) parser.Expr) parser.Expr {
	var out parser.Expr
	switch e := expr.(type) {
	case *parser.AggregateExpr:
		c := *e
		c.Expr, c.Param = Rewrite(e.Expr, change), Rewrite(e.Param, change)
		c.Grouping = slices.Clone(e.Grouping)
		out = &c
	case *parser.BinaryExpr:
		c := *e
		c.LHS, c.RHS = Rewrite(e.LHS, change), Rewrite(e.RHS, change)
		c.VectorMatching = cloneMatching(e.VectorMatching)
		out = &c
	case *parser.Call:
		c := *e
		c.Args = make(parser.Expressions, len(e.Args))
		for i, arg := range e.Args {
			c.Args[i] = Rewrite(arg, change)
		}
		out = &c
	case *parser.MatrixSelector:
		c := *e
		c.VectorSelector = Rewrite(e.VectorSelector, change)
		out = &c
	case *parser.ParenExpr:
		c := *e
		c.Expr = Rewrite(e.Expr, change)
		out = &c
	case *parser.StepInvariantExpr:
		c := *e
		c.Expr = Rewrite(e.Expr, change)
		out = &c
	case *parser.SubqueryExpr:
		c := *e
		c.Expr = Rewrite(e.Expr, change)
		out = &c
	case *parser.UnaryExpr:
		c := *e
		c.Expr = Rewrite(e.Expr, change)
		out = &c
	case *parser.VectorSelector:
		c := *e
		c.LabelMatchers = slices.Clone(e.LabelMatchers)
		out = &c
	case *parser.NumberLiteral:
		c := *e
		out = &c
	case *parser.StringLiteral:
		c := *e
		out = &c
	default:
		// Duration expressions are an experiment that Parse does not accept, and
		// nil is the parameter of an aggregation without one.
		return expr
	}
	return change(out)
}

func cloneMatching(m *parser.VectorMatching) *parser.VectorMatching {
	if m == nil {
		return nil
	}
	c := *m
	c.MatchingLabels = slices.Clone(m.MatchingLabels)
	c.Include = slices.Clone(m.Include)
	return &c
}

// Unwrap takes the parentheses off an expression.
func Unwrap(expr parser.Expr) parser.Expr {
	for {
		p, ok := expr.(*parser.ParenExpr)
		if !ok {
			return expr
		}
		expr = p.Expr
	}
}
