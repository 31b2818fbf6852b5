package lint

import (
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// dependencySelf reports services that name themselves as a dependency.
type dependencySelf struct{}

func (dependencySelf) Rule() Rule {
	return Rule{ID: "dependency/self", Severity: report.Error, Title: "A service depends on itself"}
}

func (c dependencySelf) CheckService(s *spec.Service) []report.Finding {
	var out []report.Finding
	for _, d := range s.Dependencies {
		if isServiceDependency(d) && d.Name.V == s.Name.V && s.Name.V != "" {
			out = append(out, d.At.Finding(c.Rule().ID, c.Rule().Severity, s.Name.V, "the service "+s.Name.V+" depends on itself", "remove the dependency, or correct its name"))
		}
	}
	return out
}
