package lint

import (
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// gateThresholds reports thresholds that contradict each other. Thresholds are
// percent of budget remaining, so a gate warns at a higher one than it blocks
// at. What is no percentage is found when the file is read.
type gateThresholds struct{}

func (gateThresholds) Rule() Rule {
	return Rule{ID: "gate/thresholds", Severity: report.Error, Title: "The thresholds of a gate contradict each other"}
}

func (c gateThresholds) CheckService(s *spec.Service) []report.Finding {
	var out []report.Finding
	for _, g := range s.Gates {
		warning, blocking := effective(s, g)
		out = append(out, c.order(s, g, warning, blocking)...)
		for _, cond := range g.Conditions {
			out = append(out, c.condition(s, cond, warning, blocking)...)
		}
	}
	return out
}

func (c gateThresholds) order(s *spec.Service, g spec.Gate, warning, blocking *float64) []report.Finding {
	if warning == nil || blocking == nil || *blocking <= *warning {
		return nil
	}
	// Two numbers of one file are a slip, most likely swapped; one number beside
	// a default may be meant.
	severity, at, note := report.Error, g.Blocking.At, ""
	switch {
	case !g.Blocking.Given && !g.Warning.Given:
		return nil
	case !g.Blocking.Given:
		severity, at, note = report.Warning, g.Warning.At, " (the default of the tier)"
	case !g.Warning.Given:
		severity = report.Warning
	}
	message := "the gate blocks below " + report.Percent(*blocking, 2) + note + " and warns only below " + report.Percent(*warning, 2) + ", so nobody is ever warned"
	return one(at.Finding(c.Rule().ID, severity, s.Name.V, message, "set blocking below warning; both are percent of budget remaining"))
}

func (c gateThresholds) condition(s *spec.Service, cond spec.Condition, warning, blocking *float64) []report.Finding {
	w, b := cond.Warning, cond.Blocking
	if number(w) && number(b) && b.Percent > w.Percent {
		message := "the condition " + cond.Name.V + " blocks below " + report.Percent(b.Percent, 2) + " and warns only below " + report.Percent(w.Percent, 2)
		return one(b.At.Finding(c.Rule().ID, c.Rule().Severity, s.Name.V, message, "set blocking below warning; both are percent of budget remaining"))
	}
	if cond.Relax || !w.Given && !b.Given || raises(w, warning) || raises(b, blocking) {
		return nil
	}
	return one(cond.At.Finding(c.Rule().ID, report.Warning, s.Name.V,
		"the condition "+cond.Name.V+" changes nothing: its thresholds are not above those of the gate", "raise them, or add mode: relax to lower the gate's"))
}

func number(l spec.Limit) bool { return l.Given && !l.Off }

// raises reports whether a limit is stricter than the gate's.
func raises(l spec.Limit, base *float64) bool {
	return number(l) && (base == nil || l.Percent > *base)
}

// effective returns the thresholds of a gate with the defaults of the tier; nil
// is off.
func effective(s *spec.Service, g spec.Gate) (warning, blocking *float64) {
	defaults, _ := s.Tier.V.Facts().Gate(s.Environment)
	return g.Warning.Or(defaults.Warning), g.Blocking.Or(defaults.Blocking)
}
