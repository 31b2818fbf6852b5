package slo

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

func (m *Measurement) takeSLI(answers map[string]Answer) {
	m.sli = m.mine(answers["sli"])
	for _, l := range lookBacks() {
		m.burns[l.name] = m.mine(answers[l.name])
	}
	value, state, detail := m.read(m.sli)
	if state != report.StateOK {
		m.finish(state, detail)
		return
	}
	if math.IsNaN(value) {
		m.askTraffic()
		return
	}
	value, ok := m.inRange(value)
	if !ok {
		return
	}
	m.prove(value)
}

// read takes the one number out of an answer.
func (m *Measurement) read(a Answer) (float64, report.SLOState, string) {
	switch {
	case a.Err != nil:
		return 0, report.StateError, a.Err.Error()
	case len(a.Samples) > 1 && m.plan.method == methodThreshold:
		return 0, report.StateNotComputable, fmt.Sprintf("the query returns %d series, aggregate it to one: put max() or min() around the metric", len(a.Samples))
	case len(a.Samples) > 1:
		return 0, report.StateNotComputable, fmt.Sprintf("the query returns %d series, aggregate it to one: put sum() around both sides of the ratio", len(a.Samples))
	case len(a.Samples) == 1:
		return a.Samples[0].Value, report.StateOK, ""
	case a.Histograms > 0:
		return 0, report.StateNotComputable, "the query returns histograms and no number: use histogram_count(), or a latency SLO with threshold_ms:"
	case len(a.Warnings) > 0:
		return 0, report.StateNoData, partial(a)
	default:
		return 0, report.StateNoData, m.absence()
	}
}

func partial(a Answer) string {
	return "the answer may be partial, so that an absent series says nothing: " + a.Warnings[0]
}

// absence is the sentence for an SLI without any series.
func (m *Measurement) absence() string {
	if len(m.plan.total) == 0 {
		return "the query has no value in the window"
	}
	return fmt.Sprintf("there is no data for %s in the last %s: check the metric's name and its label %s, and that the service is scraped",
		m.plan.total[0], promql.Duration(m.window), m.owner.label)
}

// inRange sees to it that an SLI is a ratio. Two counters are not always counted
// up at the same moment, so that an excess of 1 % of the budget, which changes no
// decision, is taken as 1.
func (m *Measurement) inRange(value float64) (float64, bool) {
	slack := 1e-9
	if m.plan.events(time.Hour) != "" {
		budget, _ := m.slo.Objective.V.Budget().Float64()
		slack = max(slack, budget/100)
	}
	if value >= -slack && value <= 1+slack {
		return min(max(value, 0), 1), true
	}
	detail := fmt.Sprintf("the query gives %s, which is not a ratio from 0 to 1", strconv.FormatFloat(value, 'g', 6, 64))
	if value > 1 && value <= 100 {
		detail += ": if it is a percentage, remove * 100"
	}
	if m.plan.events(time.Hour) != "" {
		detail += ": see whether good or failed events are counted that the total leaves out"
	}
	m.finish(report.StateNotComputable, detail)
	return 0, false
}

// askTraffic finds out whether NaN is the ratio of nothing to nothing.
func (m *Measurement) askTraffic() {
	expr := m.plan.events(m.window)
	if expr == "" {
		m.finish(report.StateNotComputable, "the query gives NaN")
		return
	}
	q := m.question("events", expr)
	if m.plan.method == methodRecorded {
		q = m.recordedQuestion("events", expr)
	}
	m.ask(m.takeTraffic, q)
}

func (m *Measurement) takeTraffic(answers map[string]Answer) {
	events, state, detail := m.read(m.mine(answers["events"]))
	switch {
	case state != report.StateOK:
		m.finish(state, detail)
	case events == 0:
		m.settle(1)
		m.result.State = report.StateNoTraffic
		m.result.Detail = "there were no events in the last " + promql.Duration(m.window) + ", so nothing used the budget"
	default:
		m.finish(report.StateNotComputable, "the query gives NaN: a metric that it reads has NaN samples")
	}
}

// prove asks whether the metrics exist whose absence the value may rest on.
func (m *Measurement) prove(value float64) {
	if value != m.plan.absent && !m.plan.doubt {
		m.settle(value)
		return
	}
	if len(m.sli.Warnings) > 0 {
		m.finish(report.StateNoData, partial(m.sli))
		return
	}
	if len(m.plan.proofs) == 0 {
		m.settle(value)
		return
	}
	questions := make([]Question, len(m.plan.proofs))
	for i, s := range m.plan.proofs {
		expr := fmt.Sprintf("group(present_over_time(%s[%s]))", s, promql.Duration(m.window))
		questions[i] = m.question(strconv.Itoa(i), expr)
	}
	m.ask(func(answers map[string]Answer) { m.takeProofs(value, answers) }, questions...)
}

func (m *Measurement) takeProofs(value float64, answers map[string]Answer) {
	for i, s := range m.plan.proofs {
		a := answers[strconv.Itoa(i)]
		switch {
		case a.Err != nil:
			m.finish(report.StateError, a.Err.Error())
			return
		case len(a.Samples) > 0:
		case len(a.Warnings) > 0:
			m.finish(report.StateNoData, partial(a))
			return
		default:
			m.finish(report.StateNoData, fmt.Sprintf("%s had no series in the last %s, and a counter that has never counted cannot be told from a wrong name: correct the name, or initialise the counter to 0 when the service starts",
				s, promql.Duration(m.window)))
			return
		}
	}
	m.settle(value)
}

// settle writes down the budget of an SLI that could be measured.
func (m *Measurement) settle(sli float64) {
	o, w := m.slo.Objective.V, m.slo.Window.V
	r := &m.result
	r.State, r.Detail = report.StateOK, m.plan.note
	if len(m.sli.Warnings) > 0 {
		r.Detail = strings.TrimPrefix(r.Detail+"; the server warned: "+m.sli.Warnings[0], "; ")
	}
	r.SLI = report.Num(sli)
	r.Budget = NewBudget(o, w, m.at, sli)
	r.Status = Status(*r.Budget.ConsumedPercent)
	r.BurnRate = report.BurnRate{Hour1: m.burn("1h"), Hour6: m.burn("6h"), Day3: m.burn("3d")}
	r.ExhaustsAt = exhaustsAt(w, m.at, r.Budget, r.BurnRate.Hour6)
}

// burn returns a burn rate, nil if it is not known. No traffic burns nothing.
func (m *Measurement) burn(name string) report.Number {
	a := m.burns[name]
	if a.Err != nil || len(a.Samples) != 1 || len(a.Warnings) > 0 {
		return nil
	}
	v := a.Samples[0].Value
	switch {
	case math.IsNaN(v) && m.plan.events(time.Hour) != "":
		v = 1
	case math.IsNaN(v), v < -1e-9, v > 1+1e-9:
		return nil
	}
	return BurnRate(m.slo.Objective.V, min(max(v, 0), 1))
}
