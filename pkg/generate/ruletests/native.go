package ruletests

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
)

// native is an SLI from a native histogram: observations in a bucket below the limit,
// and in one above it.
type native struct {
	labels labels.Labels
	// low is the index of the bucket below, gap how many buckets lie between.
	low, gap int
	decoys   []decoy
	selectors
}

func histogramSeries(s promql.Selector, limit float64) (imitation, string) {
	lset, ok := assign(s)
	if !ok || limit <= 0 {
		return nil, "no series was found that its query reads"
	}
	// A bucket of schema 0 with the index i ends at 2^i, which belongs to it.
	low := int(math.Floor(math.Log2(limit)))
	for math.Ldexp(1, low) > limit {
		low--
	}
	high := low + 1
	for math.Ldexp(1, high-1) < limit {
		high++
	}
	return native{labels: lset, low: low, gap: high - low - 1, decoys: strangers([]labels.Labels{lset}, selectors{s}), selectors: selectors{s}}, ""
}

func (n native) series(c course) []series {
	out := []series{{Series: notation(n.labels), Values: n.histograms(c)}}
	for _, d := range n.decoys {
		busy := course{stretches: slices.Clone(c.stretches)}
		for i := range busy.stretches {
			busy.stretches[i] = stretch{minutes: c.stretches[i].minutes, good: 7000, bad: 7000}
		}
		out = append(out, series{Series: d.text, Values: n.histograms(busy)})
	}
	return out
}

func (n native) recorded(c course, at int, w time.Duration) (total, bad float64, ok bool) {
	good, bad, ok := c.increase(at, w)
	return good + bad, bad, ok
}

func (n native) manner() manner { return manner{scale: 1} }

func (n native) metrics() []labels.Labels { return append(labelsOf(n.decoys), n.labels) }

// histograms prints the histogram at each sample.
func (n native) histograms(c course) string {
	good, bad := float64(base), float64(base)
	return c.values(func(s stretch, minutes int) (string, string) {
		good, bad = good+s.good*float64(minutes), bad+s.bad*float64(minutes)
		if s.resets {
			good, bad = 0, 0
		}
		if s.good+s.bad == 0 {
			return n.histogram(good, bad), ""
		}
		return n.histogram(good, bad), "+" + n.histogram(s.good, s.bad)
	})
}

func (n native) histogram(good, bad float64) string {
	count := decimal(good + bad)
	return "{{schema:0 sum:" + count + " count:" + count + " offset:" + strconv.Itoa(n.low) + " buckets:[" + decimal(good) + strings.Repeat(" 0", n.gap) + " " + decimal(bad) + "]}}"
}
