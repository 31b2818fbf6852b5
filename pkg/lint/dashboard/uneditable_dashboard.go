package dashboard

import (
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// uneditableDashboard finds dashboards of files that can be changed in Grafana,
// where the next delivery takes the change away.
func uneditableDashboard() rule {
	r := lint.Rule{ID: "dashboard/uneditable-dashboard", Severity: report.Info, Title: "The dashboard of a file can be changed in Grafana"}
	return rule{r, func(r lint.Rule, b *board) []found {
		if b.root.get("editable").is("false") {
			return nil
		}
		return b.of(r, "the dashboard can be changed in Grafana, where the next delivery of this file takes the change away", `write "editable": false`)
	}}
}
