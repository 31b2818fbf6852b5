package promql

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// fate says what becomes of the label in the answer to the expression alone.
// The merged expression carries it through to every series in any case.
type fate int

const (
	// lost: the expression cannot be merged, or only some of its series carry
	// the label.
	lost fate = iota
	// kept: every series of the answer carries the label.
	kept
	// dropped: no series of the answer carries it.
	dropped
)

// carrier rewrites an expression whose selectors all ask for label="value" into
// one that carries the label to its result, and decides whether the result is
// exact: the series with one value of the label have to be those that the
// original gives for this value alone.
type carrier struct {
	label, value string
	matcher      *labels.Matcher
}

// carry returns the rewritten expression, as a copy, and the label's fate in
// the original.
func (c carrier) carry(expr parser.Expr) (parser.Expr, fate) {
	out := Rewrite(expr, func(e parser.Expr) parser.Expr { return e })
	f := c.walk(out)
	return out, f
}

// walk rewrites in place.
func (c carrier) walk(expr parser.Expr) fate {
	switch e := expr.(type) {
	case *parser.VectorSelector:
		return c.selector(e)
	case *parser.MatrixSelector:
		return c.walk(e.VectorSelector)
	case *parser.SubqueryExpr:
		return c.walk(e.Expr)
	case *parser.ParenExpr:
		return c.walk(e.Expr)
	case *parser.UnaryExpr:
		return c.walk(e.Expr)
	case *parser.Call:
		return c.call(e)
	case *parser.AggregateExpr:
		return c.aggregate(e)
	case *parser.BinaryExpr:
		return c.binary(e)
	default:
		return lost
	}
}

func (c carrier) selector(vs *parser.VectorSelector) fate {
	found := false
	for i, m := range vs.LabelMatchers {
		if m.Name != c.label {
			continue
		}
		if found || m.Type != labels.MatchEqual || m.Value != c.value {
			return lost
		}
		found = true
		vs.LabelMatchers[i] = c.matcher
	}
	if !found {
		return lost
	}
	return kept
}

// aggregate lets the label join the grouping.
func (c carrier) aggregate(e *parser.AggregateExpr) fate {
	switch e.Op {
	case parser.SUM, parser.AVG, parser.MIN, parser.MAX, parser.COUNT, parser.GROUP, parser.STDDEV, parser.STDVAR:
	default:
		// The others choose between series or name them after their values.
		return lost
	}
	inner := c.walk(e.Expr)
	if inner == lost {
		return lost
	}
	at := slices.Index(e.Grouping, c.label)
	switch {
	case e.Without && at < 0, !e.Without && at >= 0:
		return inner
	case e.Without:
		e.Grouping = slices.DeleteFunc(e.Grouping, func(l string) bool { return l == c.label })
	default:
		e.Grouping = append(e.Grouping, c.label)
	}
	return dropped
}

func (c carrier) binary(e *parser.BinaryExpr) fate {
	leftVector, rightVector := e.LHS.Type() == parser.ValueTypeVector, e.RHS.Type() == parser.ValueTypeVector
	switch {
	case leftVector && rightVector:
		return c.vectors(e)
	case leftVector && isSeriesFree(e.RHS):
		return c.walk(e.LHS)
	case rightVector && isSeriesFree(e.LHS):
		return c.walk(e.RHS)
	default:
		return lost
	}
}

// vectors makes the two sides match on the label too. Where the original
// compares the label already, both sides have to have it or both not: a sum
// without the label never matches a series with it, until both carry it.
func (c carrier) vectors(e *parser.BinaryExpr) fate {
	left, right := c.walk(e.LHS), c.walk(e.RHS)
	m := e.VectorMatching
	if left == lost || right == lost || m == nil || hasFill(m) || slices.Contains(m.Include, c.label) {
		return lost
	}
	at := slices.Index(m.MatchingLabels, c.label)
	compared := m.On == (at >= 0)
	if compared && left != right {
		return lost
	}
	switch {
	case compared:
	case m.On:
		m.MatchingLabels = append(m.MatchingLabels, c.label)
	default:
		m.MatchingLabels = slices.DeleteFunc(m.MatchingLabels, func(l string) bool { return l == c.label })
	}
	return resultFate(e, left, right, compared)
}

func resultFate(e *parser.BinaryExpr, left, right fate, compared bool) fate {
	switch {
	case e.Op == parser.LOR && left != right:
		return lost
	case e.Op.IsSetOperator():
		return left
	case e.VectorMatching.Card == parser.CardManyToOne:
		return left
	case e.VectorMatching.Card == parser.CardOneToMany:
		return right
	case !compared:
		// One-to-one results have the labels that were compared.
		return dropped
	default:
		return left
	}
}

// call lets through the functions that work on each series by itself, and
// histogram_quantile, which gathers series by all labels but le.
func (c carrier) call(e *parser.Call) fate {
	if !slices.Contains(perSeriesFunctions(), e.Func.Name) && !c.isRelabelling(e) {
		return lost
	}
	result := lost
	for _, arg := range e.Args {
		switch arg.Type() {
		case parser.ValueTypeVector, parser.ValueTypeMatrix:
			if result = c.walk(arg); result == lost {
				return lost
			}
		default:
			if !isSeriesFree(arg) {
				return lost
			}
		}
	}
	return result
}

// isRelabelling reports whether the call is a label_replace or label_join that
// neither reads nor writes the label.
func (c carrier) isRelabelling(e *parser.Call) bool {
	var touched []parser.Expr
	switch {
	case e.Func.Name == "label_replace" && len(e.Args) == 5:
		touched = []parser.Expr{e.Args[1], e.Args[3]}
	case e.Func.Name == "label_join" && len(e.Args) >= 3:
		touched = append([]parser.Expr{e.Args[1]}, e.Args[3:]...)
	default:
		return false
	}
	return !slices.ContainsFunc(touched, func(arg parser.Expr) bool {
		name, ok := Unwrap(arg).(*parser.StringLiteral)
		return !ok || name.Val == c.label
	})
}

func isSeriesFree(expr parser.Expr) bool { return len(Selectors(expr)) == 0 }

// perSeriesFunctions are the functions whose every series comes from the input
// series with the same labels (but for name and le). A function that is not
// listed is never merged, so that a new one does no harm.
func perSeriesFunctions() []string {
	return []string{
		"abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "avg_over_time", "ceil", "changes", "clamp",
		"clamp_max", "clamp_min", "cos", "cosh", "count_over_time", "day_of_month", "day_of_week", "day_of_year",
		"days_in_month", "deg", "delta", "deriv", "exp", "floor", "histogram_avg", "histogram_count",
		"histogram_fraction", "histogram_quantile", "histogram_stddev", "histogram_stdvar", "histogram_sum", "hour",
		"idelta", "increase", "irate", "last_over_time", "ln", "log10", "log2", "max_over_time", "min_over_time",
		"minute", "month", "predict_linear", "present_over_time", "quantile_over_time", "rad", "rate", "resets",
		"round", "sgn", "sin", "sinh", "sqrt", "stddev_over_time", "stdvar_over_time", "sum_over_time", "tan", "tanh",
		"timestamp", "year",
	}
}
