package slo

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
)

// bucketed are requests of a histogram and those of one of its buckets, series by
// series. A pod of a version with other boundaries has requests of which nobody knows
// whether they were slow: they are neither good nor bad. So only series count that had
// the bucket for all of the window.
type bucketed struct {
	// all and bucket print how much the series grew, had which of them had the bucket.
	all, bucket, had string
}

// enoughSamples is the share of a series' samples that its bucket must have. Both are
// scraped at once, but a storage that puts replicas together may lose one of many.
const enoughSamples = "0.99"

// bucketed takes the sides apart; false unless the numerator is a bucket of the total,
// and both are plain sums.
func (c counts) bucketed() (bucketed, bool) {
	all, ok1 := growth(c.total)
	bucket, ok2 := growth(c.num)
	if !c.sure || !ok1 || !ok2 {
		return bucketed{}, false
	}
	samples := func(of *parser.Call) string { return "count_over_time(" + of.Args[0].String() + ")" }
	each := func(text string) string { return text }
	if le := promql.Selectors(bucket)[0].Matcher(labels.BucketLabel); le.Type != labels.MatchEqual {
		// A boundary that was 1 and is 1.0 now is two series of one bucket.
		each = func(text string) string { return "sum without (" + labels.BucketLabel + ") (" + text + ")" }
	}
	return bucketed{
		all: all.String(), bucket: each(bucket.String()),
		had: each(samples(bucket)) + " >= ignoring (" + labels.BucketLabel + ") " + enoughSamples + " * " + samples(all),
	}, true
}

// sum adds up an expression over the series that had the bucket.
func (b bucketed) sum(expr string) string {
	return "sum(" + expr + " and ignoring (" + labels.BucketLabel + ") (" + b.had + "))"
}

// growth returns the growth of single series that a sum without labels adds up.
func growth(expr parser.Expr) (*parser.Call, bool) {
	expr = promql.Unwrap(expr)
	if agg, ok := expr.(*parser.AggregateExpr); ok && agg.Op == parser.SUM {
		expr = promql.Unwrap(agg.Expr)
	}
	call, ok := expr.(*parser.Call)
	return call, ok && isPlainSum(call)
}
