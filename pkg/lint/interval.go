package lint

import (
	"math"
	"strconv"

	"github.com/prometheus/prometheus/promql/parser"
)

// interval is the values that a comparison lets through.
type interval struct {
	low, high         float64
	lowOpen, highOpen bool
	not               []float64
	// numbers is set where NaN is left out, as every comparison but != does.
	numbers bool
}

func everything() interval { return interval{low: math.Inf(-1), high: math.Inf(1)} }

// intervalOf returns the values x for which x op v holds.
func intervalOf(op parser.ItemType, v float64) interval {
	in := everything()
	in.numbers = op != parser.NEQ
	switch op {
	case parser.GTR:
		in.low, in.lowOpen = v, true
	case parser.GTE:
		in.low = v
	case parser.LSS:
		in.high, in.highOpen = v, true
	case parser.LTE:
		in.high = v
	case parser.EQLC:
		in.low, in.high = v, v
	case parser.NEQ:
		in.not = []float64{v}
	}
	return in
}

// mirrored returns the operator for the operands swapped: 5 < x is x > 5.
func mirrored(op parser.ItemType) parser.ItemType {
	switch op {
	case parser.GTR:
		return parser.LSS
	case parser.GTE:
		return parser.LTE
	case parser.LSS:
		return parser.GTR
	case parser.LTE:
		return parser.GTE
	}
	return op
}

func (i interval) and(o interval) interval {
	if o.low > i.low || o.low == i.low && o.lowOpen {
		i.low, i.lowOpen = o.low, o.lowOpen
	}
	if o.high < i.high || o.high == i.high && o.highOpen {
		i.high, i.highOpen = o.high, o.highOpen
	}
	i.numbers = i.numbers || o.numbers
	i.not = append(i.not[:len(i.not):len(i.not)], o.not...)
	return i
}

// holds reports whether the interval has all values of another one, NaN among them.
func (i interval) holds(o interval) bool {
	if i.numbers && !o.numbers {
		return false
	}
	for _, n := range i.not {
		if o.has(n) {
			return false
		}
	}
	return i.and(interval{low: o.low, high: o.high, lowOpen: o.lowOpen, highOpen: o.highOpen}).sameBounds(o)
}

func (i interval) sameBounds(o interval) bool {
	return i.low == o.low && i.high == o.high && i.lowOpen == o.lowOpen && i.highOpen == o.highOpen
}

func (i interval) has(v float64) bool {
	for _, n := range i.not {
		if n == v {
			return false
		}
	}
	above := v > i.low || v == i.low && !i.lowOpen
	below := v < i.high || v == i.high && !i.highOpen
	return above && below
}

// all reports whether nothing is known about the values.
func (i interval) all() bool { return math.IsInf(i.low, -1) && math.IsInf(i.high, 1) }

// String says what the values are, as in "always 1 or more".
func (i interval) String() string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	switch {
	case i.low == i.high:
		return "always " + number(i.low)
	case math.IsInf(i.high, 1):
		return "always " + number(i.low) + " or more"
	case math.IsInf(i.low, -1):
		return "always " + number(i.high) + " or less"
	}
	return "always from " + number(i.low) + " to " + number(i.high)
}

func (i interval) empty() bool {
	if i.low == i.high {
		return !i.has(i.low)
	}
	return i.low > i.high
}
