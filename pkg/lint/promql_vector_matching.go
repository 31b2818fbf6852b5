package lint

import (
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlVectorMatching reports sides of an operation that keep a label which the
// matching leaves out, and so have several series for one of the other side. What
// has lost all common labels is promql/impossible.
type promqlVectorMatching struct{}

func (promqlVectorMatching) Rule() Rule {
	return Rule{ID: "promql/vector-matching", Severity: report.Warning, Title: "Several series match one"}
}

func (c promqlVectorMatching) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	labelVisitor{binary: func(n *parser.BinaryExpr, left, right labelSet) {
		if side, label := severalMatch(n, left, right); label != "" {
			out = append(out, e.about(c.Rule(), n,
				fmt.Sprintf("the %s side of %s is grouped by %s, which the matching leaves out; with a second value of %s several series match one, and Prometheus answers with an error", side, n.Op, label, label),
				"match on "+label+" too, "+otherWay(n.VectorMatching, side)))
		}
	}}.labelsOf(e.AST)
	return out
}

// SeveralMatch reports whether promql/vector-matching tells of an operation between
// vectors, without any server, that several series match one.
func SeveralMatch(n *parser.BinaryExpr) bool {
	_, label := severalMatch(n, labelVisitor{}.labelsOf(n.LHS), labelVisitor{}.labelsOf(n.RHS))
	return label != ""
}

// severalMatch returns a side that may have several series for one of the other, and the
// label in which these differ.
func severalMatch(n *parser.BinaryExpr, left, right labelSet) (side, label string) {
	m := n.VectorMatching
	if n.Op.IsSetOperator() || m.Card == parser.CardManyToMany || !m.On && len(m.MatchingLabels) == 0 || neverMatches(m, left, right) {
		return "", ""
	}
	if m.Card != parser.CardManyToOne {
		if label := ambiguous(m, n.LHS, left); label != "" {
			return "left", label
		}
	}
	if m.Card != parser.CardOneToMany {
		return "right", ambiguous(m, n.RHS, right)
	}
	return "", ""
}

// otherWay says what to do instead of matching on a label. With group_left, say, the
// right side can have no label more.
func otherWay(m *parser.VectorMatching, side string) string {
	if m.Card != parser.CardOneToOne {
		return "or take it out of by (...) on the " + side + " side"
	}
	return "take it out of by (...) on the " + side + " side, or write group_left or group_right for it"
}

// ambiguous returns a label that a side is grouped by and the matching leaves out,
// or "". A label that the selectors inside fix to one value is none, and neither is
// one that group_left takes over: each job has one team, which is why it is joined.
func ambiguous(m *parser.VectorMatching, n parser.Expr, of labelSet) string {
	if !of.closed {
		return ""
	}
	for _, label := range of.names {
		if slices.Contains(m.MatchingLabels, label) != m.On && !slices.Contains(m.Include, label) && !fixed(n, label) && groupedBy(n, label) {
			return label
		}
	}
	return ""
}

// groupedBy reports whether an aggregation names a label, at the top of an
// expression or below a comparison or an operation with a number.
func groupedBy(n parser.Expr, label string) bool {
	switch n := promql.Unwrap(n).(type) {
	case *parser.AggregateExpr:
		return !n.Without && slices.Contains(n.Grouping, label) && groups(n, label) && !picks(n.Op)
	case *parser.BinaryExpr:
		if n.VectorMatching != nil || n.Op == parser.EQLC {
			return false
		}
		return groupedBy(n.LHS, label) || groupedBy(n.RHS, label)
	}
	return false
}

func picks(op parser.ItemType) bool {
	return op == parser.TOPK || op == parser.BOTTOMK || op == parser.LIMITK || op == parser.LIMIT_RATIO
}

// fixed reports whether each selector inside has a single value of a label.
func fixed(n parser.Expr, label string) bool {
	for _, s := range promql.Selectors(n) {
		if !slices.ContainsFunc(s.Matchers, func(m *labels.Matcher) bool { return m.Name == label && m.Type == labels.MatchEqual }) {
			return false
		}
	}
	return true
}
