package ruletests

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

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

// figuresQuery asks for what is recorded of SLOs at a time, under names that are
// picked by matchers.
func figuresQuery(all []subject, at time.Duration, of func(subject) map[string]float64, names string) []query {
	for _, scale := range scales() {
		samples, sure := rounded(all, scale, of)
		if !sure {
			continue
		}
		expr := fmt.Sprintf(`sum by (series, slo) (round(%s * label_replace(%s, "series", "$1", "__name__", "slo:(.+)")))`, decimal(scale), recordedOf(all, names))
		return []query{{Expr: expr, At: rules.Duration(at), Samples: samples}}
	}
	return nil
}

// recordedOf prints a selector of what is recorded of some SLOs of a service.
func recordedOf(all []subject, names string) string {
	patterns := make([]string, len(all))
	for i, s := range all {
		patterns[i] = regexp.QuoteMeta(s.name())
	}
	out := names
	for _, m := range all[0].Matchers() {
		switch {
		case m.Name != slo.SLOLabel:
			out += "," + m.Name + "=" + strconv.Quote(m.Value)
		case len(all) == 1:
			out += "," + slo.SLOLabel + "=" + strconv.Quote(m.Value)
		default:
			out += "," + slo.SLOLabel + "=~" + strconv.Quote(strings.Join(patterns, "|"))
		}
	}
	return "{" + out + "}"
}

// The matchers of names of recorded series.
const (
	anySeries = `__name__=~"slo:.+"`
	anyEvents = `__name__=~"slo:events_.+"`
	anyBad    = `__name__=~"slo:events_bad.+"`
	anyRatio  = `__name__=~"slo:sli_error.+"`
	noEvents  = anySeries + `,__name__!~"slo:events_.+"`
)

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

func ofSLO(name string) string { return slo.SLOLabel + "=" + strconv.Quote(name) }

// labelsQuery asks for the labels of all that is recorded.
func labelsQuery(all []subject, at time.Duration) query {
	q := query{Expr: "group without (__name__) (" + recordedOf(all, anySeries) + ")", At: rules.Duration(at)}
	for _, s := range all {
		q.Samples = append(q.Samples, sample{Labels: labels.FromMap(s.RecordedLabels()).String(), Value: 1})
	}
	return q
}

// figuresAt asks for everything that is recorded of SLOs at an evaluation.
func figuresAt(all []subject, at time.Duration, moments map[string]moment) []query {
	figures := func(s subject) map[string]float64 { return s.profile.figures(moments[s.name()]) }
	events := func(s subject) map[string]float64 { return s.profile.events(moments[s.name()]) }
	return append(figuresQuery(all, at, figures, noEvents), figuresQuery(all, at, events, anyEvents)...)
}

// allAlike asks how many series of SLOs are equal to a number, when all of them should
// be.
func allAlike(all []subject, at time.Duration, names string, equal int, of func(subject) int) query {
	q := query{Expr: fmt.Sprintf("count by (slo) (%s == %d)", recordedOf(all, names), equal), At: rules.Duration(at)}
	for _, s := range all {
		if n := of(s); n > 0 {
			q.Samples = append(q.Samples, sample{Labels: "{" + ofSLO(s.name()) + "}", Value: int64(n)})
		}
	}
	return q
}

// plainCourse asks for what is recorded when all events are good, all are bad, or none
// comes.
func plainCourse(all []subject, at time.Duration, moments map[string]moment, share float64, traffic bool) []query {
	shares := func(s subject) int { return len(moments[s.name()].ratio) }
	counts := func(s subject) int { return len(s.profile.events(moments[s.name()])) / 2 }
	var out []query
	if !traffic {
		out = append(out, query{Expr: recordedOf(all, anyRatio), At: rules.Duration(at)})
	} else {
		out = append(out, allAlike(all, at, anyRatio, int(share), shares))
	}
	if share == 0 {
		out = append(out, allAlike(all, at, anyBad, 0, counts))
	}
	return out
}
