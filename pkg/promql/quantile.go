package promql

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// bucketSuffix ends the name of a classic histogram's bucket series.
const bucketSuffix = "_bucket"

// Histogram is the histogram that an expression reads.
type Histogram struct {
	// Base is the name without _bucket: the events are Base_count and
	// Base_bucket, or Base itself if the histogram is native.
	Base string
	// Native says that the name has no _bucket suffix.
	Native bool
	// Matchers are the selector's, without name and le.
	Matchers []*labels.Matcher
	// Q is the quantile, 0 if the expression is Bare.
	Q float64
	// Bare says that the expression is a selector that names the histogram, and
	// no quantile.
	Bare bool
	// MissingLe says that le is aggregated away, so that the server answers
	// nothing or nonsense.
	MissingLe bool
	// Start and End are the byte offsets of the quantile, or of the selector.
	Start, End int
}

// Quantile recognises histogram_quantile over one histogram, classic or native,
// and a plain selector that names one. It reports false for a quantile that is
// compared or computed with, for sums over anything but one selector, and for
// selectors at another time than now.
func Quantile(expr parser.Expr) (Histogram, bool) {
	switch e := Unwrap(expr).(type) {
	case *parser.VectorSelector:
		h, ok := newHistogram(e, e)
		h.Bare = true
		return h, ok
	case *parser.Call:
		return quantileCall(e)
	default:
		return Histogram{}, false
	}
}

func quantileCall(call *parser.Call) (Histogram, bool) {
	if call.Func.Name != "histogram_quantile" || len(call.Args) != 2 {
		return Histogram{}, false
	}
	q, ok := constant(call.Args[0])
	if !ok {
		return Histogram{}, false
	}
	vs, keepsLe, ok := bucketRates(call.Args[1])
	if !ok {
		return Histogram{}, false
	}
	h, ok := newHistogram(vs, call)
	h.Q = q
	h.MissingLe = !h.Native && !keepsLe
	return h, ok
}

// bucketRates follows sums down to the selector of a rate or increase and
// reports whether le is still there.
func bucketRates(expr parser.Expr) (vs *parser.VectorSelector, keepsLe, ok bool) {
	switch e := Unwrap(expr).(type) {
	case *parser.AggregateExpr:
		if e.Op != parser.SUM {
			return nil, false, false
		}
		vs, keepsLe, ok = bucketRates(e.Expr)
		listed := slices.Contains(e.Grouping, labels.BucketLabel)
		return vs, keepsLe && listed != e.Without, ok
	case *parser.Call:
		matrix, ok := eventRange(e)
		if !ok {
			return nil, false, false
		}
		vs, ok := matrix.VectorSelector.(*parser.VectorSelector)
		return vs, true, ok
	default:
		return nil, false, false
	}
}

func newHistogram(vs *parser.VectorSelector, node parser.Node) (Histogram, bool) {
	name, matchers := splitName(vs)
	base, classic := strings.CutSuffix(name, bucketSuffix)
	if base == "" || isMoved(vs) {
		return Histogram{}, false
	}
	matchers = slices.DeleteFunc(matchers, func(m *labels.Matcher) bool { return m.Name == labels.BucketLabel })
	pos := node.PositionRange()
	return Histogram{Base: base, Native: !classic, Matchers: matchers, Start: int(pos.Start), End: int(pos.End)}, true
}
