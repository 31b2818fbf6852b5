package slo

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
)

// counts is an SLI that counts events: good over total, or 1 - bad over total.
//
// A counter that never had an event has no series, and an operation between a
// vector and nothing gives nothing: a service whose requests all fail would
// have no SLI at all. So every term that may be absent is taken as 0 as long as
// the total is there: (GOOD or TOTAL * 0) / TOTAL. Where such a 0 could as well
// be a misspelt name, proofs has the selectors that must exist to believe it.
type counts struct {
	num, total parser.Expr
	// bad says that num counts the bad events.
	bad bool
	// summed says that the sides are declared as counts of events, which may be
	// added up, and not as a ratio that has to be one series by itself.
	summed bool
	// sure says that num has series wherever the total has: its absence is a mistake,
	// and never 0.
	sure bool
}

// exact reports whether both sides can be counted over any window.
func (c counts) exact() bool {
	_, ok := promql.WindowAll(time.Hour, c.num, c.total)
	return ok
}

// mixesUnits reports whether one side counts per second and the other over a
// range, with no factor between them that could make up for it.
func (c counts) mixesUnits() bool {
	_, num := promql.Window(c.num, time.Hour)
	_, total := promql.Window(c.total, time.Hour)
	return num && total && !c.exact() && !hasFactor(c.num) && !hasFactor(c.total)
}

func hasFactor(expr parser.Expr) bool {
	found := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		e, ok := node.(*parser.BinaryExpr)
		found = found || ok && isScaled(e)
		return nil
	})
	return found
}

func (c counts) sli(look time.Duration) string {
	over, ok := c.over(look)
	if !ok {
		return ""
	}
	return over.ratio()
}

// over returns both sides over a window; false where they cannot be.
func (c counts) over(window time.Duration) (counts, bool) {
	over, ok := promql.WindowAll(window, c.num, c.total)
	if ok {
		c.num, c.total = over[0], over[1]
	}
	return c, ok
}

func (c counts) events(look time.Duration) string {
	over, _ := promql.WindowAll(look, c.total)
	if c.sure {
		over, _ = promql.WindowAll(look, c.total, c.num)
	}
	if len(over) == 0 {
		return ""
	}
	return counts{num: over[len(over)-1], total: over[0], bad: c.bad, summed: c.summed, sure: c.sure}.denominator()
}

// ratio prints the ratio with the ranges as they are.
func (c counts) ratio() string {
	ratio := c.numerator() + " / " + c.denominator()
	if c.bad {
		return "1 - " + ratio
	}
	return ratio
}

// numerator prints the good events, or the bad ones.
func (c counts) numerator() string {
	if h, ok := c.bucketed(); ok {
		return h.sum(h.bucket)
	}
	if c.sure {
		return c.fill(c.num, "")
	}
	return c.fill(c.num, c.zero())
}

// denominator prints the total. Of several terms each may be absent on its own.
func (c counts) denominator() string {
	if h, ok := c.bucketed(); ok {
		return h.sum(h.all)
	}
	if len(terms(c.total)) < 2 {
		return c.fill(c.total, "")
	}
	return c.fill(c.total, c.zero())
}

// zero prints an expression that is 0 where the total has any series, and is
// empty if absence cannot be told from something else.
func (c counts) zero() string {
	if !c.fillable() {
		return ""
	}
	var all []string
	for _, t := range terms(c.total) {
		all = append(all, c.term(t))
	}
	if len(all) == 1 {
		return all[0] + " * 0"
	}
	return "(" + strings.Join(all, " or ") + ") * 0"
}

// maxFilledTerms bounds the length of a question, which grows with the square of
// the number of terms: each of them is compared with all of the total's.
const maxFilledTerms = 20

// fillable reports whether the absence of each term means that its series have
// none, and 0 has the labels that the term would have.
func (c counts) fillable() bool {
	all := append(terms(c.num), terms(c.total)...)
	if len(all) > maxFilledTerms {
		return false
	}
	first, _ := grouping(all[0])
	for _, t := range all {
		g, ok := grouping(t)
		if !isPlainSum(t) || !c.summed && (!ok || g != first) {
			return false
		}
	}
	return true
}

