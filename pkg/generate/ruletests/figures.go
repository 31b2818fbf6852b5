package ruletests

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/slo"
)

// constants are the recorded series that an SLO has without any metric.
func (f profile) constants() map[string]float64 {
	return map[string]float64{record.Objective: 1 - f.allowed, record.Allowed: f.allowed, record.Days: f.period.Hours() / 24}
}

// figures are the recorded series of an SLO at a moment, but for the counts of
// events.
func (f profile) figures(m moment) map[string]float64 {
	out := f.constants()
	for w, share := range m.ratio {
		out[record.ErrorRatio+promql.Duration(w)] = share
	}
	if now, ok := m.ratio[fiveMinutes]; ok {
		out[record.CurrentBurn] = now / f.allowed
	}
	if m.measured {
		out[record.Coverage] = m.coverage
	}
	if m.budgeted {
		out[record.PeriodBurn] = m.ratio[f.period] / f.allowed
		out[record.Remaining], out[record.RemainingAlias] = m.remaining, m.remaining
	}
	return out
}

// events are the recorded counts of events at a moment.
func (f profile) events(m moment) map[string]float64 {
	out := map[string]float64{}
	for w, n := range m.total {
		if f.counts && (w == fiveMinutes || w == f.period || f.counted[w]) {
			out[eventsOver(slo.TotalEvents, w)], out[eventsOver(slo.BadEvents, w)] = n, m.bad[w]
		}
	}
	return out
}

// scales are what figures are multiplied by before they are rounded, the best first:
// in binary hardly any decimal is exact, and half of a unit may go either way.
func scales() []float64 { return []float64{1e6, 1e7, 1e5, 1e4, 1e3} }

// figuresQuery asks for all that is recorded of SLOs at a time.
func figuresQuery(all []subject, at time.Duration, of func(subject) map[string]float64, names ...*labels.Matcher) []query {
	picked := everything(all[0], append(names, oneOf(all))...)
	for _, scale := range scales() {
		samples, sure := rounded(all, scale, of)
		if !sure {
			continue
		}
		expr := fmt.Sprintf(`sum by (series, slo) (round(%s * label_replace(%s, "series", "$1", "__name__", "slo:(.+)")))`, decimal(scale), picked)
		return []query{{Expr: expr, At: rules.Duration(at), Samples: samples}}
	}
	return nil
}

// oneOf picks some SLOs of a service.
func oneOf(all []subject) *labels.Matcher {
	var patterns []string
	for _, s := range all {
		patterns = append(patterns, regexp.QuoteMeta(s.name()))
	}
	return written(labels.MatchRegexp, slo.SLOLabel, strings.Join(patterns, "|"))
}

func rounded(all []subject, scale float64, of func(subject) map[string]float64) ([]sample, bool) {
	var out []sample
	for _, s := range all {
		known, rest := of(s), ", "+slo.SLOLabel+"="+strconv.Quote(s.name())+"}"
		for _, name := range slices.Sorted(maps.Keys(known)) {
			n, sure := round(known[name], scale)
			if !sure {
				return nil, false
			}
			out = append(out, sample{Labels: "{series=" + strconv.Quote(strings.TrimPrefix(name, "slo:")) + rest, Value: n})
		}
	}
	return out, true
}

// labelsQuery asks for the labels of all that is recorded.
func labelsQuery(all []subject, at time.Duration) query {
	q := query{Expr: "group without (__name__) (" + everything(all[0], named("slo:.+")).String() + ")", At: rules.Duration(at)}
	for _, s := range all {
		q.Samples = append(q.Samples, sample{Labels: labels.FromMap(s.RecordedLabels()).String(), Value: 1})
	}
	return q
}

// figuresAt asks for everything that is recorded of SLOs at an evaluation.
func figuresAt(all []subject, at time.Duration, moments map[string]moment) []query {
	figures := func(s subject) map[string]float64 { return s.profile.figures(moments[s.name()]) }
	events := func(s subject) map[string]float64 { return s.profile.events(moments[s.name()]) }
	other := written(labels.MatchNotRegexp, model.MetricNameLabel, "slo:events_.+")
	return append(figuresQuery(all, at, figures, named("slo:.+"), other), figuresQuery(all, at, events, named("slo:events_.+"))...)
}
