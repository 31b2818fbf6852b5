package ruletests

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/slo"
)

// imitation makes the series of an SLI in a scenario; false when the SLI cannot be
// in such a state.
type imitation interface {
	series(s scenario) ([]series, bool)
	// counts reports whether the SLI counts events.
	counts() bool
	// without says why series has none for a scenario.
	without() string
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

// steps is how many steps a series takes after its first value.
const steps = int(late / interval)

// notation prints labels as people write a series.
func notation(lset labels.Labels) string {
	s := promql.Selector{Name: lset.Get(model.MetricNameLabel)}
	lset.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel {
			s.Matchers = append(s.Matchers, labels.MustNewMatcher(labels.MatchEqual, l.Name, l.Value))
		}
	})
	return s.String()
}

// counter is the values of a counter that grows evenly: '0+10x240'.
func counter(s scenario, perStep *big.Rat) string {
	n := decimal(perStep)
	switch {
	case s.idle:
		return "7x" + strconv.Itoa(steps)
	case s.reset:
		return fmt.Sprintf("0+%sx%d 0+%sx%d", n, steps/2, n, steps-steps/2-1)
	}
	return fmt.Sprintf("0+%sx%d", n, steps)
}

// events are the counters of an SLI, sorted by their labels.
type events []grower

// grower is a series that grows with events.
type grower struct {
	labels   labels.Labels
	notation string
	// good and bad are by how much it grows with each event of the kind.
	good, bad *big.Rat
}

// kind is one kind of event.
type kind struct {
	series []candidate
	// by is how many events one increment of all series stands for.
	by float64
}

func (events) counts() bool    { return true }
func (events) without() string { return "" }

// series splits the rate into good and bad events. A kind that does not happen has
// no series, as a counter that nobody ever increased. A bucket has one: those of a
// histogram come together.
func (e events) series(s scenario) ([]series, bool) {
	if s.absent {
		return nil, true
	}
	var out []series
	for _, g := range e {
		perStep := times(g.good, s.good)
		if perStep.Add(perStep, times(g.bad, s.bad)); perStep.Sign() != 0 || g.labels.Has(model.BucketLabel) {
			out = append(out, series{Series: g.notation, Values: counter(s, perStep)})
		}
	}
	return out, true
}

// newEvents takes the series of both kinds together. The increments of a candidate
// are split between its spellings.
func newEvents(good, bad kind) events {
	var out events
	add := func(k kind, side func(grower) *big.Rat) {
		for _, c := range k.series {
			each := new(big.Rat).SetFloat64(k.by * float64(len(c.spellings)))
			for _, lset := range c.spellings {
				i := slices.IndexFunc(out, func(g grower) bool { return labels.Equal(g.labels, lset) })
				if i < 0 {
					i, out = len(out), append(out, grower{labels: lset, notation: notation(lset), good: new(big.Rat), bad: new(big.Rat)})
				}
				n := side(out[i])
				n.Add(n, new(big.Rat).Inv(each))
			}
		}
	}
	add(good, func(g grower) *big.Rat { return g.good })
	add(bad, func(g grower) *big.Rat { return g.bad })
	slices.SortFunc(out, func(a, b grower) int { return labels.Compare(a.labels, b.labels) })
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
	return newEvents(good, bad), ""
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
}

func (native) counts() bool    { return true }
func (native) without() string { return "" }

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
	return native{labels: lset, low: low, gap: high - low - 1}, ""
}

func (n native) series(s scenario) ([]series, bool) {
	if s.absent {
		return nil, true
	}
	if s.idle {
		return []series{{notation(n.labels), n.histogram(s.good, s.bad) + "x" + strconv.Itoa(steps)}}, true
	}
	grows := "{{schema:0}}+" + n.histogram(s.good, s.bad)
	values := fmt.Sprintf("%sx%d", grows, steps)
	if s.reset {
		values = fmt.Sprintf("%sx%d %sx%d", grows, steps/2, grows, steps-steps/2-1)
	}
	return []series{{notation(n.labels), values}}, true
}

func (n native) histogram(good, bad *big.Rat) string {
	buckets := decimal(good)
	for range n.gap {
		buckets += " 0"
	}
	count := decimal(new(big.Rat).Add(good, bad))
	return fmt.Sprintf("{{schema:0 sum:%s count:%s offset:%d buckets:[%s %s]}}", count, count, n.low, buckets, decimal(bad))
}

// gauge is an SLI that is read from one gauge.
type gauge struct {
	labels labels.Labels
	// good and bad are values on either side of the limit; of a ratio 1 and 0.
	good, bad float64
	ratio     bool
}

func (gauge) counts() bool { return false }

func (gauge) without() string {
	return "A gauge lies on one side of its limit or on the other, and counts nothing."
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
	out := gauge{labels: lset, good: 1, ratio: g.Op == ""}
	if g.Op != "" {
		far := max(1, math.Abs(g.Limit)/2)
		out.good, out.bad = g.Limit-far, g.Limit+far
		if g.Op == ">" || g.Op == ">=" {
			out.good, out.bad = out.bad, out.good
		}
	}
	return out, ""
}

func (g gauge) series(s scenario) ([]series, bool) {
	value := g.bad
	switch {
	case s.absent:
		return nil, true
	case s.idle, s.reset:
		return nil, false
	case g.ratio:
		value, _ = new(big.Rat).Sub(big.NewRat(1, 1), s.share).Float64()
	case s.share.Sign() == 0:
		value = g.good
	case s.share.Cmp(big.NewRat(1, 1)) != 0:
		return nil, false
	}
	return []series{{notation(g.labels), strconv.FormatFloat(value, 'f', -1, 64) + "x" + strconv.Itoa(steps)}}, true
}

// passed returns the selector of an expression that is the value of one series, as
// long as there is only one.
func passed(expr parser.Expr) (promql.Selector, bool) {
	switch e := promql.Unwrap(expr).(type) {
	case *parser.VectorSelector:
		found := promql.Selectors(e)
		return found[0], found[0].Name != "" && !found[0].At && found[0].Offset == 0
	case *parser.MatrixSelector:
		return passed(e.VectorSelector)
	case *parser.AggregateExpr:
		if slices.Contains([]parser.ItemType{parser.SUM, parser.AVG, parser.MIN, parser.MAX}, e.Op) {
			return passed(e.Expr)
		}
	case *parser.Call:
		if slices.Contains([]string{"avg_over_time", "max_over_time", "min_over_time", "last_over_time"}, e.Func.Name) {
			return passed(e.Args[0])
		}
	}
	return promql.Selector{}, false
}
