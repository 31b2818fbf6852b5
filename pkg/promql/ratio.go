package promql

import (
	"github.com/prometheus/prometheus/promql/parser"
)

// Parts are the event counts that a ratio is made of. Total is always set, and
// Good or Bad or both. In a plain a / b nothing but the reader knows whether a
// is good or bad; Ratio calls it Good.
type Parts struct {
	Good, Bad, Total parser.Expr
	// Percent says that the ratio was multiplied by 100, and is no ratio as it
	// stands.
	Percent bool
}

// Ratio splits a ratio of events into its parts: good / total, 1 - bad / total,
// good / (good + bad), (total - bad) / total, with parentheses anywhere and a
// factor of 100 outside. It reports false for anything else, such as clamps,
// comparisons, aggregated ratios, and sides matched by on, ignoring or group_*,
// where the parts are not what they seem.
func Ratio(expr parser.Expr) (Parts, bool) {
	e, ok := Unwrap(expr).(*parser.BinaryExpr)
	if !ok || !isPlainMatching(e) {
		return Parts{}, false
	}
	switch e.Op {
	case parser.MUL:
		return percentRatio(e)
	case parser.SUB:
		return complementRatio(e)
	case parser.DIV:
		return divisionRatio(e)
	default:
		return Parts{}, false
	}
}

// percentRatio reads ratio * 100 and 100 * ratio.
func percentRatio(e *parser.BinaryExpr) (Parts, bool) {
	inner, ok := timesHundred(e)
	if !ok {
		return Parts{}, false
	}
	p, ok := Ratio(inner)
	if !ok || p.Percent {
		return Parts{}, false
	}
	p.Percent = true
	return p, true
}

// complementRatio reads 1 - ratio and 100 - percentage.
func complementRatio(e *parser.BinaryExpr) (Parts, bool) {
	whole, ok := constant(e.LHS)
	if !ok || whole != 1 && whole != 100 {
		return Parts{}, false
	}
	p, ok := Ratio(e.RHS)
	if !ok || p.Percent != (whole == 100) {
		return Parts{}, false
	}
	p.Good, p.Bad = p.Bad, p.Good
	return p, true
}

func divisionRatio(e *parser.BinaryExpr) (Parts, bool) {
	num, total := Unwrap(e.LHS), Unwrap(e.RHS)
	p := Parts{}
	if inner, ok := timesHundred(num); ok {
		if _, both := timesHundred(total); both {
			return Parts{}, false
		}
		num, p.Percent = Unwrap(inner), true
	}
	if !isEventPart(num) || !isEventPart(total) {
		return Parts{}, false
	}
	p.Total = total
	if bad, ok := lessThan(num, total); ok {
		p.Bad = bad
		return p, true
	}
	p.Good = num
	p.Bad, _ = otherTerm(total, num)
	return p, true
}

// timesHundred returns x of x * 100 and 100 * x.
func timesHundred(expr parser.Expr) (parser.Expr, bool) {
	e, ok := Unwrap(expr).(*parser.BinaryExpr)
	if !ok || e.Op != parser.MUL {
		return nil, false
	}
	if v, ok := constant(e.LHS); ok && v == 100 {
		return e.RHS, true
	}
	if v, ok := constant(e.RHS); ok && v == 100 {
		return e.LHS, true
	}
	return nil, false
}

// lessThan returns bad of the numerator total - bad.
func lessThan(num, total parser.Expr) (parser.Expr, bool) {
	e, ok := num.(*parser.BinaryExpr)
	if !ok || e.Op != parser.SUB || !isPlainMatching(e) || !equal(e.LHS, total) {
		return nil, false
	}
	return Unwrap(e.RHS), true
}

// otherTerm returns b of the sum term + b or b + term.
func otherTerm(sum, term parser.Expr) (parser.Expr, bool) {
	e, ok := sum.(*parser.BinaryExpr)
	if !ok || e.Op != parser.ADD || !isPlainMatching(e) {
		return nil, false
	}
	if equal(e.LHS, term) {
		return Unwrap(e.RHS), true
	}
	if equal(e.RHS, term) {
		return Unwrap(e.LHS), true
	}
	return nil, false
}

// isEventPart reports whether the expression can be one side of a ratio: it
// reads series, and holds no ratio and no comparison itself.
func isEventPart(expr parser.Expr) bool {
	if expr.Type() != parser.ValueTypeVector || len(Selectors(expr)) == 0 {
		return false
	}
	plain := true
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		e, ok := node.(*parser.BinaryExpr)
		if !ok {
			return nil
		}
		vectors := e.LHS.Type() == parser.ValueTypeVector && e.RHS.Type() == parser.ValueTypeVector
		if e.Op.IsComparisonOperator() || vectors && !isPlainMatching(e) && !e.Op.IsSetOperator() || vectors && e.Op == parser.DIV {
			plain = false
		}
		return nil
	})
	return plain
}

// equal reports whether two expressions are the same but for parentheses on
// the outside.
func equal(a, b parser.Expr) bool {
	return Unwrap(a).String() == Unwrap(b).String()
}
