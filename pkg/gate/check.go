package gate

import (
	"errors"
	"time"

	"github.com/nthlayer/action/pkg/policy"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// compiled is a DeploymentGate, or the default one of a service without any,
// after everything in it was checked.
type compiled struct {
	// resource is nil for the default gate.
	resource   *spec.Gate
	zone       *time.Location
	conditions []compiledCondition
	exceptions []compiledException
}

type compiledCondition struct {
	spec.Condition
	program *policy.Condition
	// broken says why there is no program.
	broken string
}

type compiledException struct {
	spec.Exception
	// broken is set when until is not a date. Such an exception never applies.
	broken bool
}

// Check returns what is wrong with the conditions, time zones and exceptions of
// a service's gates, without any measurement. Decide finds the same.
func Check(s *spec.Service) []report.Finding {
	_, findings := compileGates(s)
	return findings
}

func compileGates(s *spec.Service) ([]compiled, []report.Finding) {
	if len(s.Gates) == 0 {
		return []compiled{{zone: time.UTC}}, nil
	}
	var gates []compiled
	var findings []report.Finding
	for i := range s.Gates {
		g, found := compileGate(s.Name.V, &s.Gates[i])
		gates = append(gates, g)
		findings = append(findings, found...)
	}
	return gates, findings
}

func compileGate(service string, resource *spec.Gate) (compiled, []report.Finding) {
	g := compiled{resource: resource}
	var findings []report.Finding
	zone, zoneErr := policy.LoadZone(resource.Timezone.V)
	if zoneErr != nil {
		zone = time.UTC
		findings = append(findings, resource.Timezone.At.Finding(RuleTimezone, report.Error, service,
			zoneErr.Error(), ""))
	}
	g.zone = zone
	for _, c := range resource.Conditions {
		cc, found := compileCondition(service, c)
		if zoneErr != nil && cc.broken == "" {
			cc.broken = zoneErr.Error()
		}
		g.conditions = append(g.conditions, cc)
		findings = append(findings, found...)
	}
	for _, e := range resource.Exceptions {
		ce, found := compileException(service, e)
		g.exceptions = append(g.exceptions, ce)
		findings = append(findings, found...)
	}
	return g, findings
}

func compileCondition(service string, c spec.Condition) (compiledCondition, []report.Finding) {
	program, err := policy.Compile(c.When.V)
	if err == nil {
		return compiledCondition{Condition: c, program: program}, nil
	}
	cc := compiledCondition{Condition: c, broken: err.Error()}
	fault := &policy.Error{Message: err.Error(), End: len(c.When.V)}
	errors.As(err, &fault)
	return cc, []report.Finding{c.When.At.FindingInside(fault.Start, fault.End, RuleCondition, report.Error, service,
		"condition "+conditionName(c)+": "+fault.Message, fault.Suggestion)}
}

// conditionName is the name, or the text of a condition without one.
func conditionName(c spec.Condition) string {
	if c.Name.V != "" {
		return c.Name.V
	}
	if c.When.V != "" {
		return c.When.V
	}
	return "(always)"
}

func compileException(service string, e spec.Exception) (compiledException, []report.Finding) {
	ce := compiledException{Exception: e}
	if e.Until.V == "" {
		return ce, nil
	}
	if _, err := time.Parse(time.DateOnly, e.Until.V); err == nil {
		return ce, nil
	}
	ce.broken = true
	return ce, []report.Finding{e.Until.At.Finding(RuleException, report.Error, service,
		"the exception for "+e.Who.V+" never applies: until is not a date: "+e.Until.V,
		"write its last day as in 2025-01-31")}
}
