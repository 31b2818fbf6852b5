package dashboard

import (
	"slices"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// templateDatasource finds dashboards that cannot be pointed at another data source.
func templateDatasource() rule {
	r := lint.Rule{ID: "dashboard/template-datasource", Severity: report.Warning, Title: "The data source cannot be chosen"}
	return rule{r, func(r lint.Rule, b *board) []found {
		if b.choosesSource() {
			return nil
		}
		for _, p := range b.panels {
			for _, t := range p.targets {
				if fixedSource(t.at.get("datasource")) != nil || fixedSource(p.source) != nil {
					return b.of(r, "the dashboard has no variable for the data source, so that it works in one Grafana only",
						"add a variable of type datasource below "+b.key("templating")+", and write \"${datasource}\" in the panels")
				}
			}
		}
		return nil
	}}
}

// choosesSource reports whether a reader, or whoever imports the dashboard, chooses
// the data source.
func (b *board) choosesSource() bool {
	if slices.ContainsFunc(b.vars, func(v variable) bool { return v.typ == "datasource" }) {
		return true
	}
	return slices.ContainsFunc(b.root.get("__inputs").list(), func(v *value) bool { return v.get("type").str() == "datasource" })
}
