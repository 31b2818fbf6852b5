package slo

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Question is one expression that a Measurement wants evaluated at its time.
type Question struct {
	// ID is unique among the questions of one round of one Measurement.
	ID   string
	Expr string
	// Label and Value are the label whose value alone makes the expression the
	// service's: questions that differ only there can be asked together. Value
	// is empty if the expression has no such matcher.
	Label, Value string
	// Long says that the question is about all of the window, which is most of the
	// server's work.
	Long bool
}

// Answer is what a source said to a Question.
type Answer struct {
	Samples []Sample
	// Warnings are the server's. With warnings, what is absent is unknown.
	Warnings []string
	// Histograms counts samples that were histograms and no numbers.
	Histograms int
	// Err says why there is no answer, for people.
	Err error
}

// Sample is one series of an answer.
type Sample struct {
	Labels labels.Labels
	Value  float64
}

// Options are what a Measurement needs besides the service file.
type Options struct {
	// Label is the label that holds a service's name in its series.
	Label string
	// At is the time of the whole run.
	At time.Time
}

// Measurement takes one SLI. It goes in rounds, at most six: as long as
// Questions returns any, ask them and give the answers to Take.
//
//  1. Do recorded counts cover the last hours?
//  2. If they do: do they cover the window, and what is the SLI by them?
//  3. If they do not: which bucket boundaries does the histogram have, and does
//     the total reach further back than the recorded counts?
//  4. The SLI over the window, and over 1h, 6h and 3d for the burn rates.
//  5. If the answers leave doubts: was there traffic, is there data of the last
//     hour, do the metric that was absent and the label that was asked for exist?
//  6. Which labels and values are there in their place?
//
// Recorded counts follow the rules that are loaded on the server. When a change
// to the file alters an SLO's query, they follow it once its rules are loaded.
type Measurement struct {
	at      time.Time
	slo     spec.SLO
	owner   owner
	service string
	// environment is whose recorded counts are read; empty for any.
	environment string
	window      time.Duration
	plan        plan
	// records are the answers by recorded counts, and partial is the number of steps
	// with such counts, if some are missing.
	records map[string]Answer
	partial float64

	open   []Question
	next   func(map[string]Answer)
	result report.SLO
	// answers are those of the third round; sli and burns are narrowed down to
	// this SLO.
	answers map[string]Answer
	sli     Answer
	burns   map[string]Answer
	value   float64
	// idle says that the window had no events, quiet which look-backs had none.
	idle  bool
	quiet map[string]bool
}

// Unmeasured returns the result for an SLO that was not measured, with what the
// file alone says: objective, window and the whole budget.
func Unmeasured(s spec.SLO, at time.Time, state report.SLOState, detail string) report.SLO {
	out := report.SLO{
		Name: s.Name.V, Objective: s.Objective.V.Number(), Window: s.Window.V.Text, Line: s.At.Line(),
		State: state, Status: report.StatusUnknown, Detail: detail, EvaluatedAt: at.UTC(),
	}
	if s.Objective.V.Given() {
		out.Budget = NewBudget(s.Objective.V, s.Window.V, at, math.NaN())
	}
	return out
}

// New begins the measurement of one SLO of a service.
func New(service *spec.Service, s spec.SLO, o Options) *Measurement {
	start, _ := s.Window.V.Bounds(o.At)
	m := &Measurement{
		at: o.At.UTC(), slo: s, service: service.Name.V, environment: service.Environment, window: o.At.Sub(start).Truncate(time.Millisecond),
		owner: owner{name: service.Name.V, label: o.Label}, burns: map[string]Answer{}, quiet: map[string]bool{},
	}
	m.result = Unmeasured(s, o.At, report.StateNotComputable, "")
	switch {
	case !s.Objective.V.Given():
		m.result.Detail = "the SLO has no valid objective, so there is no budget to measure: add objective: 99.9"
		return m
	case s.Window.V.Calendar != spec.NoCalendar && m.window < time.Minute:
		m.finish(report.StateNoData, "the calendar "+string(s.Window.V.Calendar)+" has just begun: there is nothing to measure yet")
		return m
	case m.window <= 0:
		m.result.Detail = "the SLO has no valid window: add window: 30d"
		return m
	}
	var p problem
	m.plan, p = m.owner.resolve(s.Indicator, service.Type.V)
	if p != "" {
		m.result.Detail = string(p)
		return m
	}
	m.begin()
	return m
}

