package lint

import (
	"errors"

	"github.com/nthlayer/action/pkg/policy"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// gateCondition reports conditions of gates that cannot be read, at the word that
// is wrong.
type gateCondition struct{}

func (gateCondition) Rule() Rule {
	return Rule{ID: "gate/condition", Severity: report.Error, Title: "The condition of a gate cannot be read"}
}

func (c gateCondition) CheckService(s *spec.Service) []report.Finding {
	var out []report.Finding
	names := policy.NamesOf(s)
	for _, g := range s.Gates {
		for _, cond := range g.Conditions {
			_, err := policy.Compile(cond.When.V, names)
			if e, ok := errors.AsType[*policy.Error](err); ok {
				out = append(out, cond.When.At.FindingInside(e.Start, e.End, c.Rule().ID, c.Rule().Severity, s.Name.V, e.Message, e.Suggestion))
			}
		}
	}
	return out
}
