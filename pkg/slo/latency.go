package slo

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// boundaryLook is how far back bucket boundaries are looked for: long enough for
// a service that is down at this moment.
const boundaryLook = 24 * time.Hour

// histogram is a latency SLI whose bucket boundaries are not known yet.
type histogram struct {
	promql.Histogram
	owner owner
	// limit is the threshold in the histogram's unit.
	limit float64
	// threshold is the limit as people write it: 300ms.
	threshold string
}

// latency is the plan for the share of requests under a threshold.
func (o owner) latency(i spec.Indicator) (plan, problem) {
	expr, p := o.expression("latency_query", i.Query.V)
	if p != "" {
		return plan{}, p
	}
	h, ok := promql.Quantile(expr)
	switch {
	case !ok && quantileIn(expr) == "":
		if _, split := promql.Ratio(expr); split {
			return o.ratio(expr)
		}
	case ok && slices.ContainsFunc(h.Matchers, func(m *labels.Matcher) bool { return m.Name == "quantile" }):
		return plan{}, "the latency query reads a summary, whose quantiles cannot be turned into a share of requests: use a histogram, or metric: with threshold:"
	}
	if !ok {
		return plan{}, "the latency query is no histogram_quantile over the rate of one histogram, so the requests under the threshold cannot be counted: write histogram_quantile(0.99, sum by (le) (rate(NAME_bucket[5m]))), or good_query: and total_query:"
	}
	if i.Threshold.V <= 0 || math.IsInf(i.Threshold.V, 0) || math.IsNaN(i.Threshold.V) {
		return plan{}, "the latency SLO has no threshold to count requests under: add threshold_ms:"
	}
	hist := &histogram{Histogram: h, owner: o, limit: times(i.Threshold.V, perSecond(h.Base)), threshold: milliseconds(i.Threshold.V)}
	out := plan{method: methodEvents, histogram: hist, absent: never, total: []promql.Selector{hist.selector("_count")}}
	switch {
	case h.Native && !h.Bare:
		return out.native(), ""
	case h.Native:
		out.total = append(out.total, hist.selector(""))
	}
	return out, ""
}

// times multiplies a number as it is printed. In floats 0.4232 s are not 423.2 ms, and
// no bucket has the boundary that they come to.
func times(seconds float64, units int64) float64 {
	r, ok := new(big.Rat).SetString(decimal(seconds))
	if !ok {
		return seconds * float64(units)
	}
	f, _ := r.Mul(r, new(big.Rat).SetInt64(units)).Float64()
	return f
}

// perSecond returns how many of a histogram's units are a second, by the suffix
// of its name. Prometheus's own convention is seconds.
func perSecond(name string) int64 {
	for suffix, n := range map[string]int64{
		"_milliseconds": 1e3, "_millis": 1e3, "_ms": 1e3, "_microseconds": 1e6, "_us": 1e6, "_nanoseconds": 1e9, "_ns": 1e9,
	} {
		if strings.HasSuffix(name, suffix) {
			return n
		}
	}
	return 1
}

func milliseconds(seconds float64) string {
	return strconv.FormatFloat(seconds*1000, 'g', 12, 64) + "ms"
}

// selector returns the selector of the histogram's series with the suffix and
// further matchers.
func (h *histogram) selector(suffix string, more ...*labels.Matcher) promql.Selector {
	return promql.Selector{Name: h.Base + suffix, Matchers: append(slices.Clone(h.Matchers), more...)}
}

// boundaries prints the question for the bucket boundaries: how many series have
// each of them.
func (h *histogram) boundaries(window time.Duration) string {
	return fmt.Sprintf("count by (le) (present_over_time(%s[%s]))", h.selector("_bucket"), promql.Duration(min(window, boundaryLook)))
}

// native turns the plan into one over a native histogram.
func (p plan) native() plan {
	h := p.histogram
	p.indicator, p.histogram, p.total = nativeShare{h}, nil, []promql.Selector{h.selector("")}
	return p
}

// nativeShare is the share of a native histogram's observations up to the limit.
type nativeShare struct{ *histogram }

func (n nativeShare) sli(look time.Duration) string {
	return fmt.Sprintf("histogram_fraction(0, %s, %s)", decimal(n.limit), n.growth(look))
}

func (n nativeShare) events(look time.Duration) string {
	return fmt.Sprintf("histogram_count(%s)", n.growth(look))
}

