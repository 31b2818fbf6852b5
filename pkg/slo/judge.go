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
	m.answers = answers
	m.sli = m.mine(answers["sli"])
	for _, l := range lookBacks() {
		m.burns[l.name] = m.mine(answers[l.name])
	}
	value, state, detail := m.read(m.sli)
	if state != report.StateOK {
		m.finish(state, detail)
		return
	}
	if !math.IsNaN(value) {
		var ok bool
		if value, ok = m.inRange(value); !ok {
			return
		}
	}
	m.value = value
	m.pursue(m.doubts())
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

// leeway is by how much a ratio of events may leave 0 to 1. Two counters are not
// always counted up, nor extrapolated, at the same moment.
const leeway = 1e-4

// inRange sees to it that an SLI is a ratio. An excess of leeway or 1 % of the
// budget, which changes no decision, is taken as none.
func (m *Measurement) inRange(value float64) (float64, bool) {
	counts := m.plan.events(time.Hour) != ""
	slack := 1e-9
	if counts {
		budget, _ := m.slo.Objective.V.Budget().Float64()
		slack = max(leeway, budget/100)
	}
	if value >= -slack && value <= 1+slack {
		return min(max(value, 0), 1), true
	}
	detail := fmt.Sprintf("the query gives %s, which is not a ratio from 0 to 1", strconv.FormatFloat(value, 'g', 10, 64))
	if value >= 2 && value <= 100 {
		detail += ": if it is a percentage, remove * 100"
	}
	if counts {
		detail += ": see whether good or failed events are counted that the total leaves out"
	}
	m.finish(report.StateNotComputable, detail)
	return 0, false
}

// doubt is something that the answers leave open, with the questions about it.
type doubt struct {
	questions []Question
	// take reads the answers. It returns what is still open then, and false if it
	// has finished the measurement.
	take func(answers map[string]Answer) ([]doubt, bool)
}

// doubts returns all that stands between the answers and a result.
func (m *Measurement) doubts() []doubt {
	var all []doubt
	if math.IsNaN(m.value) {
		all = append(all, m.doubtTraffic())
	}
	all = append(all, m.doubtFreshness()...)
	all = append(all, m.doubtLookBacks()...)
	all = append(all, m.doubtLayout()...)
	if m.value == m.plan.absent || m.plan.doubt && !math.IsNaN(m.value) {
		all = append(all, m.doubtAbsence())
	}
	if m.value == 0 || m.value == 1 {
		all = append(all, m.doubtFilters()...)
	}
	return append(all, m.doubtHistory()...)
}

// pursue asks about doubts until none is left.
func (m *Measurement) pursue(doubts []doubt) {
	var questions []Question
	for _, d := range doubts {
		questions = append(questions, d.questions...)
	}
	next := func(answers map[string]Answer) {
		var more []doubt
		for _, d := range doubts {
			open, ok := d.take(answers)
			if !ok {
				return
			}
			more = append(more, open...)
		}
		if len(more) == 0 {
			m.settle()
			return
		}
		m.pursue(more)
	}
	if len(questions) == 0 {
		next(nil)
		return
	}
	m.ask(next, questions...)
}

// doubtTraffic finds out whether NaN is the ratio of nothing to nothing.
func (m *Measurement) doubtTraffic() doubt {
	const id = "events"
	expr := m.plan.events(m.window)
	if expr == "" {
		return doubt{take: func(map[string]Answer) ([]doubt, bool) {
			m.finish(report.StateNotComputable, "the query gives NaN")
			return nil, false
		}}
	}
	return doubt{[]Question{m.countQuestion(id, expr)}, func(answers map[string]Answer) ([]doubt, bool) {
		events, state, detail := m.read(m.mine(answers[id]))
		switch {
		case state != report.StateOK:
			m.finish(state, detail)
		case events != 0:
			m.finish(report.StateNotComputable, "the query gives NaN: a metric that it reads has NaN samples")
		default:
			m.value, m.idle = 1, true
			return nil, true
		}
		return nil, false
	}}
}

// countQuestion is a question to the indicator, raw or recorded.
func (m *Measurement) countQuestion(id, expr string) Question {
	if m.plan.method == methodRecorded {
		return m.recordedQuestion(id, expr)
	}
	return m.question(id, expr)
}

// doubtAbsence asks whether the metrics exist whose absence the value may rest
// on.
func (m *Measurement) doubtAbsence() doubt {
	id := func(i int) string { return "proof/" + strconv.Itoa(i) }
	var questions []Question
	if len(m.sli.Warnings) == 0 {
		for i, s := range m.plan.proofs {
			questions = append(questions, m.question(id(i), fmt.Sprintf("group(present_over_time(%s[%s]))", s, promql.Duration(m.window))))
		}
	}
	return doubt{questions, func(answers map[string]Answer) ([]doubt, bool) {
		if len(m.sli.Warnings) > 0 {
			m.finish(report.StateNoData, partial(m.sli))
			return nil, false
		}
		for i, s := range m.plan.proofs {
			a := answers[id(i)]
			switch {
			case a.Err != nil:
				m.finish(report.StateError, a.Err.Error())
				return nil, false
			case len(a.Samples) > 0:
			case len(a.Warnings) > 0:
				m.finish(report.StateNoData, partial(a))
				return nil, false
			default:
				m.finish(report.StateNoData, fmt.Sprintf("%s had no series in the last %s, and a counter that has never counted cannot be told from a wrong name: correct the name, or initialise the counter to 0 when the service starts",
					s, promql.Duration(m.window)))
				return nil, false
			}
		}
		return nil, true
	}}
}

// settle writes down the budget of an SLI that could be measured.
func (m *Measurement) settle() {
	o, w := m.slo.Objective.V, m.slo.Window.V
	r := &m.result
	r.State = report.StateOK
	if len(m.sli.Warnings) > 0 {
		m.note(report.NotePartial, "the answer may be partial, and what is missing from it may have failed; the server warned: "+m.sli.Warnings[0])
	}
	r.SLI = report.Num(m.value)
	r.Budget = NewBudget(o, w, m.at, m.value)
	r.Status = Status(*r.Budget.ConsumedPercent)
	r.BurnRate = report.BurnRate{Hour1: m.burn("1h"), Hour6: m.burn("6h"), Day3: m.burn("3d")}
	r.ExhaustsAt = exhaustsAt(w, m.at, r.Budget, r.BurnRate.Hour6)
	if m.idle {
		r.State = report.StateNoTraffic
		m.note("", "there were no events in the last "+promql.Duration(m.window)+", so nothing used the budget")
	}
	var said []string
	for _, n := range r.Notes {
		said = append(said, n.Text)
	}
	r.Detail = strings.Join(said, "; ")
}

// note adds a sentence to the detail of an SLI that could be measured.
func (m *Measurement) note(code, text string) {
	m.result.Notes = append(m.result.Notes, report.Reason{Code: code, Text: text})
}