// fill prints an expression with each of its terms as "term or zero".
func (c counts) fill(expr parser.Expr, zero string) string {
	e, ok := promql.Unwrap(expr).(*parser.BinaryExpr)
	switch {
	case ok && isSplit(e):
		return "(" + c.fill(e.LHS, zero) + " " + e.Op.String() + " " + c.fill(e.RHS, zero) + ")"
	case ok && isScaled(e) && isNumber(e.LHS):
		return "(" + e.LHS.String() + " " + e.Op.String() + " " + c.fill(e.RHS, zero) + ")"
	case ok && isScaled(e):
		return "(" + c.fill(e.LHS, zero) + " " + e.Op.String() + " " + e.RHS.String() + ")"
	case ok && isDefaulted(e):
		return c.fill(e.LHS, zero)
	case zero == "":
		return c.term(expr)
	default:
		return "(" + c.term(expr) + " or " + zero + ")"
	}
}

func (c counts) term(expr parser.Expr) string {
	expr = promql.Unwrap(expr)
	if agg, ok := expr.(*parser.AggregateExpr); ok && (!c.summed || agg.Op == parser.SUM && !agg.Without && len(agg.Grouping) == 0) {
		return agg.String()
	}
	if c.summed {
		return "sum(" + expr.String() + ")"
	}
	if _, ok := expr.(*parser.BinaryExpr); ok {
		return "(" + expr.String() + ")"
	}
	return expr.String()
}

// terms returns what an expression adds up.
func terms(expr parser.Expr) []parser.Expr {
	e, ok := promql.Unwrap(expr).(*parser.BinaryExpr)
	switch {
	case ok && isSplit(e):
		return append(terms(e.LHS), terms(e.RHS)...)
	case ok && isScaled(e) && isNumber(e.LHS):
		return terms(e.RHS)
	case ok && (isScaled(e) || isDefaulted(e)):
		return terms(e.LHS)
	default:
		return []parser.Expr{promql.Unwrap(expr)}
	}
}

// isSplit recognises a + b and a - b between vectors.
func isSplit(e *parser.BinaryExpr) bool {
	m := e.VectorMatching
	plain := m != nil && !m.On && len(m.MatchingLabels) == 0
	return (e.Op == parser.ADD || e.Op == parser.SUB) && isVector(e.LHS) && isVector(e.RHS) && plain
}

// isScaled recognises a vector times or by a number, on either side.
func isScaled(e *parser.BinaryExpr) bool {
	switch e.Op {
	case parser.MUL:
		return isVector(e.LHS) && isNumber(e.RHS) || isNumber(e.LHS) && isVector(e.RHS)
	case parser.DIV:
		return isVector(e.LHS) && isNumber(e.RHS)
	default:
		return false
	}
}

// isDefaulted recognises "or vector(0)". Our own zero takes its place: it is
// there only if the total is, and carries the service's label when many
// services are asked about together.
func isDefaulted(e *parser.BinaryExpr) bool {
	return e.Op == parser.LOR && promql.Unwrap(e.RHS).String() == "vector(0)"
}

func isVector(expr parser.Expr) bool { return expr.Type() == parser.ValueTypeVector }

func isNumber(expr parser.Expr) bool { return expr.Type() == parser.ValueTypeScalar }

// isPlainSum reports whether a term is absent only if its series are: a sum of
// rates of one selector.
func isPlainSum(expr parser.Expr) bool {
	switch e := promql.Unwrap(expr).(type) {
	case *parser.VectorSelector:
		return true
	case *parser.AggregateExpr:
		return e.Op == parser.SUM && isPlainSum(e.Expr)
	case *parser.Call:
		return slices.Contains([]string{"rate", "irate", "increase"}, e.Func.Name)
	default:
		return false
	}
}

// grouping returns the labels that a sum keeps.
func grouping(expr parser.Expr) (string, bool) {
	agg, ok := promql.Unwrap(expr).(*parser.AggregateExpr)
	if !ok || agg.Without {
		return "", false
	}
	return strings.Join(slices.Sorted(slices.Values(agg.Grouping)), ","), true
}

// absent is the SLI that comes out when the numerator has no series.
func (c counts) absent() float64 {
	if c.bad {
		return 1
	}
	return 0
}
