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

	"github.com/nthlayer/action/pkg/generate/memo"
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
		if f.records(w) {
			out[eventsOver(slo.TotalEvents, w)], out[eventsOver(slo.BadEvents, w)] = n, m.bad[w]
		}
	}
	return out
}

// records reports whether the events of a window are recorded.
func (f profile) records(w time.Duration) bool {
	return f.counts && (w == fiveMinutes || w == f.period || f.counted[w])
}

// scales are what figures are multiplied by before they are rounded, the best first:
// in binary hardly any decimal is exact, and half of a unit may go either way.
func scales() []float64 { return []float64{1e6, 1e7, 1e5, 1e4, 1e3} }

// figuresQuery asks for what is recorded of SLOs at a time, under names that are
// picked by matchers.
func figuresQuery(m *memo.Memo, all []subject, at time.Duration, of func(profile, moment) map[string]float64, names string) []query {
	for _, scale := range scales() {
		samples, sure := rounded(m, all, roundedOf{names: names, scale: scale}, of)
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

// roundedOf asks for what is recorded of an SLO, under names that are picked by
// matchers, rounded on a scale.
type roundedOf struct {
	slo   string
	of    likeness
	when  standing
	names string
	scale float64
}

// rounded returns what is recorded of SLOs; false where one figure may be rounded up or
// down. SLOs of a name that are alike have it worked out once.
func rounded(m *memo.Memo, all []subject, ask roundedOf, of func(profile, moment) map[string]float64) ([]sample, bool) {
	type answer struct {
		samples []sample
		sure    bool
	}
	var out []sample
	for _, s := range all {
		ask.slo, ask.of, ask.when = s.name(), s.alike, s.when
		a := memo.Of(m, ask, func() answer {
			samples, sure := samplesOf(s.name(), of(s.profile, s.now), ask.scale)
			return answer{samples, sure}
		})
		if !a.sure {
			return nil, false
		}
		out = append(out, a.samples...)
	}
	return out, true
}

// samplesOf are figures of an SLO by their names.
func samplesOf(of string, figures map[string]float64, scale float64) ([]sample, bool) {
	out := make([]sample, 0, len(figures))
	for _, name := range slices.Sorted(maps.Keys(figures)) {
		n, sure := round(figures[name], scale)
		if !sure {
			return nil, false
		}
		labels := "{series=" + strconv.Quote(strings.TrimPrefix(name, "slo:")) + ", " + ofSLO(of) + "}"
		out = append(out, sample{Labels: labels, Value: n, slo: of})
	}
	return out, true
}

func ofSLO(name string) string { return slo.SLOLabel + "=" + strconv.Quote(name) }

// labelsQuery asks for the labels of all that is recorded.
func labelsQuery(all []subject, at time.Duration) query {
	q := query{Expr: "group without (__name__) (" + recordedOf(all, anySeries) + ")", At: rules.Duration(at)}
	for _, s := range all {
		q.Samples = append(q.Samples, sample{Labels: labels.FromMap(s.RecordedLabels()).String(), Value: 1, slo: s.name()})
	}
	return q
}

// figuresAt asks for everything that is recorded of SLOs at an evaluation.
func figuresAt(m *memo.Memo, all []subject, at time.Duration) []query {
	return append(figuresQuery(m, all, at, profile.figures, noEvents), figuresQuery(m, all, at, profile.events, anyEvents)...)
}

// allAlike asks how many series of SLOs are equal to a number, when all of them should
// be.
func allAlike(all []subject, at time.Duration, names string, equal int, of func(subject) int) query {
	q := query{Expr: fmt.Sprintf("count by (slo) (%s == %d)", recordedOf(all, names), equal), At: rules.Duration(at)}
	for _, s := range all {
		if n := of(s); n > 0 {
			q.Samples = append(q.Samples, sample{Labels: "{" + ofSLO(s.name()) + "}", Value: int64(n), slo: s.name()})
		}
	}
	return q
}

// plainCourse asks for what is recorded when all events are good, all are bad, or none
// comes.
func plainCourse(all []subject, at time.Duration, share float64, traffic bool) []query {
	shares := func(s subject) int { return len(s.now.ratio) }
	counts := func(s subject) (n int) {
		for w := range s.now.total {
			if s.profile.records(w) {
				n++
			}
		}
		return n
	}
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
