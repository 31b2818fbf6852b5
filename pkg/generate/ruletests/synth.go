package ruletests

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

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
	// manner is what recorded depends on, but for what it is given.
	manner() manner
}

// manner is how the series of an SLI make up what is recorded: of a gauge, or of so
// many events for each of a course.
type manner struct {
	scale                float64
	ratio, ranged, grows bool
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

// selectors are those of an SLI.
type selectors []promql.Selector

func (s selectors) reads(lset labels.Labels) bool {
	return slices.ContainsFunc(s, func(one promql.Selector) bool {
		return one.Name == lset.Get(model.MetricNameLabel) && matches(one, lset)
	})
}

// decoy is a series that does not count, and how its labels are written.
type decoy struct {
	labels labels.Labels
	text   string
}

func labelsOf(decoys []decoy) []labels.Labels {
	out := make([]labels.Labels, 0, len(decoys)+1)
	for _, d := range decoys {
		out = append(out, d.labels)
	}
	return out
}

// strangers are series that differ from one of an SLI by one label, and that none of
// its selectors matches: those of another service, of another route, of a bound that
// is not the threshold.
func strangers(of []labels.Labels, own selectors) []decoy {
	var out []decoy
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
			if !own.reads(changed) && !slices.ContainsFunc(out, func(d decoy) bool { return labels.Equal(d.labels, changed) }) {
				out = append(out, decoy{changed, notation(changed)})
			}
		})
	}
	return out
}

// others are series of others, which have many events all the time.
func others(c course, decoys []decoy) []series {
	out := make([]series, 0, len(decoys))
	for _, d := range decoys {
		out = append(out, series{Series: d.text, Values: c.busy()})
	}
	return out
}
