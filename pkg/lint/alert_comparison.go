package lint

import (
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// alertComparison reports alerts that fire as soon as there is a series,
// whatever its value.
type alertComparison struct{}

func (alertComparison) Rule() Rule {
	return Rule{ID: "alert/comparison", Severity: report.Warning, Title: "The alert has no condition"}
}

func (c alertComparison) CheckRule(r *rulefile.Rule, e *Expr) []report.Finding {
	if r.Kind != rulefile.Alert || e.AST == nil {
		return nil
	}
	if values, ok := holdsAlways(e); ok {
		return one(e.Whole(c.Rule().ID, c.Rule().Severity,
			"the condition of the alert "+r.Name.V+" is always true: what it compares is "+values.String(), "correct the number or the operator"))
	}
	if filters(e.AST) || isConstant(e.AST) || readsAlerts(e.AST) {
		return nil
	}
	return one(e.Whole(c.Rule().ID, c.Rule().Severity,
		"the alert "+r.Name.V+" compares nothing, so it fires for every series that the expression returns, whatever its value",
		"compare the result with a number, as in ... > 0"))
}

// holdsAlways reports whether the whole condition is a comparison that every value of
// its side fulfils, as rate(x[5m]) >= 0 is, and which values these are. What is 1 or more
// is a count, and comparing a count with 0 asks whether there is anything to count.
func holdsAlways(e *Expr) (values interval, always bool) {
	n, ok := promql.Unwrap(e.AST).(*parser.BinaryExpr)
	if !ok {
		return values, false
	}
	side, in, ok := bound(n)
	if !ok || isConstant(side) || filters(side) {
		return values, false
	}
	values = valuesOf(e, side, valueLevels)
	values.numbers = true // a division by 0 is promql/nan
	return values, !values.all() && values.low < 1 && in.holds(values)
}

// filters reports whether an expression leaves out series by their value, or by
// the presence of others.
func filters(n parser.Expr) bool {
	switch n := n.(type) {
	case *parser.ParenExpr:
		return filters(n.Expr)
	case *parser.UnaryExpr:
		return filters(n.Expr)
	case *parser.SubqueryExpr:
		return filters(n.Expr)
	case *parser.AggregateExpr:
		return filters(n.Expr)
	case *parser.BinaryExpr:
		switch {
		case n.Op.IsComparisonOperator():
			return !n.ReturnBool || filters(n.LHS) || filters(n.RHS)
		case n.Op == parser.LUNLESS:
			return true
		case n.Op == parser.LOR:
			// One side without a condition is enough to fire all the time.
			return filters(n.LHS) && filters(n.RHS)
		}
		return filters(n.LHS) || filters(n.RHS)
	case *parser.Call:
		return callFilters(n)
	}
	return false
}

func callFilters(n *parser.Call) bool {
	switch n.Func.Name {
	case "absent", "absent_over_time":
		return true
	case "scalar":
		return false // a scalar is always there
	}
	for _, arg := range n.Args {
		if filters(arg) {
			return true
		}
	}
	return false
}

// isConstant reports whether an expression is vector(1): the usual way to write
// an alert that is meant to fire all the time.
func isConstant(n parser.Expr) bool {
	call, ok := promql.Unwrap(n).(*parser.Call)
	return ok && call.Func.Name == "vector"
}

// readsAlerts reports whether an expression reads the series of other alerts,
// which are there only while those fire.
func readsAlerts(n parser.Expr) bool {
	for _, s := range promql.Selectors(n) {
		if s.Name == "ALERTS" {
			return true
		}
	}
	return false
}