// Questions returns the questions of the current round; none when Result stands.
func (m *Measurement) Questions() []Question { return m.open }

// Take takes the answers to Questions by ID and moves on to the next round. An
// ID without an answer counts as an empty one.
func (m *Measurement) Take(answers map[string]Answer) {
	next := m.next
	m.open, m.next = nil, nil
	if next != nil {
		next(answers)
	}
}

// Result returns what was measured. It stands once there are no Questions.
func (m *Measurement) Result() report.SLO { return m.result }

func (m *Measurement) ask(next func(map[string]Answer), questions ...Question) {
	m.open, m.next = questions, next
}

func (m *Measurement) finish(state report.SLOState, detail string) {
	m.result.State, m.result.Detail = state, detail
}

// question returns a question in the service's own series.
func (m *Measurement) question(id, expr string) Question {
	return Question{ID: id, Expr: expr, Label: m.owner.label, Value: serviceIn(expr, m.owner.label)}
}

// serviceIn returns the one value that all selectors ask the label for, "" if
// they do not.
func serviceIn(text, label string) string {
	expr, err := promql.Parse(text)
	if err != nil {
		return ""
	}
	value := ""
	for _, s := range promql.Selectors(expr) {
		m := s.Matcher(label)
		if m == nil || m.Type != labels.MatchEqual || value != "" && value != m.Value {
			return ""
		}
		value = m.Value
	}
	return value
}

func (m *Measurement) recordedQuestion(id, expr string) Question {
	return Question{ID: id, Expr: expr, Label: ServiceLabel, Value: m.service}
}

// recorded are the counts of all SLOs of the service.
func (m *Measurement) recorded() recorded {
	return recorded{service: m.service, environment: m.environment}
}

// begin asks about recorded counts, which only SLIs that count events have.
func (m *Measurement) begin() {
	if m.plan.method != methodEvents {
		m.measure()
		return
	}
	var questions []Question
	for _, look := range m.recent() {
		questions = append(questions, m.coverageQuestion(look))
	}
	if len(questions) == 0 {
		m.askRecords()
		return
	}
	m.ask(m.takeRecent, questions...)
}

// recent are the last hours, each of which recorded counts have to cover by itself. A
// gap of an hour is little of a month, and can be the outage that a deploy has to wait
// for.
func (m *Measurement) recent() []time.Duration {
	return slices.DeleteFunc([]time.Duration{6 * time.Hour, time.Hour}, func(look time.Duration) bool { return look >= m.window })
}

func (m *Measurement) coverageQuestion(look time.Duration) Question {
	q := m.recordedQuestion("coverage/"+promql.Duration(look), m.recorded().coverage(look))
	q.Long = look == m.window
	return q
}

// covered reports whether recorded counts cover a look-back, and in how many steps there
// are some. When it fails the raw metrics are asked, and say why.
func (m *Measurement) covered(answers map[string]Answer, look time.Duration) (have float64, all bool) {
	have, found := m.own(answers["coverage/"+promql.Duration(look)])
	if !found {
		return 0, false
	}
	return have, covers(have, steps(m.at, look))
}

func (m *Measurement) takeRecent(answers map[string]Answer) {
	for _, look := range m.recent() {
		if _, all := m.covered(answers, look); !all {
			m.prepare()
			return
		}
	}
	m.askRecords()
}

// askRecords asks whether recorded counts cover the window, and in the same round what
// the SLI is by them: one long question after the other would take twice as long.
func (m *Measurement) askRecords() {
	m.ask(m.takeCoverage, append(m.sliQuestions(m.recorded(), m.recordedQuestion), m.coverageQuestion(m.window))...)
}

// sliQuestions ask for the SLI over the window and over each look-back.
func (m *Measurement) sliQuestions(by indicator, question func(id, expr string) Question) []Question {
	whole := question("sli", by.sli(m.window))
	whole.Long = true
	questions := []Question{whole}
	for _, l := range lookBacks() {
		questions = append(questions, question(l.name, by.sli(l.Duration)))
	}
	return questions
}

