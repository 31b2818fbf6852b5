package ruletests

import (
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/slo"
)

// events are the counters of an SLI, sorted by their labels.
type events struct {
	growers []grower
	// scale is how many events are counted for each of a course, so that counters
	// grow by whole numbers.
	scale  float64
	decoys []decoy
	selectors
}

// grower is a series that grows with events.
type grower struct {
	labels labels.Labels
	// text is how the labels are written.
	text string
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
			out = append(out, series{Series: g.text, Values: c.counter(g.good*e.scale, g.bad*e.scale)})
		}
	}
	return append(out, others(c, e.decoys)...)
}

func (e events) recorded(c course, at int, w time.Duration) (total, bad float64, ok bool) {
	good, bad, ok := c.increase(at, w)
	return (good + bad) * e.scale, bad * e.scale, ok
}

func (e events) manner() manner { return manner{scale: e.scale} }

func (e events) metrics() []labels.Labels {
	out := labelsOf(e.decoys)
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
					i, out.growers = len(out.growers), append(out.growers, grower{labels: lset, text: notation(lset)})
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
