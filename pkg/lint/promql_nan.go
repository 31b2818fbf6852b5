package lint

import (
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlNaN reports divisions by 0, and those by a rate or a change inside of what adds
// up or averages. One series without traffic divides by zero, and its NaN becomes the
// result of all. Other divisors are left alone: a capacity is never 0, and nothing in an
// expression tells it from what can be.
type promqlNaN struct{}

func (promqlNaN) Rule() Rule {
	return Rule{ID: "promql/nan", Severity: report.Warning, Title: "One division by zero spoils a whole sum or average"}
}

func (c promqlNaN) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	parser.Inspect(e.AST, func(n parser.Node, path []parser.Node) error {
		b, ok := n.(*parser.BinaryExpr)
		if !ok || b.Op != parser.DIV && b.Op != parser.MOD {
			return nil
		}
		if zero, ok := constant(b.RHS); ok && zero == 0 && b.LHS.Type() == parser.ValueTypeVector && !isConstant(b.LHS) {
			out = append(out, e.about(c.Rule(), b, "this divides by 0, so the result is NaN or infinite, whatever the series are", "divide by another number"))
			return nil
		}
		if b.RHS.Type() != parser.ValueTypeVector || !mayBeZero(b.RHS, valueLevels) {
			return nil
		}
		if spoiled := spoiledBy(path, b); spoiled != "" {
			out = append(out, e.about(c.Rule(), b, "this divides by a rate or a change inside of "+spoiled+"; where that is 0 the result is NaN or infinite, and so is the whole "+spoiled,
				"divide the sums, as in sum(...) / sum(...), or leave zeros out: ... / (rate(...) > 0)"))
		}
		return nil
	})
	return out
}

// mayBeZero reports whether an expression is a rate or a change, or a sum of these, that
// nothing keeps from being 0.
func mayBeZero(n parser.Expr, levels int) bool {
	if levels == 0 {
		return false
	}
	switch n := promql.Unwrap(n).(type) {
	case *parser.Call:
		switch n.Func.Name {
		case "rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets":
			return true
		case "label_replace", "label_join", "sort", "sort_desc":
			return mayBeZero(n.Args[0], levels-1)
		}
	case *parser.AggregateExpr:
		switch n.Op {
		case parser.SUM, parser.AVG, parser.MIN, parser.MAX:
			return mayBeZero(n.Expr, levels-1)
		}
	case *parser.BinaryExpr:
		switch n.Op {
		case parser.MUL, parser.DIV:
			return mayBeZero(n.LHS, levels-1) && n.RHS.Type() == parser.ValueTypeScalar
		case parser.ADD:
			return mayBeZero(n.LHS, levels-1) && mayBeZero(n.RHS, levels-1)
		}
	}
	return false
}

// spoiledBy returns the innermost operation around a division that a NaN spreads
// through to other series or times, or "". Between the two nothing may take NaN
// out.
func spoiledBy(path []parser.Node, division *parser.BinaryExpr) string {
	for i := len(path) - 1; i >= 0; i-- {
		switch n := path[i].(type) {
		case *parser.AggregateExpr:
			switch n.Op {
			case parser.SUM, parser.AVG, parser.STDDEV, parser.STDVAR:
				return n.Op.String()
			}
			return ""
		case *parser.Call:
			switch n.Func.Name {
			case "sum_over_time", "avg_over_time", "stddev_over_time", "stdvar_over_time":
				return n.Func.Name
			case "label_replace", "label_join", "sort", "sort_desc", "round", "ceil", "floor", "abs", "sqrt", "exp", "ln", "log2", "log10":
				continue
			case "clamp", "clamp_min", "clamp_max", "sgn": // these make a number of what is infinite, and nothing of NaN
				if _, ok := constant(division.LHS); !ok {
					continue
				}
			}
			return ""
		case *parser.BinaryExpr:
			if n.Op.IsComparisonOperator() || n.Op.IsSetOperator() {
				return "" // NaN fulfils no comparison; a set operation may guard the division
			}
		}
	}
	return ""
}
