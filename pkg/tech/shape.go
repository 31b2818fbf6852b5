package tech

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// shape says by which labels the answer of an expression is broken down.
type shape struct {
	// scalar is set for a number, which has no labels.
	scalar bool
	// raw is set while series keep all the labels that they were scraped with.
	raw bool
	// labels are all labels when raw is not set, and those that are known of when
	// it is; sorted.
	labels []string
}

func by(names ...string) shape {
	names = slices.Clone(names)
	slices.Sort(names)
	return shape{labels: slices.Compact(names)}
}

// keeps reports whether series have a label.
func (s shape) keeps(label string) bool { return slices.Contains(s.labels, label) }

// same reports whether two answers can be matched series by series.
func (s shape) same(o shape) bool {
	return s.raw && o.raw || s.raw == o.raw && slices.Equal(s.labels, o.labels)
}

func (s shape) String() string {
	if s.raw {
		return "series with all their labels"
	}
	return "by (" + strings.Join(s.labels, ", ") + ")"
}

// shapeOf returns the shape of an expression and what is wrong with how its parts
// are matched with each other.
func (v vocabulary) shapeOf(expr parser.Expr) (shape, []string) {
	switch e := expr.(type) {
	case *parser.VectorSelector:
		return v.shapeOfSelector(e), nil
	case *parser.MatrixSelector:
		return v.shapeOf(e.VectorSelector)
	case *parser.SubqueryExpr:
		return v.shapeOf(e.Expr)
	case *parser.ParenExpr:
		return v.shapeOf(e.Expr)
	case *parser.UnaryExpr:
		return v.shapeOf(e.Expr)
	case *parser.StepInvariantExpr:
		return v.shapeOf(e.Expr)
	case *parser.AggregateExpr:
		return v.shapeOfAggregate(e)
	case *parser.Call:
		return v.shapeOfCall(e)
	case *parser.BinaryExpr:
		return v.shapeOfBinary(e)
	}
	return shape{scalar: true}, nil
}

func (v vocabulary) shapeOfSelector(s *parser.VectorSelector) shape {
	r, _ := v.read(s)
	names := slices.Concat([]string{"instance", "job"}, v.identity, r.labels)
	if r.typ == Histogram {
		names = append(names, labels.BucketLabel)
	}
	for _, m := range s.LabelMatchers {
		if m.Name != model.MetricNameLabel {
			names = append(names, m.Name)
		}
	}
	if r.intent {
		_, intent, _ := strings.Cut(s.Name, ":")
		names = append(names, "by_"+intent)
	}
	out := by(names...)
	out.raw = true
	return out
}

func (v vocabulary) shapeOfAggregate(e *parser.AggregateExpr) (shape, []string) {
	inner, found := v.shapeOf(e.Expr)
	switch e.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return inner, found
	case parser.COUNT_VALUES:
		return by(append(slices.Clone(e.Grouping), textOf(e.Param))...), found
	}
	if e.Without {
		inner.labels = slices.DeleteFunc(slices.Clone(inner.labels), func(l string) bool { return slices.Contains(e.Grouping, l) })
		return inner, found
	}
	for _, label := range e.Grouping {
		if !v.open && !inner.keeps(label) {
			found = append(found, "the grouping by "+label+" finds no such label in "+e.Expr.String()+"; declare it with the metric")
		}
	}
	return by(e.Grouping...), found
}

func (v vocabulary) shapeOfCall(e *parser.Call) (shape, []string) {
	out := shape{scalar: true}
	var found []string
	for _, arg := range e.Args {
		s, why := v.shapeOf(arg)
		found = append(found, why...)
		if !s.scalar {
			out = s
		}
	}
	switch e.Func.Name {
	case "scalar", "time", "pi":
		return shape{scalar: true}, found
	case "vector":
		return by(), found
	case "absent", "absent_over_time":
		return by(equalLabels(e.Args[0])...), found
	case "histogram_quantile", "histogram_fraction":
		out.labels = slices.DeleteFunc(slices.Clone(out.labels), func(l string) bool { return l == labels.BucketLabel })
	case "label_replace", "label_join":
		out.labels = by(append(slices.Clone(out.labels), textOf(e.Args[1]))...).labels
	}
	return out, found
}

// equalLabels are the labels that absent gives to its answer: those of the
// matchers that leave one value.
func equalLabels(expr parser.Expr) []string {
	var names []string
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			for _, m := range s.LabelMatchers {
				if m.Type == labels.MatchEqual && m.Name != model.MetricNameLabel {
					names = append(names, m.Name)
				}
			}
		}
		return nil
	})
	return names
}

func textOf(expr parser.Expr) string {
	if s, ok := unparen(expr).(*parser.StringLiteral); ok {
		return s.Val
	}
	return ""
}

func (v vocabulary) shapeOfBinary(e *parser.BinaryExpr) (shape, []string) {
	l, found := v.shapeOf(e.LHS)
	r, why := v.shapeOf(e.RHS)
	found = append(found, why...)
	switch {
	case l.scalar:
		return r, found
	case r.scalar:
		return l, found
	}
	// Which labels the series of a user's own metrics have is not known.
	unknown := v.open && (l.raw || r.raw)
	if why := mismatch(e, l, r); why != "" && !unknown {
		found = append(found, why+" in "+e.String())
	}
	m := e.VectorMatching
	switch {
	case e.Op.IsSetOperator():
		return l, found
	case m.Card == parser.CardManyToOne:
		return l.with(m.Include), found
	case m.Card == parser.CardOneToMany:
		return r.with(m.Include), found
	case m.On:
		return by(m.MatchingLabels...), found
	}
	return l, found
}

func (s shape) with(labels []string) shape {
	s.labels = by(slices.Concat(s.labels, labels)...).labels
	return s
}

// mismatch says why two answers do not match series by series: a label that only
// one of them has, or several series for one.
func mismatch(e *parser.BinaryExpr, l, r shape) string {
	m := e.VectorMatching
	if !m.On {
		if len(m.MatchingLabels) > 0 {
			return "ignoring() lets new labels decide what is matched; name the labels with on()"
		}
		if !l.same(r) {
			return "the sides never match, being " + l.String() + " and " + r.String()
		}
		return ""
	}
	for _, side := range []shape{l, r} {
		for _, label := range m.MatchingLabels {
			if !side.raw && !side.keeps(label) {
				return "on (" + label + ") names a label that is not " + side.String()
			}
		}
	}
	unique := func(s shape) bool {
		return !s.raw && !slices.ContainsFunc(s.labels, func(l string) bool { return !slices.Contains(m.MatchingLabels, l) })
	}
	if e.Op.IsSetOperator() {
		return ""
	}
	if m.Card != parser.CardOneToMany && !unique(r) || m.Card != parser.CardManyToOne && !unique(l) {
		return "several series may match one; aggregate by the labels of on()"
	}
	return ""
}
