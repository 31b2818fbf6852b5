package lint

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
)

// between returns the values from low to high, both included.
func between(low, high float64) interval { return interval{low: low, high: high} }

func atLeast(low float64) interval {
	in := everything()
	in.low = low
	return in
}

// hull returns the smallest interval that holds both.
func (i interval) hull(o interval) interval { return between(min(i.low, o.low), max(i.high, o.high)) }

// floor keeps only that nothing is below 0, which rounding cannot take away.
func (i interval) floor() interval {
	if i.low >= 0 {
		return atLeast(0)
	}
	return everything()
}

// valueLevels is how deep valuesOf looks into an expression. Comparisons inside
// of each other would otherwise cost the square of their depth.
const valueLevels = 20

// valuesOf returns values that hold every sample of an expression's result but
// NaN, whatever the server holds. It knows what counts and rates cannot be, and
// claims nothing where it is not sure.
func valuesOf(e *Expr, n parser.Expr, levels int) interval {
	if levels == 0 {
		return everything()
	}
	switch n := promql.Unwrap(n).(type) {
	case *parser.NumberLiteral:
		return between(n.Val, n.Val)
	case *parser.StepInvariantExpr:
		return valuesOf(e, n.Expr, levels-1)
	case *parser.AggregateExpr:
		return valuesOfAggregate(e, n, levels)
	case *parser.BinaryExpr:
		return valuesOfBinary(e, n, levels)
	case *parser.Call:
		return valuesOfCall(e, n, levels)
	}
	return everything()
}

func valuesOfAggregate(e *Expr, n *parser.AggregateExpr, levels int) interval {
	switch n.Op {
	case parser.COUNT, parser.COUNT_VALUES:
		return atLeast(1) // a count of nothing is no series, not 0
	case parser.GROUP:
		return between(1, 1)
	case parser.MIN, parser.MAX, parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return valuesOf(e, n.Expr, levels-1)
	case parser.SUM, parser.AVG:
		return valuesOf(e, n.Expr, levels-1).floor()
	case parser.STDDEV, parser.STDVAR:
		return atLeast(0)
	}
	return everything()
}

func valuesOfBinary(e *Expr, n *parser.BinaryExpr, levels int) interval {
	left, right := valuesOf(e, n.LHS, levels-1), valuesOf(e, n.RHS, levels-1)
	if m := n.VectorMatching; m != nil && (m.FillValues.LHS != nil || m.FillValues.RHS != nil) {
		return everything()
	}
	switch {
	case n.Op.IsComparisonOperator() && n.ReturnBool:
		return between(0, 1)
	case n.Op.IsComparisonOperator():
		if n.LHS.Type() == parser.ValueTypeScalar {
			return right
		}
		return left
	case n.Op == parser.LOR:
		return left.hull(right)
	case n.Op.IsSetOperator():
		return left
	case n.Op == parser.ADD, n.Op == parser.MUL, n.Op == parser.DIV && !math.Signbit(right.low):
		return left.hull(right).floor()
	}
	return everything()
}

func valuesOfCall(e *Expr, n *parser.Call, levels int) interval {
	if in, ok := calendar(n.Func.Name); ok {
		return in
	}
	switch n.Func.Name {
	case "absent", "absent_over_time", "present_over_time":
		return between(1, 1)
	case "count_over_time":
		return atLeast(1)
	case "abs", "sqrt", "exp", "changes", "resets", "stddev_over_time", "stdvar_over_time", "acosh":
		return atLeast(0)
	case "sgn", "sin", "cos", "tanh":
		return between(-1, 1)
	case "clamp", "clamp_min", "clamp_max":
		return valuesOfClamp(e, n, levels)
	case "round":
		if len(n.Args) > 1 {
			return everything()
		}
		return valuesOf(e, n.Args[0], levels-1).floor()
	case "vector":
		return valuesOf(e, n.Args[0], levels-1)
	case "min_over_time", "max_over_time", "last_over_time", "first_over_time":
		return valuesOfRange(e, n.Args[0], levels)
	case "sum_over_time", "avg_over_time":
		return valuesOfRange(e, n.Args[0], levels).floor()
	case "rate", "increase", "irate":
		return valuesOfRate(e, n.Args[0])
	case "ceil", "floor":
		return valuesOf(e, n.Args[0], levels-1).floor()
	case "sort", "sort_desc", "label_replace", "label_join":
		return valuesOf(e, n.Args[0], levels-1)
	}
	return everything()
}

// valuesOfClamp holds what is inside of clamp to its bounds, where these are numbers.
func valuesOfClamp(e *Expr, n *parser.Call, levels int) interval {
	in, bounds := valuesOf(e, n.Args[0], levels-1), everything()
	if n.Func.Name != "clamp_max" {
		low, ok := constant(n.Args[1])
		if !ok || math.IsNaN(low) {
			return everything()
		}
		bounds.low = low
	}
	if n.Func.Name != "clamp_min" {
		high, ok := constant(n.Args[len(n.Args)-1])
		if !ok || math.IsNaN(high) {
			return everything()
		}
		bounds.high = high
	}
	hold := func(v float64) float64 { return max(bounds.low, min(bounds.high, v)) }
	return between(hold(in.low), hold(in.high))
}

// calendar returns the values of functions that take a time apart.
func calendar(function string) (interval, bool) {
	switch function {
	case "month":
		return between(1, 12), true
	case "day_of_month":
		return between(1, 31), true
	case "day_of_week":
		return between(0, 6), true
	case "day_of_year":
		return between(1, 366), true
	case "days_in_month":
		return between(28, 31), true
	case "hour":
		return between(0, 23), true
	case "minute":
		return between(0, 59), true
	}
	return interval{}, false
}

// valuesOfRange returns the values inside a subquery. Of plain series nothing is
// known.
func valuesOfRange(e *Expr, n parser.Expr, levels int) interval {
	if sub, ok := promql.Unwrap(n).(*parser.SubqueryExpr); ok {
		return valuesOf(e, sub.Expr, levels-1)
	}
	return everything()
}

// valuesOfRate knows that a counter does not fall but to begin again. A gauge
// that goes below 0 has a rate below 0, so the name or the declaration has to
// say that it is a counter.
func valuesOfRate(e *Expr, n parser.Expr) interval {
	m, ok := promql.Unwrap(n).(*parser.MatrixSelector)
	if !ok {
		return everything()
	}
	if vs, ok := m.VectorSelector.(*parser.VectorSelector); ok && !vs.Anchored && !vs.Smoothed && isCounter(e, vs.Name) {
		return atLeast(0)
	}
	return everything()
}
