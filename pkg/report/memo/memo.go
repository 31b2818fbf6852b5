// Package memo remembers in a few bytes what a report said, so that the next one
// can be compared with it: what is kept, how it is written into one hidden line of
// a comment, and what changed between two of them. What is read back counts as
// hostile.
package memo

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// Verdict is what is remembered of one report.
type Verdict struct {
	// SHA is the full id of the commit that the report was about.
	SHA      string         `json:"h"`
	Verdict  report.Verdict `json:"v"`
	Errors   int            `json:"e,omitempty"`
	Warnings int            `json:"w,omitempty"`
	// Total is how many services there were, also where Services has fewer.
	Total int `json:"n,omitempty"`
	Cut   Cut `json:"c,omitempty"`
	// Stages are the names of the stages of the run, sorted, each once. Verdicts and
	// counts of runs with other stages say different things.
	Stages []string `json:"g,omitempty"`
	// Services are sorted by name, each name once.
	Services []Service `json:"s,omitempty"`
}

// Service is what is remembered of one service.
type Service struct {
	Name     string         `json:"n"`
	Verdict  report.Verdict `json:"v"`
	Tier     string         `json:"t,omitempty"`
	Errors   int            `json:"e,omitempty"`
	Warnings int            `json:"w,omitempty"`
	// Budget is the least budget of all SLOs that is left, in percent and rounded
	// down to one decimal, as it is shown; null when none is known.
	Budget report.Number `json:"b,omitempty"`
	// Objectives are sorted by name, each name once.
	Objectives []Objective `json:"o,omitempty"`
	// Missing are the names of metrics that are declared and were not there,
	// sorted. Checked says that this is known of every metric of the service.
	Missing []string `json:"m,omitempty"`
	Checked bool     `json:"k,omitempty"`
}

// Objective is the objective of one SLO in percent, above 0 and below 100.
type Objective struct {
	Name    string  `json:"n"`
	Percent float64 `json:"p"`
}

// Cut is how much was left out of a Verdict for want of room. Each cut leaves out
// what those before it do, too.
type Cut int

// The cuts, in the order in which they are made. What can be read in the files of
// the commit goes before what only that run knew.
const (
	CutNothing Cut = iota
	CutObjectives
	CutMissing
	// CutPassing leaves out services with which all was well.
	CutPassing
	// CutServices leaves the totals.
	CutServices
)

// The bounds of what is remembered. Names are clipped, numbers are not kept
// beyond their bound.
const (
	maxName   = 100 // characters
	maxNumber = 1e9
	maxStages = 8
	maxStage  = 20 // characters of the name of a stage
)

// Of returns what to remember of a report about a commit. Of services with one
// name the first is kept.
func Of(rep *report.Report, sha string) Verdict {
	v := Verdict{
		SHA: sha, Verdict: cmp.Or(rep.Verdict, report.Undecidable),
		Errors: rep.Summary.Errors, Warnings: rep.Summary.Warnings, Total: len(rep.Services),
	}
	found := make(map[string][]report.Finding)
	for _, f := range rep.Findings {
		found[f.Service] = append(found[f.Service], f)
	}
	for _, s := range rep.Services {
		kept := ofService(s)
		kept.Errors, kept.Warnings, _ = report.Count(found[s.Name])
		v.Services = append(v.Services, kept)
	}
	v.Services = byName(v.Services, func(s Service) string { return s.Name })
	v.Stages = stagesOf(rep.Stages)
	return v
}

// stagesOf returns the names of stages as they are kept.
func stagesOf(stages []report.Stage) []string {
	var names []string
	for _, s := range stages {
		names = append(names, report.Clip(name(s.Name), maxStage))
	}
	names = byName(names, func(s string) string { return s })
	return names[:min(len(names), maxStages)]
}

func ofService(s report.Service) Service {
	out := Service{Name: name(s.Name), Verdict: cmp.Or(s.Verdict, report.Undecidable), Tier: name(s.Tier)}
	for _, o := range s.SLOs {
		if left := o.Budget.RemainingPercent; left != nil && (out.Budget == nil || shown(*left) < *out.Budget) {
			out.Budget = report.Num(shown(*left))
		}
		if o.Objective != nil && possible(*o.Objective) {
			out.Objectives = append(out.Objectives, Objective{name(o.Name), *o.Objective})
		}
	}
	out.Objectives = byName(out.Objectives, func(o Objective) string { return o.Name })
	out.Checked = len(s.Metrics) > 0
	for _, m := range s.Metrics {
		switch m.State {
		case report.MetricMissing, report.MetricOtherService, report.MetricWrongLabels, report.MetricStale:
			out.Missing = append(out.Missing, name(m.Name))
		case report.MetricOK, report.MetricNoErrorsYet, report.MetricRecorded:
		case report.MetricError:
			out.Checked = false
		}
	}
	out.Missing = byName(out.Missing, func(s string) string { return s })
	return out
}

// name is a name as it is kept: clipped, and text in UTF-8.
func name(s string) string { return report.Clip(strings.ToValidUTF8(s, "\uFFFD"), maxName) }

// shown rounds a budget down to one decimal and keeps it within the bound.
func shown(percent float64) float64 {
	return min(max(math.Floor(percent*10+1e-6)/10, -maxNumber), maxNumber)
}

func possible(objective float64) bool { return objective > 0 && objective < 100 }

// byName sorts by name and drops what has no name, or one that came before.
func byName[T any](all []T, key func(T) string) []T {
	all = slices.DeleteFunc(all, func(x T) bool { return key(x) == "" })
	slices.SortStableFunc(all, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return slices.CompactFunc(all, func(a, b T) bool { return key(a) == key(b) })
}

// Totals returns the verdict without any service.
func (v Verdict) Totals() Verdict { return v.cut(CutServices) }

// cut returns the verdict without what the cut leaves out.
func (v Verdict) cut(c Cut) Verdict {
	v.Cut = c
	if c >= CutServices {
		v.Services = nil
		return v
	}
	v.Services = slices.Clone(v.Services)
	if c >= CutPassing {
		v.Services = slices.DeleteFunc(v.Services, func(s Service) bool { return s.Verdict == report.Pass })
	}
	for i := range v.Services {
		if c >= CutObjectives {
			v.Services[i].Objectives = nil
		}
		if c >= CutMissing {
			v.Services[i].Missing, v.Services[i].Checked = nil, false
		}
	}
	return v
}
