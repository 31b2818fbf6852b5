package slo

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// lookBack is one burn rate.
type lookBack struct {
	name string
	time.Duration
}

func lookBacks() []lookBack {
	return []lookBack{{"1h", time.Hour}, {"6h", 6 * time.Hour}, {"3d", 72 * time.Hour}}
}

// recent is how old the newest sample may be: an SLI that ends before says
// nothing about the service that is to be deployed now.
const recent = time.Hour

// isEmpty reports whether a source has said that there is nothing.
func isEmpty(a Answer) bool {
	return a.Err == nil && len(a.Samples) == 0 && len(a.Warnings) == 0 && a.Histograms == 0
}

// present prints an expression that has a value if one of the selectors had a
// sample in the look-back.
func present(selectors []promql.Selector, look time.Duration) string {
	groups := make([]string, len(selectors))
	for i, s := range selectors {
		groups[i] = fmt.Sprintf("group(present_over_time(%s[%s]))", s, promql.Duration(look))
	}
	return strings.Join(groups, " or ")
}

// newest prints the time of the newest sample of the selectors, as seen at the
// steps of the window.
func newest(selectors []promql.Selector, window time.Duration) string {
	times := make([]string, len(selectors))
	for i, s := range selectors {
		times[i] = fmt.Sprintf("max(max_over_time(timestamp(%s)[%s:%s]))", s, promql.Duration(window), promql.Duration(coverageStep(window)))
	}
	return strings.Join(times, " or ")
}

// doubtFreshness asks, where the last hour gave no SLI, whether it had any sample
// at all. A total without samples is not a total of 0: the service, or what
// scrapes it, is gone.
func (m *Measurement) doubtFreshness() []doubt {
	if m.plan.method == methodRecorded || !isEmpty(m.burns["1h"]) || len(m.plan.total) == 0 {
		return nil
	}
	questions := []Question{
		m.question("fresh", present(m.plan.total, recent)),
		m.question("newest", newest(m.plan.total, m.window)),
	}
	return []doubt{{questions, func(answers map[string]Answer) ([]doubt, bool) {
		if !isEmpty(answers["fresh"]) {
			return nil, true // not empty, or not known: then the burn rate is not known either
		}
		text := fmt.Sprintf("%s has no sample in the last %s", m.plan.total[0], promql.Duration(recent))
		if a := answers["newest"]; len(a.Samples) == 1 {
			text += ", the newest is from about " + time.Unix(int64(a.Samples[0].Value), 0).UTC().Format("2006-01-02 15:04 MST")
		}
		m.finish(report.StateNoData, text+": check that the service runs and is scraped")
		return nil, false
	}}}
}

// doubtLookBacks asks whether a look-back without an SLI had no events.
func (m *Measurement) doubtLookBacks() []doubt {
	var out []doubt
	for _, l := range lookBacks() {
		a := m.burns[l.name]
		id := "quiet/" + l.name
		if nan := len(a.Samples) == 1 && math.IsNaN(a.Samples[0].Value); nan && m.plan.events(l.Duration) != "" {
			out = append(out, doubt{[]Question{m.countQuestion(id, m.plan.events(l.Duration))}, func(answers map[string]Answer) ([]doubt, bool) {
				a := m.mine(answers[id])
				m.quiet[l.name] = a.Err == nil && len(a.Warnings) == 0 && len(a.Samples) == 1 && a.Samples[0].Value == 0
				return nil, true
			}})
			continue
		}
		mean, ok := m.plan.indicator.(average)
		if !ok || !isEmpty(a) {
			continue
		}
		// A ratio that is NaN at every step is one of nothing to nothing; one that
		// is not there at all may be anything.
		out = append(out, doubt{[]Question{m.question(id, mean.steps(l.Duration))}, func(answers map[string]Answer) ([]doubt, bool) {
			a := answers[id]
			m.quiet[l.name] = a.Err == nil && len(a.Warnings) == 0 && len(a.Samples) == 1 && a.Samples[0].Value > 0
			return nil, true
		}})
	}
	return out
}

// burn returns a burn rate, nil if it is not known: a failed, partial or missing
// answer is no slow burn. Only proven quiet burns nothing.
func (m *Measurement) burn(name string) report.Number {
	a := m.burns[name]
	unknown := func(why string) report.Number {
		m.note(report.NoteBurnUnknown, "the burn rate over "+name+" is not known: "+why)
		return nil
	}
	switch {
	case a.Err != nil:
		return unknown(a.Err.Error())
	case len(a.Warnings) > 0:
		return unknown(partial(a))
	case m.quiet[name]:
		return BurnRate(m.slo.Objective.V, 1)
	case len(a.Samples) != 1:
		return unknown(fmt.Sprintf("the query gives %d series over it", len(a.Samples)))
	}
	v := a.Samples[0].Value
	// Over a short time few events make a larger difference between two counters
	// that are scraped a moment apart.
	const short = 0.05
	if math.IsNaN(v) || v < -short || v > 1+short {
		return unknown(fmt.Sprintf("the query gives %v over it, which is not a ratio", v))
	}
	return BurnRate(m.slo.Objective.V, min(max(v, 0), 1))
}

// doubtHistory asks how much of the window has data, if its middle has none.
func (m *Measurement) doubtHistory() []doubt {
	step := coverageStep(m.window)
	if m.plan.method == methodRecorded {
		if m.partial > 0 {
			m.short(time.Duration(m.partial) * step)
		}
		return nil
	}
	a, asked := m.answers["middle"]
	if !asked || !isEmpty(a) {
		return nil
	}
	questions := []Question{
		m.question("history", history(m.plan.total, m.window)),
		m.question("lately", history(m.plan.total, step)),
	}
	return []doubt{{questions, func(answers map[string]Answer) ([]doubt, bool) {
		coarse, fine := one(answers["history"]), one(answers["lately"])
		switch {
		case coarse > 1:
			m.short(time.Duration(coarse) * step)
		case fine > 0:
			m.short(time.Duration(fine) * coverageStep(step))
		}
		return nil, true
	}}}
}

func one(a Answer) float64 {
	if a.Err != nil || len(a.Samples) != 1 {
		return 0
	}
	return a.Samples[0].Value
}

// short notes that the SLI stands for less than half of its window.
func (m *Measurement) short(has time.Duration) {
	if has < m.window/2 {
		m.note(report.NoteShortHistory, fmt.Sprintf("only about %s of the window of %s has data", promql.Duration(has), promql.Duration(m.window)))
	}
}
