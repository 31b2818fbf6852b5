package pipeline

import (
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/dashboard"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
)

// ruleUnresolved is the rule about panels that have nothing to show.
const ruleUnresolved = "generate/unresolved"

// resolve says which metrics stand for what the panels of a service measure.
func (g *Generation) resolve(m *made, job generate.Job) {
	if !g.Resolve {
		return
	}
	m.out.Explained = dashboard.Explain(job)
	if !g.Required {
		return
	}
	for _, e := range m.out.Explained {
		switch {
		case !e.Required:
		case e.Status == intent.Missing:
			m.findings = append(m.findings, unresolved(job, e))
		case e.Status == intent.Assumed:
			m.verdict = report.Worst(m.verdict, report.Undecidable)
		}
	}
}

// unresolved tells of a measure that no metric of the server stands for.
func unresolved(job generate.Job, e dashboard.Explanation) report.Finding {
	of, fix := job.Service.Name.V, "name the metric below metric_overrides as "+e.Intent
	if e.Dependency != "" {
		of = e.Dependency
	}
	if e.Needs != "" {
		fix = "switch on " + e.Needs + ", or " + fix
	}
	return e.Origin.Finding(ruleUnresolved, report.Error, job.Service.Name.V, "no metric of "+of+" stands for "+e.Intent+", which panels of the dashboard show", fix)
}
