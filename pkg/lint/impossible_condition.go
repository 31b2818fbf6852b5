package lint

import (
	"math"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// conditions finds comparisons of one expression that never hold, alone or together.
type conditions struct {
	e   *Expr
	add addFunc
	// seen are the operations that were looked at together with others.
	seen map[parser.Expr]bool
	// joins are those and that join each series with itself, beside those that match by
	// all labels.
	joins map[*parser.BinaryExpr]bool
}

// joinsItself reports whether a series of one side is matched with the one of the same
// labels on the other side and with no other one.
func joinsItself(m *parser.VectorMatching, left, right labelSet) bool {
	whole := func(s labelSet) bool {
		return s.closed && !slices.ContainsFunc(s.names, func(l string) bool { return !matches(m, l) })
	}
	return len(m.MatchingLabels) == 0 && !m.On || whole(left) && whole(right)
}

// look finds x > 5 and x < 3, count(x) < 1, x > Inf, constants that do not fulfil their
// comparison, and x > 5 unless x > 1.
func (c conditions) look(n *parser.BinaryExpr) {
	if n.Op == parser.LUNLESS {
		c.unless(n)
		return
	}
	if c.seen[n] {
		return
	}
	if n.Op.IsComparisonOperator() && !n.ReturnBool && neverTrue(n) {
		c.add(n, "this comparison of constants is never true", "compare a metric")
		return
	}
	all := c.conjuncts(n, nil)
	for _, cond := range all {
		if c.beyond(cond) {
			return
		}
	}
	side, values := c.contradiction(all)
	if side == nil {
		return
	}
	text := c.text(side)
	if values.all() {
		c.add(n, "no value of "+text+" fulfils all of these conditions", "join the conditions with or, or correct the numbers")
		return
	}
	fix := "correct the number or the operator"
	if values.low == 1 && math.IsInf(values.high, 1) {
		fix = "a count of nothing is no series, and not 0: use absent(...), or write or vector(0) behind the count"
	}
	c.add(n, text+" is "+values.String()+", so this is never true", fix)
}

// text returns an expression as it is written, on one line and not too long.
func (c conditions) text(n parser.Node) string {
	return report.Clip(strings.Join(strings.Fields(c.e.source(n)), " "), 60)
}

// beyond finds comparisons with a number that no value fulfils: x > Inf and x == NaN.
// Only x != x finds what is not a number.
func (c conditions) beyond(cond parser.Expr) bool {
	for {
		n, ok := promql.Unwrap(cond).(*parser.BinaryExpr)
		if !ok {
			return false
		}
		next, in, ok := bound(n)
		if !ok {
			return false
		}
		switch {
		case math.IsNaN(in.low) || math.IsNaN(in.high):
			c.add(n, "no value compares with NaN, and NaN is not equal to itself either", "to find NaN write "+c.text(next)+" != "+c.text(next))
			return true
		case in.empty() && in.lowOpen:
			c.add(n, "no value is greater than Inf", "write == Inf to find infinite values, or correct the number")
			return true
		case in.empty() && in.highOpen:
			c.add(n, "no value is less than -Inf", "write == -Inf to find infinite values, or correct the number")
			return true
		}
		cond = next
	}
}

// contradiction returns the first expression whose conditions cannot hold
// together, or nil, and the values of the expression that make it so: all when
// the conditions contradict each other.
func (c conditions) contradiction(all []parser.Expr) (parser.Expr, interval) {
	bounds := map[string]interval{}
	for _, cond := range all {
		side, in := c.read(cond)
		if side == nil {
			continue
		}
		key := c.e.source(side)
		if before, ok := bounds[key]; ok {
			in = in.and(before)
		}
		bounds[key] = in
		if in.empty() {
			return side, everything()
		}
		if values := valuesOf(c.e, side, valueLevels); in.and(values).empty() {
			return side, values
		}
	}
	return nil, everything()
}

// conjuncts returns the conditions that and joins, each of which must hold for
// the same series.
func (c conditions) conjuncts(n parser.Expr, out []parser.Expr) []parser.Expr {
	switch e := n.(type) {
	case *parser.ParenExpr:
		return c.conjuncts(e.Expr, out)
	case *parser.BinaryExpr:
		if c.joins[e] {
			c.seen[e] = true
			return c.conjuncts(e.RHS, c.conjuncts(e.LHS, out))
		}
	}
	return append(out, n)
}

// read takes a comparison with a number, or a chain of them, as the expression compared
// and the values that are let through. The expression is nil for any other condition.
func (c conditions) read(n parser.Expr) (side parser.Expr, in interval) {
	in = everything()
	for {
		n = promql.Unwrap(n)
		e, ok := n.(*parser.BinaryExpr)
		if !ok {
			return side, in
		}
		next, more, ok := bound(e)
		if !ok {
			return side, in
		}
		c.seen[e] = true
		side, n, in = promql.Unwrap(next), next, in.and(more)
	}
}

// unless finds x > 5 unless x > 1, which leaves nothing: each series of the left side
// is one of the right side, and matches itself by whatever labels.
func (c conditions) unless(n *parser.BinaryExpr) {
	if m := n.VectorMatching; m.FillValues.LHS != nil || m.FillValues.RHS != nil {
		return
	}
	alone := conditions{e: c.e, seen: map[parser.Expr]bool{}} // both sides are still looked at
	part := func(side parser.Expr) (string, interval) {
		of, in := alone.read(side)
		if of == nil {
			of = promql.Unwrap(side)
		}
		return c.e.source(of), in
	}
	left, inLeft := part(n.LHS)
	right, inRight := part(n.RHS)
	if left == right && inRight.holds(inLeft) {
		c.add(n, "unless leaves nothing: whatever fulfils the left side fulfils the right side", "compare another metric or another number on the right side")
	}
}

// bound reads one comparison with a number.
func bound(e *parser.BinaryExpr) (side parser.Expr, in interval, ok bool) {
	if !e.Op.IsComparisonOperator() || e.ReturnBool {
		return nil, in, false
	}
	if v, ok := constant(e.RHS); ok {
		return e.LHS, intervalOf(e.Op, v), true
	}
	if v, ok := constant(e.LHS); ok {
		return e.RHS, intervalOf(mirrored(e.Op), v), true
	}
	return nil, in, false
}

// neverTrue reports whether vector(1) > 2 and the like is false.
func neverTrue(n *parser.BinaryExpr) bool {
	side, in, ok := bound(n)
	if !ok {
		return false
	}
	call, ok := promql.Unwrap(side).(*parser.Call)
	if !ok || call.Func.Name != "vector" {
		return false
	}
	v, ok := constant(call.Args[0])
	return ok && !in.has(v)
}
