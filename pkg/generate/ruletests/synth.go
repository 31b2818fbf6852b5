package ruletests

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/slo"
)

// imitation makes the series of an SLI in the course of a test.
type imitation interface {
	// series are those of the SLO, and others beside them that do not count.
	series(c course) []series
	// recorded is what comes of them in a window at the end of the course; false when
	// there is nothing.
	recorded(c course, at int, w time.Duration) (total, bad float64, ok bool)
	// metrics are the label sets of all series.
	metrics() []labels.Labels
	// reads reports whether the SLI reads a series.
	reads(lset labels.Labels) bool
}

// synthesise finds series that imitate the metrics of an SLI, or says why there are
// none.
func synthesise(r slo.Recording) (imitation, string) {
	if c, ok := r.Counters(); ok {
		return counterSeries(c)
	}
	if s, limit, ok := r.Histogram(); ok {
		return histogramSeries(s, limit)
	}
	if g, ok := r.Gauge(); ok {
		return gaugeSeries(g)
	}
	return nil, "its queries are no plain sums of counters, so that nobody knows which series would give which value"
}

// notation prints labels as people write a series.
func notation(lset labels.Labels) string {
	s := promql.Selector{Name: lset.Get(model.MetricNameLabel)}
	lset.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel {
			// It is printed and never asked, so that it needs no check.
			s.Matchers = append(s.Matchers, &labels.Matcher{Type: labels.MatchEqual, Name: l.Name, Value: l.Value})
		}
	})
	return s.String()
}

// events are the counters of an SLI, sorted by their labels.
type events struct {
	growers []grower
	// scale is how many events are counted for each of a course, so that counters
	// grow by whole numbers.
	scale  float64
	decoys []labels.Labels
	selectors
}

// grower is a series that grows with events.
type grower struct {
	labels labels.Labels
	// good and bad are by how much it grows with each event of the kind.
	good, bad float64
}

// kind is one kind of event.
type kind struct {
	series []candidate
	// by is how many events one increment of all series stands for.
	by float64
}

// series splits the rate into good and bad events. A kind that does not happen has
// no series, as a counter that nobody ever increased, but for buckets: those of a
// histogram come together. Without traffic all counters stand still.
func (e events) series(c course) []series {
	good, bad := c.between(0, c.minutes())
	var out []series
	for _, g := range e.growers {
		if grows := g.good*good + g.bad*bad; grows > 0 || good+bad == 0 || g.labels.Has(model.BucketLabel) {
			out = append(out, series{Series: notation(g.labels), Values: c.counter(g.good*e.scale, g.bad*e.scale)})
		}
	}
	return append(out, others(c, e.decoys)...)
}

// others are series of others, which have many events all the time.
func others(c course, decoys []labels.Labels) []series {
	var out []series
	for _, lset := range decoys {
		out = append(out, series{Series: notation(lset), Values: c.busy()})
	}
	return out
}

func (e events) recorded(c course, at int, w time.Duration) (total, bad float64, ok bool) {
	good, bad, ok := c.increase(at, w)
	return (good + bad) * e.scale, bad * e.scale, ok
}

func (e events) metrics() []labels.Labels {
	out := slices.Clone(e.decoys)
	for _, g := range e.growers {
		out = append(out, g.labels)
	}
	return out
}

// newEvents takes the series of both kinds together. The increments of a candidate
// are split between its spellings.
func newEvents(good, bad kind) events {
	out := events{scale: 1}
	add := func(k kind, side func(*grower) *float64) {
		for _, c := range k.series {
			each := k.by * float64(len(c.spellings))
			if each > 1 && each == math.Trunc(each) && math.Mod(out.scale, each) != 0 {
				out.scale *= each
			}
			for _, lset := range c.spellings {
				i := slices.IndexFunc(out.growers, func(g grower) bool { return labels.Equal(g.labels, lset) })
				if i < 0 {
					i, out.growers = len(out.growers), append(out.growers, grower{labels: lset})
				}
				*side(&out.growers[i]) += 1 / each
			}
		}
	}
	add(good, func(g *grower) *float64 { return &g.good })
	add(bad, func(g *grower) *float64 { return &g.bad })
	slices.SortFunc(out.growers, func(a, b grower) int { return labels.Compare(a.labels, b.labels) })
	return out
}

