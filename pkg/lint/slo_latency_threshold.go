package lint

import (
	"fmt"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// sloLatencyThreshold reports latency SLOs that do not say what is fast enough.
type sloLatencyThreshold struct{}

func (sloLatencyThreshold) Rule() Rule {
	return Rule{ID: "slo/latency-threshold", Severity: report.Warning, Title: "The latency SLO has no threshold"}
}

func (c sloLatencyThreshold) CheckService(s *spec.Service) []report.Finding {
	var out []report.Finding
	for _, slo := range s.SLOs {
		if slo.Indicator.Kind != spec.IndicatorLatency || slo.Indicator.Threshold.V > 0 {
			continue
		}
		message := fmt.Sprintf("the latency SLO %s has no threshold, so nothing says which requests are fast enough and it cannot be measured", slo.Name.V)
		fix := fmt.Sprintf("add threshold_ms: %d", suggestedLatency(s))
		out = append(out, slo.Indicator.At.Finding(c.Rule().ID, c.Rule().Severity, s.Name.V, message, fix))
	}
	return out
}

func suggestedLatency(s *spec.Service) int { return s.Tier.V.Facts().LatencyP99Milliseconds }
