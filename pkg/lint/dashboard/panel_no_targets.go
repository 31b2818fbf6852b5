package dashboard

import (
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// panelNoTargets finds panels that show what queries return and have none.
func panelNoTargets() rule {
	r := lint.Rule{ID: "dashboard/panel-no-targets", Severity: report.Warning, Title: "A panel has no queries"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, p := range b.panels {
			if p.shows() && len(p.targets) == 0 && p.at.get("snapshotData") == nil {
				out = append(out, p.of(about(r, p.label(), p.where()+" has no queries: it stays empty", "add a query below "+b.key("targets")+", or remove the panel")))
			}
		}
		return out
	}}
}