// strangers are series that differ from one of an SLI by one label, and that none of
// its selectors matches: those of another service, of another route, of a bound that
// is not the threshold.
func strangers(of []labels.Labels, own selectors) []labels.Labels {
	var out []labels.Labels
	for _, lset := range of {
		lset.Range(func(l labels.Label) {
			other := "other"
			switch l.Name {
			case model.MetricNameLabel:
				return
			case model.BucketLabel:
				other = "+Inf"
			}
			changed := labels.NewBuilder(lset).Set(l.Name, other).Labels()
			if !own.reads(changed) && !slices.ContainsFunc(out, func(o labels.Labels) bool { return labels.Equal(o, changed) }) {
				out = append(out, changed)
			}
		})
	}
	return out
}

// counterSeries finds series whose increments are good and bad events.
func counterSeries(c slo.Counters) (imitation, string) {
	all, why := candidates(c)
	if why != "" {
		return nil, why
	}
	good, ok := combine(all, !c.Bad)
	if !ok {
		return nil, "no series were found that its queries count as good events"
	}
	bad, ok := combine(all, c.Bad)
	if !ok {
		return nil, "no series were found that its queries count as bad events"
	}
	out := newEvents(good, bad)
	for _, t := range slices.Concat(c.Num, c.Total) {
		out.selectors = append(out.selectors, t.Selector)
	}
	out.decoys = strangers(out.metrics(), out.selectors)
	return out, ""
}

// combine finds one or two series that count in the total, and in the numerator as
// much or not at all.
func combine(all []candidate, inNum bool) (kind, bool) {
	fits := func(num, total float64) bool {
		want := 0.0
		if inNum {
			want = total
		}
		return total > 0 && math.Abs(num-want) <= 1e-9*total
	}
	for _, c := range all {
		if fits(c.num, c.total) {
			return kind{[]candidate{c}, c.total}, true
		}
	}
	for i, c := range all {
		for _, d := range all[i+1:] {
			if fits(c.num+d.num, c.total+d.total) {
				return kind{[]candidate{c, d}, c.total + d.total}, true
			}
		}
	}
	return kind{}, false
}

// native is an SLI from a native histogram: observations in a bucket below the limit,
// and in one above it.
type native struct {
	labels labels.Labels
	// low is the index of the bucket below, gap how many buckets lie between.
	low, gap int
	decoys   []labels.Labels
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
	out := []series{{notation(n.labels), n.histograms(c)}}
	for _, lset := range n.decoys {
		busy := course{stretches: slices.Clone(c.stretches)}
		for i := range busy.stretches {
			busy.stretches[i] = stretch{minutes: c.stretches[i].minutes, good: 7000, bad: 7000}
		}
		out = append(out, series{notation(lset), n.histograms(busy)})
	}
	return out
}

func (n native) recorded(c course, at int, w time.Duration) (total, bad float64, ok bool) {
	good, bad, ok := c.increase(at, w)
	return good + bad, bad, ok
}

func (n native) metrics() []labels.Labels { return append([]labels.Labels{n.labels}, n.decoys...) }

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

// gauge is an SLI that is read from one gauge, or from how fast one counter grows.
type gauge struct {
	labels labels.Labels
	// good and bad are values on either side of the limit; of a ratio 1 and 0.
	good, bad float64
	ratio     bool
	// grows is how long a counter grows by the value; 0 for a gauge.
	grows time.Duration
	// ranged says that the query looks back, so that what was a minute ago is still in
	// its value.
	ranged bool
	decoys []labels.Labels
	selectors
}

// selectors are those of an SLI.
type selectors []promql.Selector

func (s selectors) reads(lset labels.Labels) bool {
	return slices.ContainsFunc(s, func(one promql.Selector) bool {
		return one.Name == lset.Get(model.MetricNameLabel) && matches(one, lset)
	})
}

