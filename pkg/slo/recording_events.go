package slo

import (
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
)

// Term is a part of a count of events: the growth of the counters that a selector
// names, times a factor, which is negative for what is taken off.
type Term struct {
	Selector promql.Selector
	Factor   float64
}

// Counters are the two sides of an SLI that counts events.
type Counters struct {
	// Num adds up to the good events, or to the bad ones where Bad is set; Total
	// to all events.
	Num, Total []Term
	Bad        bool
}

// Counters returns what the SLI adds up. It is false for an SLI that does not count
// events with counters of its own, or not as a plain sum of them.
func (r Recording) Counters() (Counters, bool) {
	c, ok := r.indicator.(counts)
	if !ok || !c.fillable() {
		return Counters{}, false
	}
	num, ok1 := linear(c.num, 1)
	total, ok2 := linear(c.total, 1)
	return Counters{Num: num, Total: total, Bad: c.bad}, ok1 && ok2
}

// linear takes a sum apart.
func linear(expr parser.Expr, factor float64) ([]Term, bool) {
	e, ok := promql.Unwrap(expr).(*parser.BinaryExpr)
	switch {
	case ok && isSplit(e):
		left, ok1 := linear(e.LHS, factor)
		right, ok2 := linear(e.RHS, map[bool]float64{true: -factor, false: factor}[e.Op == parser.SUB])
		return append(left, right...), ok1 && ok2
	case ok && isScaled(e) && isNumber(e.LHS):
		by, known := fixed(e.LHS)
		terms, ok := linear(e.RHS, factor*by)
		return terms, ok && known
	case ok && isScaled(e):
		by, known := fixed(e.RHS)
		if e.Op == parser.DIV {
			by = 1 / by
		}
		terms, ok := linear(e.LHS, factor*by)
		return terms, ok && known
	case ok && isDefaulted(e):
		return linear(e.LHS, factor)
	}
	found := promql.Selectors(expr)
	if len(found) != 1 || found[0].Name == "" || factor-factor != 0 {
		return nil, false
	}
	return []Term{{Selector: found[0], Factor: factor}}, true
}

// Histogram returns the selector of the native histogram that the SLI is taken from,
// and the largest observation that is good, in the histogram's unit; false for any
// other SLI.
func (r Recording) Histogram() (series promql.Selector, limit float64, ok bool) {
	n, ok := r.indicator.(nativeShare)
	if !ok {
		return promql.Selector{}, 0, false
	}
	return n.selector(""), n.limit, true
}

// Gauge is an SLI that is the value of an expression at each moment.
type Gauge struct {
	Expr parser.Expr
	// Op and Limit say when the time is good: <=, <, >= or > of a limit. Without an
	// Op the value itself is the share of good events, from 0 to 1.
	Op    string
	Limit float64
}

// Gauge returns the expression of an SLI that does not count events; false for one
// that does.
func (r Recording) Gauge() (Gauge, bool) {
	switch i := r.indicator.(type) {
	case share:
		return Gauge{Expr: i.metric, Op: i.op, Limit: i.limit}, true
	case average:
		return Gauge{Expr: i.ratio}, i.ratio != nil
	}
	return Gauge{}, false
}
