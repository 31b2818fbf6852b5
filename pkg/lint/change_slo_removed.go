package lint

import "github.com/nthlayer/action/pkg/report"

// changeSLORemoved reports SLOs that are gone. The gate decides on the worst SLO
// of a service, so that leaving out the worst opens it.
type changeSLORemoved struct{}

func (changeSLORemoved) Rule() Rule {
	return Rule{ID: "change/slo-removed", Severity: report.Error, Title: "The change removes an SLO"}
}

func (k changeSLORemoved) CheckChange(c Change) []report.Finding {
	var out []report.Finding
	to, _ := matchSLOs(c)
	for i, j := range to {
		if j >= 0 {
			continue
		}
		gone := c.Base.SLOs[i]
		out = append(out, c.finding(c.Head.At, k.Rule(),
			"the SLO "+gone.Name.V+" ("+gone.Objective.V.Text+" % over "+gone.Window.V.Text+") was removed", restoreSLO))
	}
	return out
}
