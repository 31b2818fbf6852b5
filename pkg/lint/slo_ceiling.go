package lint

import (
	"fmt"
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
	known, unknown := c.promised(s)
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

// promised returns what the dependencies that the service needs promise by their sla, and
// the names of those without one.
func (sloCeiling) promised(s *spec.Service) (known []promise, unknown []string) {
	for d := range needed(s) {
		if d.SLA.V.Given() {
			known = append(known, promise{name: d.Name.V, share: d.SLA.V.Target()})
		} else {
			unknown = append(unknown, d.Name.V)
		}
	}
	return known, unknown
}
