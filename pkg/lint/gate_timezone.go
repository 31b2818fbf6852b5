package lint

import (
	"github.com/nthlayer/action/pkg/policy"
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
		if _, err := policy.LoadZone(g.Timezone.V); err != nil {
			out = append(out, g.Timezone.At.Finding(c.Rule().ID, c.Rule().Severity, s.Name.V, err.Error(), "write UTC or an IANA name as in Europe/Dublin"))
		}
	}
	return out
}
