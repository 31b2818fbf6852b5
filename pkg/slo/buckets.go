package slo

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

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
