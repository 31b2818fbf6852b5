package gate

import (
	"time"

	"github.com/nthlayer/action/pkg/policy"
	"github.com/nthlayer/action/pkg/spec"
)

// compiled is a DeploymentGate, or the default one of a service without any. What
// is wrong with its text is for lint to report; here it only decides.
type compiled struct {
	// resource is nil for the default gate.
	resource   *spec.Gate
	zone       *time.Location
	conditions []compiledCondition
}

type compiledCondition struct {
	spec.Condition
	program *policy.Condition
	// broken says why the condition cannot be evaluated, and is empty when it can.
	broken string
}

func compileGates(s *spec.Service) []compiled {
	if len(s.Gates) == 0 {
		return []compiled{{zone: time.UTC}}
	}
	names := policy.NamesOf(s)
	gates := make([]compiled, len(s.Gates))
	for i := range s.Gates {
		gates[i] = compileGate(&s.Gates[i], names)
	}
	return gates
}

// compileGate compiles the conditions of a gate. In a zone that does not exist
// none of them can be trusted.
func compileGate(resource *spec.Gate, names *policy.Names) compiled {
	zone, zoneErr := policy.LoadZone(resource.Timezone.V)
	g := compiled{resource: resource, zone: zone}
	for _, c := range resource.Conditions {
		program, err := policy.Compile(c.When.V, names)
		if err == nil {
			err = zoneErr
		}
		cc := compiledCondition{Condition: c, program: program}
		if err != nil {
			cc.broken = err.Error()
		}
		g.conditions = append(g.conditions, cc)
	}
	return g
}

// exceptions are those of the gate; the default gate has none.
func (g compiled) exceptions() []spec.Exception {
	if g.resource == nil {
		return nil
	}
	return g.resource.Exceptions
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
