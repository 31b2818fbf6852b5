package lint

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
)

// deadBranch finds vector(0) or x, which is always 0, and x unless vector(1), which
// is always empty: a vector without labels that is always there matches whatever
// has no labels either.
func deadBranch(add addFunc, n *parser.BinaryExpr, left, right labelSet) {
	m := n.VectorMatching
	switch {
	case n.Op == parser.LOR && alwaysThere(n.LHS) && matchesNothing(m, right):
		add(n, "the left side of or is always there, so the right side is never used", "write the right side first: ... or vector(0)")
	case n.Op == parser.LUNLESS && alwaysThere(n.RHS) && matchesNothing(m, left):
		add(n, "the right side of unless is always there, so nothing is left of the left side", "compare a metric on the right side")
	}
}

// neverAbsent finds absent(x or vector(0)), which is always empty.
func neverAbsent(add addFunc, n *parser.Call) {
	if n.Func.Name == "absent" && neverEmpty(n.Args[0]) {
		add(n, "absent never returns anything here: what is in it is always there", "take absent of the metric alone, without or vector(...)")
	}
}

// neverEmpty reports whether an expression has a sample at any time.
func neverEmpty(n parser.Expr) bool {
	switch n := promql.Unwrap(n).(type) {
	case *parser.AggregateExpr:
		return slices.Contains([]parser.ItemType{parser.SUM, parser.AVG, parser.MIN, parser.MAX, parser.COUNT, parser.GROUP}, n.Op) && neverEmpty(n.Expr)
	case *parser.BinaryExpr:
		if n.Op == parser.LOR {
			return neverEmpty(n.LHS) || neverEmpty(n.RHS)
		}
	}
	return alwaysThere(n)
}

// matchesNothing reports whether series are matched without any label.
func matchesNothing(m *parser.VectorMatching, of labelSet) bool {
	return m.On && len(m.MatchingLabels) == 0 || of.closed && len(of.names) == 0
}

// alwaysThere reports whether an expression has one sample without labels at any
// time.
func alwaysThere(n parser.Expr) bool {
	switch n := promql.Unwrap(n).(type) {
	case *parser.StepInvariantExpr:
		return alwaysThere(n.Expr)
	case *parser.Call:
		return n.Func.Name == "vector"
	case *parser.BinaryExpr:
		if n.Op.IsComparisonOperator() && !n.ReturnBool || n.Op.IsSetOperator() {
			return false
		}
		return n.VectorMatching == nil && (alwaysThere(n.LHS) || alwaysThere(n.RHS))
	}
	return false
}

// deadJoin finds a label that group_left takes from the other side and that the
// aggregation around it loses again.
func deadJoin(add addFunc, n *parser.AggregateExpr) {
	join, ok := promql.Unwrap(n.Expr).(*parser.BinaryExpr)
	if !ok || join.VectorMatching == nil {
		return
	}
	for _, label := range join.VectorMatching.Include {
		if !groups(n, label) {
			add(n, n.Op.String()+" loses the label "+label+", which group_left or group_right has just brought", "keep "+label+" in the aggregation, or take it out of the brackets of the join")
			return
		}
	}
}

// losesName reports whether the result of an expression has no metric name for
// sure.
func losesName(n parser.Expr) bool {
	switch n := promql.Unwrap(n).(type) {
	case *parser.UnaryExpr:
		return true
	case *parser.AggregateExpr:
		return !groups(n, model.MetricNameLabel)
	case *parser.Call:
		return ofCounters(n.Func.Name)
	case *parser.BinaryExpr:
		switch {
		case n.Op.IsSetOperator():
			return n.Op != parser.LOR && losesName(n.LHS)
		case n.Op.IsComparisonOperator() && !n.ReturnBool:
			return n.LHS.Type() == parser.ValueTypeVector && losesName(n.LHS)
		}
		return true
	}
	return false
}