func gaugeSeries(g slo.Gauge) (imitation, string) {
	s, ok := passed(g.Expr)
	if !ok {
		return nil, "its query is more than the value of one metric, so that nobody knows which series would give which value"
	}
	lset, ok := assign(s)
	if !ok {
		return nil, "no series was found that its query reads"
	}
	out := gauge{labels: lset, good: 1, ratio: g.Op == "", decoys: strangers([]labels.Labels{lset}, selectors{s}), selectors: selectors{s}}
	out.ranged = s.Range > 0
	switch s.Func {
	case "rate", "irate":
		out.grows = time.Second
	case "increase":
		out.grows = s.Range
	}
	if g.Op != "" {
		distance := max(1, math.Abs(g.Limit)/2)
		out.good, out.bad = g.Limit-distance, g.Limit+distance
		if g.Op == ">" || g.Op == ">=" {
			out.good, out.bad = out.bad, out.good
		}
	}
	if out.grows > 0 && (out.ratio || min(out.good, out.bad) < 0) {
		return nil, "it cannot be said how fast its counter would have to grow"
	}
	return out, ""
}

func (g gauge) metrics() []labels.Labels { return append([]labels.Labels{g.labels}, g.decoys...) }

// value is what the metric has in a stretch, and the share of bad time that it is.
func (g gauge) value(s stretch) (value, share float64) {
	switch {
	case s.resets:
		share = 1
	case g.ratio:
		share = rough(s.bad / (s.good + s.bad))
		return 1 - share, share
	case s.bad > s.good:
		share = 1
	}
	if share > 0 {
		return g.bad, share
	}
	return g.good, 0
}

func (g gauge) series(c course) []series {
	good, bad := c.between(0, c.minutes())
	if good+bad == 0 || g.ranged && len(c.stretches) > 2 {
		return nil // a gauge knows no traffic, and a range takes its time
	}
	v, _ := g.value(c.stretches[0])
	text := c.values(func(s stretch, minutes int) (string, string) {
		if minutes > 0 {
			v, _ = g.value(s)
		}
		return decimal(v), ""
	})
	if g.ranged {
		text = c.steady(v)
	}
	if g.grows > 0 {
		text = "0+" + decimal(v*float64(time.Minute)/float64(g.grows)) + "x" + strconv.Itoa(c.minutes())
	}
	// Those of others fail, or grow so much that they would make up for what is
	// missing.
	others := c.steady(g.bad)
	if g.grows > 0 {
		others = "0+" + decimal(max(g.good, g.bad)*float64(time.Minute)/float64(g.grows)) + "x" + strconv.Itoa(c.minutes())
	}
	out := []series{{notation(g.labels), text}}
	for _, lset := range g.decoys {
		out = append(out, series{notation(lset), others})
	}
	return out
}

// recorded is the mean share of the last minutes, if they have samples: each minute
// has the value of the last one.
func (g gauge) recorded(c course, at int, w time.Duration) (total, bad float64, ok bool) {
	samples := c.samples()
	n, sum := 0, 0.0
	for m := max(0, at-int(w/time.Minute)+1); m <= at; m++ {
		last := samples[max(0, sort.SearchInts(samples, m+1)-1)]
		if !g.ranged && last <= m-5 || g.grows > 0 && at == 0 {
			continue
		}
		_, share := g.value(c.during(m))
		sum, n = sum+share, n+1
	}
	if n == 0 {
		return 0, 0, false
	}
	return 1, sum / float64(n), true
}

// passed returns the selector of an expression that is the value of one series, as
// long as there is only one.
func passed(expr parser.Expr) (promql.Selector, bool) {
	switch e := promql.Unwrap(expr).(type) {
	case *parser.VectorSelector:
		found := promql.Selectors(e)
		return found[0], found[0].Name != "" && !found[0].At && found[0].Offset == 0
	case *parser.MatrixSelector:
		s, ok := passed(e.VectorSelector)
		s.Range = e.Range
		return s, ok
	case *parser.AggregateExpr:
		if slices.Contains([]parser.ItemType{parser.SUM, parser.AVG, parser.MIN, parser.MAX}, e.Op) {
			return passed(e.Expr)
		}
	case *parser.Call:
		if slices.Contains([]string{"avg_over_time", "max_over_time", "min_over_time", "last_over_time", "rate", "irate", "increase"}, e.Func.Name) {
			s, ok := passed(e.Args[0])
			s.Func = e.Func.Name
			return s, ok
		}
	}
	return promql.Selector{}, false
}
