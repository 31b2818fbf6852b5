package dashboard

import (
	"slices"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// panelUnits finds numbers of which nobody knows whether they are seconds or bytes.
// Grafana takes any word for a unit, so only its absence is told.
func panelUnits() rule {
	r := lint.Rule{ID: "dashboard/panel-units", Severity: report.Info, Title: "A panel shows numbers without a unit"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, p := range b.panels {
			if p.shows() && len(p.targets) > 0 && !p.hasUnit() && !p.showsWords() {
				out = append(out, p.of(about(r, p.label(), p.where()+" shows numbers without a unit", "set fieldConfig.defaults.unit: s, bytes, percentunit, reqps; short for a plain number")))
			}
		}
		return out
	}}
}

func (p *panel) hasUnit() bool {
	for _, o := range p.at.get("fieldConfig", "overrides").list() {
		for _, property := range o.get("properties").list() {
			if property.get("id").str() == "unit" && property.get("value").str() != "" {
				return true
			}
		}
	}
	if p.at.get("fieldConfig", "defaults", "unit").str() != "" || p.at.get("format").str() != "" {
		return true
	}
	axis := func(v *value) bool { return v.get("format").str() != "" || v.get("unit").str() != "" }
	// Panels from before version 7 of Grafana have their units at their axes and columns.
	if p.typ == "timeseries" {
		return false // it reads none of them
	}
	return slices.ContainsFunc(p.at.get("yaxes").list(), axis) || slices.ContainsFunc(p.at.get("styles").list(), axis) || axis(p.at.get("yAxis"))
}

// showsWords reports whether a panel shows names or words in place of the numbers.
func (p *panel) showsWords() bool {
	if slices.Contains([]string{"heatmap", "state-timeline", "status-history"}, p.typ) {
		return true
	}
	return len(p.at.get("fieldConfig", "defaults", "mappings").list()) > 0 || p.at.get("options", "textMode").str() == "name" ||
		p.at.get("options", "reduceOptions", "fields").str() != ""
}
