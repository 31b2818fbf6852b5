package dashboard

import (
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// panelTitleDescription finds panels of which nobody knows what they show.
func panelTitleDescription() rule {
	r := lint.Rule{ID: "dashboard/panel-title-description", Severity: report.Info, Title: "A panel has no title or no description"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, p := range b.panels {
			if !p.shows() {
				continue
			}
			switch {
			case p.title == "":
				out = append(out, p.of(about(r, p.label(), "a panel has no title", "say in a few words what it shows")))
			case p.at.get("description").str() == "":
				out = append(out, p.of(about(r, p.label(), p.where()+" has no description", "say what is normal, and what to do when it is not")))
			}
		}
		return out
	}}
}
