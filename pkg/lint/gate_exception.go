package lint

import (
	"time"

	"github.com/nthlayer/action/pkg/policy"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// gateException reports exceptions that have an end which cannot be read, has
// passed or never comes, or that nobody can judge for want of a reason.
type gateException struct{ now time.Time }

func (gateException) Rule() Rule {
	return Rule{ID: "gate/exception", Severity: report.Error, Title: "An exception of a gate is incomplete or over"}
}

func (c gateException) CheckService(s *spec.Service) []report.Finding {
	var out []report.Finding
	for _, g := range s.Gates {
		for _, e := range g.Exceptions {
			switch {
			case e.Until.Set():
				out = append(out, c.until(s, g, e)...)
			case e.Allow.V == "always":
				out = append(out, e.At.Finding(c.Rule().ID, report.Warning, s.Name.V,
					"the exception for "+e.Who.V+" opens the gate for ever", "add until: with its last day, as in 2026-03-31, and reason:"))
			}
		}
	}
	return out
}

func (c gateException) until(s *spec.Service, g spec.Gate, e spec.Exception) []report.Finding {
	id := c.Rule().ID
	zone, _ := policy.LoadZone(g.Timezone.V) // gate/timezone reports one that does not exist
	over, err := policy.DayOver(e.Until.V, c.now, zone)
	if err != nil {
		return one(e.Until.At.Finding(id, report.Error, s.Name.V,
			"the exception for "+e.Who.V+" never applies: until is "+err.Error(), "write its last day as in 2026-03-31"))
	}
	var out []report.Finding
	if over && !c.now.IsZero() {
		out = append(out, e.Until.At.Finding(id, report.Warning, s.Name.V,
			"the exception for "+e.Who.V+" expired after "+e.Until.V, "remove it, or give it a later day and a new reason if it is still needed"))
	}
	if e.Reason.V == "" {
		out = append(out, e.At.Finding(id, report.Warning, s.Name.V, "the exception for "+e.Who.V+" has an end but no reason", "add reason: with a ticket or a sentence"))
	}
	return out
}