func (n nativeShare) growth(look time.Duration) string {
	return fmt.Sprintf("sum(increase(%s[%s]))", n.selector(""), promql.Duration(look))
}

// classic turns the plan into one over the buckets of a classic histogram, once
// the boundaries are known: how many series have each le.
func (p plan) classic(found map[string]float64) (plan, problem) {
	h := p.histogram
	les, boundary, common, problem := h.choose(found)
	if problem != "" {
		return plan{}, problem
	}
	le := labels.MustNewMatcher(labels.MatchRegexp, labels.BucketLabel, alternation(les))
	if len(les) == 1 {
		le = labels.MustNewMatcher(labels.MatchEqual, labels.BucketLabel, les[0])
	}
	good, p1 := h.owner.expression("latency_query", fmt.Sprintf("sum(increase(%s[5m]))", h.selector("_bucket", le)))
	total, p2 := h.owner.expression("latency_query", fmt.Sprintf("sum(increase(%s[5m]))", h.selector("_count")))
	if p1 != "" || p2 != "" {
		return plan{}, p1 + p2
	}
	// Requests of series without the boundary are neither good nor bad, as in what is
	// recorded.
	out, problem := h.owner.counting(counts{num: good, total: total, summed: true, sure: !common})
	out.filters = nil // the boundaries were found under the same matchers
	out.layout = &layout{histogram: h, le: le}
	if boundary == h.limit {
		return out, problem
	}
	note := report.Reason{Code: report.NoteBoundary, Text: fmt.Sprintf("the threshold is %s, the next bucket boundary of %s at or above it is %s: requests up to there count as good", h.threshold, h.Base, les[0])}
	if boundary > farBoundary*h.limit {
		note.Code = report.NoteFarBoundary
		note.Text += fmt.Sprintf(", which is %s times as long; add a bucket at the threshold", report.Decimal(boundary/h.limit, 1))
	}
	out.notes = append(out.notes, note)
	return out, problem
}

// farBoundary is from which multiple of the threshold on a bucket boundary says
// little about it.
const farBoundary = 1.5

// choose picks the smallest boundary at or above the limit, preferably one that
// all series have: pods of two versions may differ in their buckets. It returns
// every spelling of that boundary, and whether all series have it.
func (h *histogram) choose(found map[string]float64) (les []string, boundary float64, common bool, _ problem) {
	count := map[float64]float64{}
	spelled := map[float64][]string{}
	for le, n := range found {
		v, err := strconv.ParseFloat(le, 64)
		if err != nil || math.IsNaN(v) {
			continue
		}
		count[v] += n
		spelled[v] = append(spelled[v], le)
	}
	var all, finite []float64
	most := 0.0
	for v, n := range count {
		most = max(most, n)
		if !math.IsInf(v, 0) {
			finite = append(finite, v)
		}
	}
	slices.Sort(finite)
	above := slices.DeleteFunc(slices.Clone(finite), func(v float64) bool { return v < h.limit-h.limit*1e-12 })
	for _, v := range above {
		if count[v] >= most {
			all = append(all, v)
		}
	}
	above = slices.Concat(all, above)
	switch {
	case len(finite) == 0:
		return nil, 0, false, problem(fmt.Sprintf("%s_bucket has no finite bucket boundary, so no requests can be counted under %s", h.Base, h.threshold))
	case len(above) == 0:
		return nil, 0, false, problem(fmt.Sprintf("the threshold %s lies above the largest bucket boundary of %s, le=%q: add a larger bucket or lower threshold_ms",
			h.threshold, h.Base, spelled[finite[len(finite)-1]][0]))
	}
	boundary = above[0]
	les = spellings(boundary, spelled[boundary])
	if math.Abs(boundary-h.limit) <= h.limit*1e-12 {
		boundary = h.limit
	}
	return les, boundary, len(all) > 0, ""
}

// spellings returns the ways in which a boundary is written. Prometheus 3 writes
// 1.0 for what was 1 before, and a window may hold both.
func spellings(boundary float64, found []string) []string {
	all := slices.Clone(found)
	if boundary == math.Trunc(boundary) && boundary < 1e6 {
		plain := strconv.FormatFloat(boundary, 'f', -1, 64)
		all = append(all, plain, plain+".0")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// alternation returns the regular expression that matches exactly the texts.
func alternation(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = regexp.QuoteMeta(t)
	}
	return strings.Join(quoted, "|")
}
