package gate

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/policy"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// assessment is what the gate makes of one SLO.
type assessment struct {
	name string
	at   spec.Origin
	slo  report.SLO
	// known is set when remaining, in percent of the budget, was measured.
	known     bool
	remaining float64
	// code and text say why the budget is not known, or why it is full without
	// traffic.
	code, text string
}

// assess judges every SLO of the service: those known with the least budget
// first, then the others by name.
func assess(s *spec.Service, measured []report.SLO) []assessment {
	places, broken := map[string]spec.Origin{}, map[string]string{}
	for _, slo := range s.SLOs {
		places[slo.Name.V], broken[slo.Name.V] = slo.At, slo.Broken
		if slo.Objective.At.Written() {
			places[slo.Name.V] = slo.Objective.At
		}
	}
	seen := map[string]bool{}
	var all []assessment
	for _, m := range measured {
		seen[m.Name] = true
		a := assessOne(m)
		a.at = s.At
		if place, ok := places[m.Name]; ok {
			a.at = place
		}
		if why := broken[m.Name]; why != "" && a.known {
			a.known, a.code, a.text = false, CodeUnreadable, "SLO "+m.Name+" is not what its file says: "+why
		}
		all = append(all, a)
	}
	for _, slo := range s.SLOs {
		if !seen[slo.Name.V] {
			seen[slo.Name.V] = true
			a := assessOne(report.SLO{Name: slo.Name.V, Objective: slo.Objective.V.Number(), State: report.StateNotMeasured})
			a.at = places[slo.Name.V]
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b assessment) int {
		if a.known != b.known {
			return map[bool]int{true: -1, false: 1}[a.known]
		}
		return cmp.Or(cmp.Compare(a.remaining, b.remaining), strings.Compare(a.name, b.name))
	})
	return all
}

func assessOne(m report.SLO) assessment {
	a := assessment{name: m.Name, slo: m}
	switch m.State {
	case report.StateOK:
		a.remaining, a.known = remaining(m.Budget)
		if !a.known {
			a.code, a.text = CodeNotComputable, "SLO "+m.Name+" was measured, but its error budget is not a number"
		}
	case report.StateNoTraffic:
		a.known, a.remaining = true, 100
		if r, ok := remaining(m.Budget); ok {
			a.remaining = r
		}
		a.code, a.text = CodeNoTraffic, "SLO "+m.Name+" had no traffic over its window, so none of its error budget was used"
	case report.StateNoData:
		a.code, a.text = CodeNoData, "SLO "+m.Name+" has no data"
	case report.StateNotComputable:
		a.code, a.text = CodeNotComputable, "SLO "+m.Name+" cannot be computed"
	case report.StateError:
		a.code, a.text = CodeSourceError, "SLO "+m.Name+" could not be measured"
	case report.StateNotMeasured:
		a.code, a.text = CodeNotMeasured, "SLO "+m.Name+" was not measured: give prometheus-url (the flag --prometheus-url, or the input)"
	default:
		a.code, a.text = CodeNotComputable, "SLO "+m.Name+" is in an unknown state"
	}
	if m.Detail != "" && !a.known && m.State != report.StateNotMeasured {
		a.text += ": " + strings.TrimSuffix(m.Detail, ".")
	}
	return a
}

// remaining returns the percentage of a budget that is left. Of a budget of
// zero minutes any burn leaves nothing.
func remaining(b report.Budget) (float64, bool) {
	if b.TotalMinutes != nil && *b.TotalMinutes == 0 && b.BurnedMinutes != nil && *b.BurnedMinutes > 0 {
		return 0, true
	}
	if b.RemainingPercent == nil || math.IsNaN(*b.RemainingPercent) || math.IsInf(*b.RemainingPercent, 0) {
		return 0, false
	}
	return *b.RemainingPercent, true
}

// contextOf is what the conditions of all gates see. Where no environment was
// given, conditions and thresholds both take it for prod.
func contextOf(in Input, slos []assessment) policy.Context {
	s := in.Service
	c := policy.Context{
		Now: in.Now, Service: s.Name.V, Team: s.Team.V, Tier: string(s.Tier.V),
		Environment: cmp.Or(in.Environment, "prod"),
		Metadata:    map[string]string{},
		Branch:      in.Deploy.Branch, ChangeType: in.Deploy.ChangeType,
		Downstream: downstream(in.BlastRadius),
	}
	for _, e := range s.Metadata {
		c.Metadata[e.Key] = e.Value.V
	}
	for _, a := range slos {
		known := policy.SLO{Name: a.name, Objective: a.slo.Objective, SLI: a.slo.SLI, Burn: policy.BurnRates(a.slo.BurnRate)}
		if a.known {
			consumed := 100 - a.remaining
			known.Remaining, known.Consumed = &a.remaining, &consumed
			if c.WorstSLO == "" {
				c.WorstSLO, c.BudgetRemaining, c.BudgetConsumed = a.name, known.Remaining, known.Consumed
			}
		}
		c.SLOs = append(c.SLOs, known)
	}
	c.Burn = policy.BurnRates{
		Hour1: fastestOf(slos, func(b report.BurnRate) *float64 { return b.Hour1 }),
		Hour6: fastestOf(slos, func(b report.BurnRate) *float64 { return b.Hour6 }),
		Day3:  fastestOf(slos, func(b report.BurnRate) *float64 { return b.Day3 }),
	}
	return c
}

// fastestOf returns the highest of the burn rates of all SLOs that are known. If
// one of these rates is not known, neither is the highest.
func fastestOf(slos []assessment, rate func(report.BurnRate) *float64) *float64 {
	var highest *float64
	for _, a := range slos {
		r := rate(a.slo.BurnRate)
		switch {
		case !a.known:
		case r == nil || math.IsNaN(*r):
			return nil
		case highest == nil || *r > *highest:
			highest = r
		}
	}
	return highest
}

func downstream(radius *report.BlastRadius) *policy.Downstream {
	if radius == nil || radius.Partial {
		return nil
	}
	d := &policy.Downstream{Count: len(radius.Direct) + len(radius.Transitive), HighCriticality: radius.Critical}
	for _, consumer := range radius.Direct {
		d.Consumers = append(d.Consumers, consumer.Name)
	}
	return d
}

// BlastRadius returns who is affected when a service fails.
func BlastRadius(graph *spec.Graph, name string) *report.BlastRadius {
	direct, transitive := graph.Dependents(name)
	radius := &report.BlastRadius{Direct: []report.Dependent{}, Transitive: []report.Dependent{}}
	radius.Direct = append(radius.Direct, direct...)
	radius.Transitive = append(radius.Transitive, transitive...)
	for _, d := range slices.Concat(direct, transitive) {
		if d.Criticality == "critical" || d.Criticality == "high" || d.Tier == string(spec.TierCritical) {
			radius.Critical++
		}
	}
	return radius
}
