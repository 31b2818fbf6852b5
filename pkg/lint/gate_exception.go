package lint

import (
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// gateException reports exceptions that have an end which cannot be read, has
// passed, or that nobody can judge for want of a reason.
type gateException struct{ now time.Time }

func (gateException) Rule() Rule {
	return Rule{ID: "gate/exception", Severity: report.Error, Title: "An exception of a gate is incomplete or over"}
}

func (c gateException) CheckService(s *spec.Service) []report.Finding {
	var out []report.Finding
	for _, g := range s.Gates {
		for _, e := range g.Exceptions {
			if e.Until.Set() {
				out = append(out, c.until(s, g, e)...)
			}
		}
	}
	return out
}

func (c gateException) until(s *spec.Service, g spec.Gate, e spec.Exception) []report.Finding {
	id := c.Rule().ID
	last, err := time.ParseInLocation(time.DateOnly, e.Until.V, zone(g))
	if err != nil {
		return one(e.Until.At.Finding(id, report.Error, s.Name.V, "until: "+e.Until.V+" is not a date", "write the last day as 2026-03-31"))
	}
	var out []report.Finding
	// The last day itself still counts.
	if !c.now.IsZero() && !c.now.Before(last.AddDate(0, 0, 1)) {
		out = append(out, e.Until.At.Finding(id, report.Warning, s.Name.V, "the exception for "+e.Who.V+" ended on "+e.Until.V, "remove it, or give it a new end and reason"))
	}
	if e.Reason.V == "" {
		out = append(out, e.At.Finding(id, report.Warning, s.Name.V, "the exception for "+e.Who.V+" has an end but no reason", "add reason: with a ticket or a sentence"))
	}
	return out
}

// zone returns the zone of the gate's dates. One that cannot be read is reported
// by gate/timezone.
func zone(g spec.Gate) *time.Location {
	if loc, err := time.LoadLocation(g.Timezone.V); err == nil {
		return loc
	}
	return time.UTC
}
