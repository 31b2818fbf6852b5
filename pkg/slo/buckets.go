package slo

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/spec"
)

// Buckets are those of the classic histogram that a latency SLO counts requests with.
type Buckets struct {
	histogram *histogram
	name      string
}

// BucketsOf returns the buckets that an SLO reads; false for one that reads none. The
// label holds a service's name in its series.
func BucketsOf(service *spec.Service, s spec.SLO, label string) (Buckets, bool) {
	p, problem := owner{name: service.Name.V, label: label}.resolve(s.Indicator, service.Type.V)
	return Buckets{p.histogram, s.Name.V}, problem == "" && p.histogram != nil
}

// Question asks which boundaries the buckets have.
func (b Buckets) Question(id string) Question {
	label := b.histogram.owner.label
	expr := b.histogram.boundaries(boundaryLook)
	return Question{ID: id, Expr: expr, Label: label, Value: serviceIn(expr, label)}
}

// Fault says that the threshold is none of the boundaries, and what to do about it.
// Rules name the bucket that they read, so that they would count no request as good.
// It is empty where the boundary is there, or the server knows none.
func (b Buckets) Fault(a Answer) (message, fix string) {
	if a.Err != nil || len(a.Warnings) > 0 {
		return "", ""
	}
	h := b.histogram
	below, above := math.Inf(-1), math.Inf(1)
	for _, s := range a.Samples {
		v, err := strconv.ParseFloat(s.Labels.Get(labels.BucketLabel), 64)
		switch {
		case err != nil || math.IsInf(v, 0) || math.IsNaN(v):
		case math.Abs(v-h.limit) <= h.limit*1e-12:
			return "", ""
		case v < h.limit:
			below = max(below, v)
		default:
			above = min(above, v)
		}
	}
	near := h.near(below, above)
	if len(near) == 0 {
		return "", ""
	}
	are := "the nearest one is "
	if len(near) > 1 {
		are = "the nearest ones are "
	}
	return fmt.Sprintf("the threshold %s of the SLO %s is no bucket boundary of %s, so that its rules would count no request as good; %s",
		h.threshold, b.name, h.Base, are+strings.Join(near, " and ")), "set threshold_ms to a boundary, or add a bucket at " + h.threshold
}

// bucketOf returns the bucket that a side counts by, if it is sure to be there when
// the total is: it is one of the same series, with nothing but a boundary of its own.
func bucketOf(c counts) (promql.Selector, bool) {
	num, total := promql.Selectors(c.num), promql.Selectors(c.total)
	if len(num) != 1 || len(total) != 1 {
		return promql.Selector{}, false
	}
	bucket, all := num[0], total[0]
	base, is := strings.CutSuffix(bucket.Name, "_bucket")
	if !is || bucket.Matcher(labels.BucketLabel) == nil || all.Name != base+"_count" && all.Name != bucket.Name {
		return promql.Selector{}, false
	}
	return bucket, outcomes(bucket) == outcomes(all)
}

// outcomes prints the matchers that pick series of a histogram, without its bounds.
func outcomes(s promql.Selector) string {
	var texts []string
	for _, m := range s.Matchers {
		if m.Name != labels.BucketLabel && m.Name != model.MetricNameLabel {
			texts = append(texts, m.String())
		}
	}
	slices.Sort(texts)
	return strings.Join(texts, ",")
}

// near are the boundaries that there are of two, as people write them.
func (h *histogram) near(boundaries ...float64) []string {
	var out []string
	for _, v := range boundaries {
		if !math.IsInf(v, 0) {
			out = append(out, milliseconds(v/float64(perSecond(h.Base))))
		}
	}
	return out
}
