package promql

import (
	"math"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Window rewrites a rate of events into the number of events in the window w:
// the range of every rate, irate and increase becomes w and the function
// becomes increase. It reports true only if the result is exactly that, which
// holds for expressions that are linear in their rates: sums, + and - between
// vectors, multiplication and division by a number, and a default of
// "or vector(0)". Averages, maxima, quantiles, comparisons, subqueries, offset
// and @ are not, and rates that are mixed with increases have no common unit.
// The expression is nil when the answer is false.
//
// An outermost "or vector(0)" is taken off: it turns "no such series" into "no
// events", which the caller has to know apart. Where the original had it, an
// empty answer means 0 events.
//
// A number keeps its place as a factor. Who divides two windows by each other
// uses WindowAll, which sees to it that both count in the same unit.
func Window(expr parser.Expr, w time.Duration) (parser.Expr, bool) {
	out, ok := WindowAll(w, expr)
	if !ok {
		return nil, false
	}
	return out[0], true
}

// WindowAll is Window for expressions that are going to be divided by or
// subtracted from each other. It reports true only if all can be rewritten and
// all are per second (rate, irate) or all are increases over the same range:
// "sum(rate(a[5m])) * 300" and "sum(increase(b[5m]))" divide well as they stand,
// but not once both count events.
func WindowAll(w time.Duration, exprs ...parser.Expr) ([]parser.Expr, bool) {
	if w < time.Millisecond {
		return nil, false
	}
	out := make([]parser.Expr, len(exprs))
	var common time.Duration
	for i, expr := range exprs {
		unit, ok := eventUnit(expr)
		if !ok || i > 0 && unit != common {
			return nil, false
		}
		common = unit
		out[i] = withoutDefault(Rewrite(expr, func(e parser.Expr) parser.Expr {
			setWindow(e, w)
			return e
		}))
	}
	return out, true
}

func setWindow(e parser.Expr, w time.Duration) {
	call, ok := e.(*parser.Call)
	if !ok {
		return
	}
	if matrix, ok := eventRange(call); ok {
		call.Func = parser.Functions["increase"]
		matrix.Range = w
	}
}

// eventUnit returns the time that the expression counts events per: a second
// for rates, the range for increases. It reports false if the expression is
// not linear in the number of events.
func eventUnit(expr parser.Expr) (time.Duration, bool) {
	switch e := Unwrap(expr).(type) {
	case *parser.Call:
		matrix, ok := eventRange(e)
		switch {
		case !ok:
			return 0, false
		case e.Func.Name == "increase":
			return matrix.Range, true
		default:
			return time.Second, true
		}
	case *parser.AggregateExpr:
		if e.Op != parser.SUM {
			return 0, false
		}
		return eventUnit(e.Expr)
	case *parser.UnaryExpr:
		return eventUnit(e.Expr)
	case *parser.BinaryExpr:
		return binaryUnit(e)
	default:
		return 0, false
	}
}

func binaryUnit(e *parser.BinaryExpr) (time.Duration, bool) {
	switch e.Op {
	case parser.ADD, parser.SUB:
		left, leftOK := eventUnit(e.LHS)
		right, rightOK := eventUnit(e.RHS)
		return left, leftOK && rightOK && left == right && isPlainMatching(e)
	case parser.MUL:
		if isFactor(e.LHS) {
			return eventUnit(e.RHS)
		}
		if isFactor(e.RHS) {
			return eventUnit(e.LHS)
		}
	case parser.DIV:
		if isFactor(e.RHS) {
			return eventUnit(e.LHS)
		}
	case parser.LOR:
		if isVectorZero(e.RHS) {
			return eventUnit(e.LHS)
		}
	}
	return 0, false
}

// eventRange returns the range selector of a rate, irate or increase, if there
// is nothing about it that a longer range would change in meaning.
func eventRange(call *parser.Call) (*parser.MatrixSelector, bool) {
	switch call.Func.Name {
	case "rate", "irate", "increase":
	default:
		return nil, false
	}
	if len(call.Args) != 1 {
		return nil, false
	}
	matrix, ok := Unwrap(call.Args[0]).(*parser.MatrixSelector)
	if !ok || matrix.RangeExpr != nil {
		return nil, false
	}
	vs, ok := matrix.VectorSelector.(*parser.VectorSelector)
	if !ok || isMoved(vs) || vs.Anchored || vs.Smoothed {
		return nil, false
	}
	return matrix, true
}

// isMoved reports whether the selector looks at another time than now.
func isMoved(vs *parser.VectorSelector) bool {
	return vs.OriginalOffset != 0 || vs.OriginalOffsetExpr != nil || vs.Timestamp != nil || vs.StartOrEnd != 0
}

// isPlainMatching reports whether an operation matches its sides on all labels.
func isPlainMatching(e *parser.BinaryExpr) bool {
	m := e.VectorMatching
	return m == nil || m.Card == parser.CardOneToOne && !m.On && len(m.MatchingLabels) == 0 && !hasFill(m)
}

func hasFill(m *parser.VectorMatching) bool {
	return m.FillValues.LHS != nil || m.FillValues.RHS != nil
}

// withoutDefault takes the parentheses and "or vector(0)" off the outside.
func withoutDefault(expr parser.Expr) parser.Expr {
	for {
		expr = Unwrap(expr)
		e, ok := expr.(*parser.BinaryExpr)
		if !ok || e.Op != parser.LOR || !isVectorZero(e.RHS) {
			return expr
		}
		expr = e.LHS
	}
}

func isVectorZero(expr parser.Expr) bool {
	call, ok := Unwrap(expr).(*parser.Call)
	if !ok || call.Func.Name != "vector" || len(call.Args) != 1 {
		return false
	}
	v, ok := constant(call.Args[0])
	return ok && v == 0
}

// isFactor reports whether the expression is a number that events may be
// multiplied by.
func isFactor(expr parser.Expr) bool {
	v, ok := constant(expr)
	return ok && v != 0 && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// constant computes arithmetic between numbers.
func constant(expr parser.Expr) (float64, bool) {
	switch e := Unwrap(expr).(type) {
	case *parser.NumberLiteral:
		return e.Val, true
	case *parser.UnaryExpr:
		v, ok := constant(e.Expr)
		if e.Op == parser.SUB {
			v = -v
		}
		return v, ok
	case *parser.BinaryExpr:
		l, lok := constant(e.LHS)
		r, rok := constant(e.RHS)
		if !lok || !rok {
			return 0, false
		}
		return Arithmetic(e.Op, l, r)
	}
	return 0, false
}

// Arithmetic computes l op r; false for an operator other than + - * and /.
func Arithmetic(op parser.ItemType, l, r float64) (float64, bool) {
	switch op {
	case parser.ADD:
		return l + r, true
	case parser.SUB:
		return l - r, true
	case parser.MUL:
		return l * r, true
	case parser.DIV:
		return l / r, true
	}
	return 0, false
}
