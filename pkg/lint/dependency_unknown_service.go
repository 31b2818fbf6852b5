package lint

import (
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// dependencyUnknownService reports dependencies on services that none of the
// files describes. With one file alone nothing is known about the others.
type dependencyUnknownService struct{}

func (dependencyUnknownService) Rule() Rule {
	return Rule{ID: "dependency/unknown-service", Severity: report.Warning, Title: "A dependency that no service file describes"}
}

func (c dependencyUnknownService) CheckServices(services []*spec.Service) []report.Finding {
	if len(services) < 2 {
		return nil
	}
	known := make(map[string]bool, len(services))
	names := make([]string, 0, len(services))
	for _, s := range services {
		known[s.Name.V] = true
		names = append(names, s.Name.V)
	}
	lexicon, nearest := report.NewLexicon(names), map[string]string{}
	var out []report.Finding
	for _, s := range services {
		for _, d := range s.Dependencies {
			name := d.Name.V
			if d.Kind != spec.DependencyService || known[name] {
				continue
			}
			if _, ok := nearest[name]; !ok {
				nearest[name] = lexicon.Nearest(name)
			}
			severity, fix := report.Info, "add a service file for it, or leave it if others own it"
			if near := nearest[name]; near != "" && near != s.Name.V {
				severity, fix = report.Warning, "did you mean "+near+"?"
			}
			out = append(out, d.At.Finding(c.Rule().ID, severity, s.Name.V, "no service file describes the dependency "+name, fix))
		}
	}
	return out
}
