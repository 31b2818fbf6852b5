package lint

import (
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// gateTimezone reports time zones that do not exist. Local is one of them: it is
// another zone on every machine.
type gateTimezone struct{}

func (gateTimezone) Rule() Rule {
	return Rule{ID: "gate/timezone", Severity: report.Error, Title: "The time zone of a gate does not exist"}
}

func (c gateTimezone) CheckService(s *spec.Service) []report.Finding {
	var out []report.Finding
	for _, g := range s.Gates {
		if !g.Timezone.Set() {
			continue
		}
		if _, err := time.LoadLocation(g.Timezone.V); err != nil || g.Timezone.V == "Local" {
			out = append(out, g.Timezone.At.Finding(c.Rule().ID, c.Rule().Severity, s.Name.V, "timezone: "+g.Timezone.V+" does not exist", "write a zone such as Europe/Dublin or UTC"))
		}
	}
	return out
}
