package lint

import (
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// dependencyCycle reports services that depend on each other in a circle: when
// all of them are down, none can start.
type dependencyCycle struct{}

func (dependencyCycle) Rule() Rule {
	return Rule{ID: "dependency/cycle", Severity: report.Error, Title: "Services depend on each other in a circle"}
}

func (c dependencyCycle) CheckServices(services []*spec.Service) []report.Finding {
	edges := map[[2]string]spec.Dependency{}
	for _, s := range services {
		for _, d := range s.Dependencies {
			key := [2]string{s.Name.V, d.Name.V}
			if old, ok := edges[key]; isServiceDependency(d) && (!ok || d.Critical() && !old.Critical()) {
				edges[key] = d
			}
		}
	}
	var out []report.Finding
	for _, chain := range spec.NewGraph(services).Cycles() {
		if len(chain) <= 2 {
			continue // dependency/self reports it
		}
		severity := report.Warning
		for i := 1; i < len(chain); i++ {
			if edges[[2]string{chain[i-1], chain[i]}].Critical() {
				severity = c.Rule().Severity
			}
		}
		first := edges[[2]string{chain[0], chain[1]}]
		out = append(out, first.At.Finding(c.Rule().ID, severity, chain[0],
			"services depend on each other in a circle: "+strings.Join(chain, " -> "), "break the circle at one of them, for example with a queue"))
	}
	return out
}
