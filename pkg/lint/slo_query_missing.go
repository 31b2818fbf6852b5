package lint

import (
	"fmt"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// sloQueryMissing reports SLOs for which nobody wrote a query.
type sloQueryMissing struct{}

func (sloQueryMissing) Rule() Rule {
	return Rule{ID: "slo/query-missing", Severity: report.Warning, Title: "The SLO has no query"}
}

func (c sloQueryMissing) CheckService(s *spec.Service) []report.Finding {
	var out []report.Finding
	for _, slo := range s.SLOs {
		i, severity := slo.Indicator, c.Rule().Severity
		var message string
		switch {
		case i.Defaulted && !slo.Objective.V.Given():
			continue // without an objective nothing is measured, not by the default either
		case i.Defaulted:
			severity = report.Info // verify says whether the default's metrics exist
			message = fmt.Sprintf("the SLO %s has no query; the default of the type %s is used", slo.Name.V, s.Type.V)
		case i.Kind == spec.IndicatorNone && len(i.Expressions()) == 0:
			message = fmt.Sprintf("the SLO %s has no query and %s, so it cannot be measured", slo.Name.V, noDefault(s))
		default:
			continue
		}
		out = append(out, slo.At.Finding(c.Rule().ID, severity, s.Name.V, message,
			"add indicator: with total_query and good_query"))
	}
	return out
}

// noDefault says why no query stands in for the missing one.
func noDefault(s *spec.Service) string {
	if s.Type.V == "" {
		return "the service has no type that would give it one"
	}
	return "the type " + string(s.Type.V) + " has no default for it"
}
