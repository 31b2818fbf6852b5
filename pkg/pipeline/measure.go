package pipeline

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
)

// measureQueryBytes is how long a query over many services may be, unless the
// source says less: a thousand names, three times. Prometheus takes any length
// in a POST, and a server that does not is asked again in halves.
const measureQueryBytes = 96 << 10

// ServiceKey tells services apart: two files may name the same service.
type ServiceKey struct{ File, Name string }

// KeyOf returns the key of a service.
func KeyOf(s *spec.Service) ServiceKey { return ServiceKey{File: s.File, Name: s.Name.V} }

// Measure measures every SLO of the services at one time and returns them by
// service, in the order of the file. It never fails as a whole: what the source
// could not answer is in the state and the detail of each SLO. Without a source
// every state is not_measured, and a source without history is not asked.
//
// All services are asked about together: questions that differ only in the value
// of the service label become one query, in a few rounds.
func Measure(ctx context.Context, src source.Source, services []*spec.Service, serviceLabel string, at time.Time, o source.AskOptions) map[ServiceKey][]report.SLO {
	if src == nil {
		return unmeasured(services, at, report.StateNotMeasured, "no source of metrics was given")
	}
	if info := src.Info(); !info.History {
		return unmeasured(services, at, report.StateNoData, info.Name+" knows one moment only, and an SLI is measured over a window")
	}
	if o.QueryBytes <= 0 {
		o.QueryBytes = measureQueryBytes
	}
	measurements := make(map[ServiceKey][]*slo.Measurement, len(services))
	var open []*slo.Measurement
	for _, s := range services {
		key := KeyOf(s)
		if _, twice := measurements[key]; twice {
			continue
		}
		measurements[key] = make([]*slo.Measurement, len(s.SLOs))
		for i, objective := range s.SLOs {
			m := slo.New(s, objective, slo.Options{Label: serviceLabel, At: at})
			measurements[key][i] = m
			open = append(open, m)
		}
	}
	for open = unfinished(open); len(open) > 0; open = unfinished(open) {
		answerRound(ctx, src, open, at, o)
	}
	out := make(map[ServiceKey][]report.SLO, len(measurements))
	for key, list := range measurements {
		out[key] = make([]report.SLO, len(list))
		for i, m := range list {
			out[key][i] = m.Result()
		}
	}
	return out
}

func unmeasured(services []*spec.Service, at time.Time, state report.SLOState, detail string) map[ServiceKey][]report.SLO {
	out := make(map[ServiceKey][]report.SLO, len(services))
	for _, s := range services {
		list := make([]report.SLO, len(s.SLOs))
		for i, objective := range s.SLOs {
			list[i] = slo.Unmeasured(objective, at, state, detail)
		}
		out[KeyOf(s)] = list
	}
	return out
}

func unfinished(measurements []*slo.Measurement) []*slo.Measurement {
	return slices.DeleteFunc(measurements, func(m *slo.Measurement) bool { return len(m.Questions()) == 0 })
}

// answerRound asks the open questions of all measurements. Those about recorded
// counts name the service by another label than those about metrics may.
func answerRound(ctx context.Context, src source.Source, open []*slo.Measurement, at time.Time, o source.AskOptions) {
	byLabel := map[string][]source.Question{}
	for i, m := range open {
		for _, q := range m.Questions() {
			byLabel[q.Label] = append(byLabel[q.Label], source.Question{ID: strconv.Itoa(i) + "/" + q.ID, Expr: q.Expr, Value: q.Value, Long: q.Long})
		}
	}
	answers := make([]map[string]slo.Answer, len(open))
	for i := range answers {
		answers[i] = map[string]slo.Answer{}
	}
	for _, label := range slices.Sorted(maps.Keys(byLabel)) {
		for id, reply := range source.Ask(ctx, src, byLabel[label], label, at, o) {
			number, question, _ := strings.Cut(id, "/")
			if i, err := strconv.Atoi(number); err == nil && i < len(answers) {
				answers[i][question] = answerOf(reply)
			}
		}
	}
	for i, m := range open {
		m.Take(answers[i])
	}
}

// answerOf takes the value at the one moment that was asked about.
func answerOf(r source.Reply) slo.Answer {
	a := slo.Answer{Warnings: r.Warnings, Histograms: r.Histograms, Err: r.Err}
	for _, s := range r.Series {
		if n := len(s.Points); n > 0 {
			a.Samples = append(a.Samples, slo.Sample{Labels: s.Labels, Value: s.Points[n-1].Value})
		}
	}
	return a
}
