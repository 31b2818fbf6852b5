package lint

import (
	"iter"
	"math/big"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// needed goes through the dependencies that a service cannot work without, each once:
// names of services have no capitals, so Orders is orders. The service itself is none.
func needed(s *spec.Service) iter.Seq[spec.Dependency] {
	return func(yield func(spec.Dependency) bool) {
		seen := map[string]bool{strings.ToLower(s.Name.V): true}
		for _, d := range s.Dependencies {
			key := strings.ToLower(d.Name.V)
			if !d.Critical() || seen[key] {
				continue
			}
			seen[key] = true
			if !yield(d) {
				return
			}
		}
	}
}

// promise is what one dependency promises.
type promise struct {
	name string
	// share is 0 < share < 1.
	share *big.Rat
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

// bestObjective returns the strictest objective of a service about availability.
func bestObjective(s *spec.Service) (best spec.Objective, ok bool) {
	for _, slo := range s.SLOs {
		o := slo.Objective.V
		if o.Given() && aboutAvailability(slo) && (!ok || o.Target().Cmp(best.Target()) > 0) {
			best, ok = o, true
		}
	}
	return best, ok
}
