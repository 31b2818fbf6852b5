package slo

import (
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
)

// invented returns what is wrong with an expression that gives a number where
// there is no data: such an SLI is healthy without measuring anything. A default
// of "or vector(0)" is none as long as it stands for a count of events.
func invented(field string, expr parser.Expr, isRatio bool) problem {
	if _, ok := fixed(expr); ok {
		return problem(fmt.Sprintf("%s is %s, which has the same value whatever happens: write good over total events", field, expr))
	}
	if e := fallback(expr, isRatio); e != nil {
		return problem(fmt.Sprintf("%s falls back to %s where there is no data, so it measures nothing then: remove \"or %s\"; a missing series is told from one that is 0 without it", field, e, e))
	}
	return ""
}

// fallback returns the first constant that an expression falls back to. atRatio
// is set where a 0 would stand for a whole ratio and not for a count in it.
func fallback(expr parser.Expr, atRatio bool) parser.Expr {
	switch e := promql.Unwrap(expr).(type) {
	case *parser.BinaryExpr:
		if e.Op == parser.LOR {
			if v, ok := fixed(e.RHS); ok && (v != 0 || atRatio) {
				return promql.Unwrap(e.RHS)
			}
		}
		left, right := atRatio, atRatio
		switch {
		case e.Op == parser.DIV && isVector(e.LHS) && isVector(e.RHS):
			left, right = false, false
		case e.Op == parser.ADD || e.Op == parser.SUB:
			// A number less something is the complement of a ratio.
			right = atRatio || isNumber(e.LHS)
		}
		if found := fallback(e.LHS, left); found != nil {
			return found
		}
		return fallback(e.RHS, right)
	case *parser.AggregateExpr:
		return fallback(e.Expr, atRatio)
	case *parser.SubqueryExpr:
		return fallback(e.Expr, atRatio)
	case *parser.UnaryExpr:
		return fallback(e.Expr, atRatio)
	case *parser.Call:
		for _, arg := range e.Args {
			if found := fallback(arg, atRatio); found != nil {
				return found
			}
		}
	}
	return nil
}

// fixed returns the value of an expression that has the same one whatever the
// samples say: vector(1), absent(x), 0 * x + 1.
func fixed(expr parser.Expr) (float64, bool) {
	switch e := promql.Unwrap(expr).(type) {
	case *parser.NumberLiteral:
		return e.Val, true
	case *parser.UnaryExpr:
		v, ok := fixed(e.Expr)
		if e.Op == parser.SUB {
			v = -v
		}
		return v, ok
	case *parser.AggregateExpr:
		return fixed(e.Expr)
	case *parser.Call:
		switch e.Func.Name {
		case "absent", "absent_over_time":
			return 1, true
		case "vector":
			return fixed(e.Args[0])
		}
	case *parser.BinaryExpr:
		return fixedOperation(e)
	}
	return 0, false
}

func fixedOperation(e *parser.BinaryExpr) (float64, bool) {
	l, left := fixed(e.LHS)
	r, right := fixed(e.RHS)
	switch {
	case e.Op == parser.MUL && (left && l == 0 || right && r == 0):
		return 0, true
	case !left || !right:
		return 0, false
	}
	return promql.Arithmetic(e.Op, l, r)
}

// compares reports whether an expression is a comparison that drops what does
// not hold. As an SLI it leaves out exactly the times that count.
func compares(expr parser.Expr) bool {
	e, ok := promql.Unwrap(expr).(*parser.BinaryExpr)
	return ok && e.Op.IsComparisonOperator() && !e.ReturnBool
}
