package lint

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// sloCeiling reports availability objectives that the dependencies of the service
// do not allow. A service is up only while everything that it cannot work without
// is up, so the most that it can reach is the product of what they promise.
// Dependencies of criticality medium and low do not count: the service works
// without them.
type sloCeiling struct{}

func (sloCeiling) Rule() Rule {
	return Rule{ID: "slo/ceiling", Severity: report.Warning, Title: "The objective is above what the dependencies allow"}
}

func (c sloCeiling) CheckService(s *spec.Service) []report.Finding {
	known, unknown := promisedBy(s)
	if len(known) == 0 {
		return nil
	}
	ceiling := product(known)
	var out []report.Finding
	for _, slo := range s.SLOs {
		if !slo.Objective.V.Given() || !aboutAvailability(slo) {
			continue
		}
		o := slo.Objective
		switch {
		case o.V.Target().Cmp(ceiling) > 0:
			message := fmt.Sprintf("the objective %s %% of %s is above %s, the most that its dependencies allow: %s",
				o.V.Text, slo.Name.V, percentOf(ceiling), breakdown(known))
			out = append(out, o.At.Finding(c.Rule().ID, report.Warning, s.Name.V, message,
				"lower the objective, or make the service work without one of them and set its criticality to medium"))
		case len(unknown) > 0:
			message := fmt.Sprintf("the dependencies of %s allow at most %s, and %s may lower that: it has no sla", slo.Name.V, percentOf(ceiling), strings.Join(unknown, ", "))
			out = append(out, o.At.Finding(c.Rule().ID, report.Info, s.Name.V, message, "add sla: to each dependency of criticality critical or high"))
		}
	}
	return out
}

// promise is what one dependency promises.
type promise struct {
	name string
	// share is 0 < share < 1.
	share *big.Rat
}

// promisedBy returns what the dependencies that the service needs promise by
// their sla, and the names of those without one. A name counts once.
func promisedBy(s *spec.Service) (known []promise, unknown []string) {
	seen := map[string]bool{}
	for _, d := range s.Dependencies {
		key := strings.ToLower(d.Name.V)
		if !d.Critical() || seen[key] {
			continue
		}
		seen[key] = true
		if !d.SLA.V.Given() {
			unknown = append(unknown, d.Name.V)
			continue
		}
		known = append(known, promise{name: d.Name.V, share: d.SLA.V.Target()})
	}
	return known, unknown
}

func product(promises []promise) *big.Rat {
	out := big.NewRat(1, 1)
	for _, p := range promises {
		out.Mul(out, p.share)
	}
	return out
}

func breakdown(promises []promise) string {
	var parts []string
	for _, p := range promises {
		parts = append(parts, p.name+" "+percentOf(p.share))
	}
	return strings.Join(parts, " × ")
}

// percentOf shows a share as a percentage, and one below 100 never as 100.
func percentOf(share *big.Rat) string {
	percent, _ := new(big.Rat).Mul(share, big.NewRat(100, 1)).Float64()
	return report.PercentApart(percent, 100, 4)
}

// aboutAvailability reports whether an SLO is about requests being served at all,
// which is what falls together with a dependency.
func aboutAvailability(slo spec.SLO) bool {
	declared := slo.Indicator.Declared.V
	switch slo.Indicator.Kind {
	case spec.IndicatorLatency, spec.IndicatorThreshold:
		return false
	case spec.IndicatorEvents, spec.IndicatorRatio:
		return slices.Contains([]string{"", "availability", "success_rate", "success_ratio", "error_rate"}, declared)
	case spec.IndicatorNone:
		return declared == "availability" || strings.Contains(slo.Name.V, "availab")
	}
	return false
}