func (m *Measurement) takeCoverage(answers map[string]Answer) {
	m.records = answers
	have, all := m.covered(answers, m.window)
	if all {
		m.useRecorded()
		return
	}
	m.partial = have
	m.prepare()
}

// prepare asks what has to be known before the metrics themselves can be asked.
func (m *Measurement) prepare() {
	var questions []Question
	if m.partial > 0 {
		questions = append(questions, m.question("history", history(m.plan.total, m.window)))
	}
	if h := m.plan.histogram; h != nil {
		questions = append(questions, m.question("boundaries", h.boundaries(m.window)))
	}
	if len(questions) == 0 {
		m.measure()
		return
	}
	m.ask(m.takePreparation, questions...)
}

// own returns the value of this SLO among those of all SLOs of the service.
func (m *Measurement) own(a Answer) (float64, bool) {
	for _, s := range a.Samples {
		if s.Labels.Get(SLOLabel) == m.slo.Name.V {
			return s.Value, a.Err == nil
		}
	}
	return 0, false
}

func (m *Measurement) useRecorded() {
	m.plan.indicator, m.plan.method = m.recorded(), methodRecorded
	m.plan.histogram = nil
	m.result.Notes = nil
	own := m.recorded()
	own.slo = m.slo.Name.V
	m.result.Method, m.result.Query = m.plan.method, own.sli(m.window)
	m.takeSLI(m.records)
}

func (m *Measurement) takePreparation(answers map[string]Answer) {
	if past := answers["history"]; m.partial > 0 && past.Err == nil && len(past.Warnings) == 0 {
		want := 0.0
		if len(past.Samples) == 1 {
			want = past.Samples[0].Value
		}
		if covers(m.partial, want) {
			m.useRecorded()
			return
		}
	}
	if m.plan.histogram != nil && !m.takeBoundaries(answers["boundaries"]) {
		return
	}
	m.partial = 0
	m.measure()
}

// takeBoundaries completes the plan of a latency SLI; it reports false if that
// ended the measurement.
func (m *Measurement) takeBoundaries(a Answer) bool {
	h := m.plan.histogram
	if a.Err != nil {
		m.finish(report.StateError, a.Err.Error())
		return false
	}
	found := map[string]float64{}
	for _, s := range a.Samples {
		if le := s.Labels.Get(labels.BucketLabel); le != "" {
			found[le] += s.Value
		}
	}
	switch {
	case len(found) == 0 && h.Native:
		m.plan = m.plan.native()
		return true
	case len(found) == 0 && len(a.Warnings) > 0:
		m.finish(report.StateNoData, partial(a))
		return false
	case len(found) == 0:
		m.finish(report.StateNoData, fmt.Sprintf("no series match %s in the last %s: check the metric's name and its label %s, and that the service is scraped",
			h.selector("_bucket"), promql.Duration(min(m.window, boundaryLook)), m.owner.label))
		return false
	}
	p, problem := m.plan.classic(found)
	if problem != "" {
		m.finish(report.StateNotComputable, string(problem))
		return false
	}
	m.plan = p
	return true
}

// measure asks the metrics themselves.
func (m *Measurement) measure() {
	m.result.Method, m.result.Query = m.plan.method, m.plan.sli(m.window)
	for _, n := range m.plan.notes {
		m.note(n.Code, n.Text)
	}
	questions := m.sliQuestions(m.plan.indicator, m.question)
	if len(m.plan.total) > 0 && m.window >= 2*time.Hour {
		questions = append(questions, m.question("middle", groups(m.plan.total, " offset "+promql.Duration(m.window/2))))
	}
	m.ask(m.takeSLI, append(questions, m.layoutQuestions()...)...)
}

// mine narrows an answer down to this SLO's series.
func (m *Measurement) mine(a Answer) Answer {
	if m.plan.method != methodRecorded {
		return a
	}
	v, found := m.own(a)
	a.Samples = nil
	if found {
		a.Samples = []Sample{{Value: v}}
	}
	return a
}
