package verify

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
)

// result turns the evidence into metrics, verdicts and findings.
func (r *run) result() Result {
	out := Result{Services: make([]Service, len(r.services))}
	next := 0
	for i, s := range r.services {
		service := &out.Services[i]
		service.Metrics = []report.Metric{}
		service.Verdict = report.Pass
		for ; next < len(r.wants) && r.wants[next].service == i; next++ {
			w := r.wants[next]
			st := state(w)
			service.Metrics = append(service.Metrics, r.metric(w, st))
			service.Verdict = report.Worst(service.Verdict, r.verdict(w, st))
			if st == report.MetricError && w.required && service.Undecided == "" {
				service.Undecided = w.selector(r.o.ServiceLabel) + ": " + w.seen.unsure.Error()
			}
			if f, ok := r.finding(w, st, s); ok {
				out.Findings = append(out.Findings, f)
			}
		}
		if len(service.Metrics) == 0 {
			service.Verdict = report.Warn
			out.Findings = append(out.Findings, noMetrics(s))
		}
		if service.Verdict != report.Undecidable {
			service.Undecided = ""
		}
	}
	out.Findings = append(out.Findings, r.sourceFindings()...)
	return out
}

func noMetrics(s *spec.Service) report.Finding {
	message := "the service " + s.Name.V + " declares no metrics, so there is nothing to verify"
	if len(declarations(s)) > 0 {
		message = "no expression of the service " + s.Name.V + " names a metric that could be verified"
	}
	return s.At.Finding(RuleNoMetrics, report.Warning, s.Name.V, message,
		"add an SLO with a query, or list the metrics of the service under a resource of kind Observability")
}

func (r *run) metric(w *want, st report.MetricState) report.Metric {
	at := w.places[0]
	m := report.Metric{
		Selector: w.selector(r.o.ServiceLabel), Required: w.required, State: st,
		File: at.file, Line: at.source.Line, Suggestion: r.suggestion(w, st),
	}
	m.Name = m.Selector
	if len(w.names) > 0 {
		m.Name = w.names[0]
	}
	for _, p := range w.places {
		m.Sources = append(m.Sources, p.source)
	}
	if st == report.MetricStale {
		seen := w.seen.lastSeen.UTC()
		m.LastSeen = &seen
	}
	return m
}

func (r *run) finding(w *want, st report.MetricState, s *spec.Service) (report.Finding, bool) {
	severity, bad := r.severity(w, st)
	if !bad {
		return report.Finding{}, false
	}
	return w.places[0].finding(ruleOf(st), severity, s.Name.V, r.message(w, st), r.suggestion(w, st)), true
}

func ruleOf(st report.MetricState) string {
	switch st {
	case report.MetricOtherService:
		return RuleOtherService
	case report.MetricWrongLabels:
		return RuleWrongLabels
	case report.MetricStale:
		return RuleStale
	case report.MetricRecorded:
		return RuleRecorded
	case report.MetricMissing, report.MetricOK, report.MetricNoErrorsYet, report.MetricError:
	}
	return RuleMissing
}

// message says what is wrong in one sentence, without what changes from run to
// run, so that the finding stays the same finding.
func (r *run) message(w *want, st report.MetricState) string {
	name, of := r.describe(w)
	var text string
	switch st {
	case report.MetricOtherService:
		text = name + " exists, but not" + of
		if len(w.own) > 0 {
			text += " (declared as " + w.selector(r.o.ServiceLabel) + ")"
		}
	case report.MetricWrongLabels:
		text = name + of + " exists, but no series of it matches " + matcherList(w.own)
	case report.MetricStale:
		text = name + of + " has no sample any more; the last one was at " + w.seen.lastSeen.UTC().Format(time.RFC3339)
	case report.MetricRecorded:
		text = name + of + " has no sample yet, although a loaded recording rule makes it"
	case report.MetricMissing, report.MetricOK, report.MetricNoErrorsYet, report.MetricError:
		text = name + " does not exist: no series" + of + " now" + r.historyWords(w)
	}
	if w.defaultOf != "" {
		text += " (nobody wrote this query; it is the default of service type " + string(w.defaultOf) + ")"
	}
	return text
}

// describe returns the metric, and the words that say whose.
func (r *run) describe(w *want) (name, of string) {
	if len(w.names) == 0 {
		return w.selector(r.o.ServiceLabel), ""
	}
	if w.owner != "" {
		of = " with " + labels.MustNewMatcher(labels.MatchEqual, r.o.ServiceLabel, w.owner).String()
	}
	return w.names[0], of
}

func (r *run) historyWords(w *want) string {
	if !r.historyKnown || len(w.names) == 0 {
		return ""
	}
	return " or in the " + spell(r.o.History) + " before"
}

// spell writes a duration as 7 days, 36 hours or as Go does.
func spell(d time.Duration) string {
	day := 24 * time.Hour
	switch {
	case d >= 2*day && d%day == 0:
		return strconv.Itoa(int(d/day)) + " days"
	case d >= 2*time.Hour && d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + " hours"
	}
	return d.String()
}

func matcherList(matchers []*labels.Matcher) string {
	parts := make([]string, len(matchers))
	for i, m := range matchers {
		parts[i] = m.String()
	}
	return strings.Join(parts, ", ")
}

// sourceFindings reports what the source could not answer, once for all
// metrics.
func (r *run) sourceFindings() []report.Finding {
	var failed, partial int
	var failure *source.Error
	var warning string
	for _, w := range r.wants {
		if w.seen.live || w.seen.unsure == nil {
			continue
		}
		var e *source.Error
		if errors.As(w.seen.unsure, &e) {
			failed++
			if failure == nil {
				failure = e
			}
			continue
		}
		partial++
		if warning == "" {
			warning = w.seen.unsure.Error()
		}
	}
	var out []report.Finding
	if failed > 0 {
		f := report.At(report.Position{}, RuleUnavailable, report.Warning,
			fmt.Sprintf("it is not known whether %s: %s", existence(failed), failure.Message))
		f.Suggestion = failure.Hint
		out = append(out, f)
	}
	if partial > 0 {
		f := report.At(report.Position{}, RulePartialAnswer, report.Warning,
			fmt.Sprintf("it is not known whether %s: %s", existence(partial), warning))
		f.Suggestion = "what is absent from such an answer is unknown, not missing; run again when all stores of the server answer"
		out = append(out, f)
	}
	return out
}

func existence(metrics int) string {
	if metrics == 1 {
		return "1 declared metric exists"
	}
	return strconv.Itoa(metrics) + " declared metrics exist"
}
