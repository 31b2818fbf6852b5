package lint

import (
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// changeCheckDropped reports metrics that need no longer exist and alerts that
// are gone.
type changeCheckDropped struct{}

func (changeCheckDropped) Rule() Rule {
	return Rule{ID: "change/check-dropped", Severity: report.Error, Title: "The change drops a required metric or an alert"}
}

func (k changeCheckDropped) CheckChange(c Change) []report.Finding {
	return append(k.metrics(c), k.alerts(c)...)
}

func (k changeCheckDropped) metrics(c Change) []report.Finding {
	optional, required := map[string]spec.Metric{}, map[string]bool{}
	for _, m := range c.Head.Metrics {
		if m.Required {
			required[m.Name.V] = true
			continue
		}
		optional[m.Name.V] = m
	}
	var out []report.Finding
	for _, m := range c.Base.Metrics {
		name := m.Name.V
		if !m.Required || required[name] {
			continue
		}
		required[name] = true // once for several resources that name it
		now, listed := optional[name]
		message := "the metric " + name + " was required and is not declared any more"
		if listed {
			message = "the metric " + name + " was required and is now optional"
		}
		out = append(out, c.finding(now.Name.At, k.Rule(), message, "declare it as required, unless the service does not export it on purpose"))
	}
	return out
}

func (k changeCheckDropped) alerts(c Change) []report.Finding {
	to, _ := match(c.Base.Alerts, c.Head.Alerts, func(a spec.Alert) string { return a.Name.V }, func(a spec.Alert) string { return a.Expr.V })
	var out []report.Finding
	for i, j := range to {
		if j < 0 {
			out = append(out, c.finding(c.Head.At, k.Rule(), "the alert "+c.Base.Alerts[i].Name.V+" was removed", "restore it, or say in the change what replaces it"))
		}
	}
	return out
}
