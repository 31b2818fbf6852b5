package dashboard

import (
	"cmp"
	"slices"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// rule looks for one thing in a dashboard.
type rule struct {
	lint.Rule
	look func(r lint.Rule, b *board) []found
}

// found is a finding with the panel and the query that it is about, which a .lint
// file may name.
type found struct {
	report.Finding
	// panel is nil for a finding about the whole dashboard.
	panel *panel
	// index is that of the query, -1 for none.
	index int
}

// rules returns the rules about the dashboard as it is written, sorted by id. The
// one about metrics that a source does not have is in missing.go.
func rules() []rule {
	out := []rule{
		panelDatasource(), panelNoTargets(), panelTitleDescription(), panelUnits(), panelWithoutData(),
		targetCounterAgg(), targetInstance(), targetJob(), targetLogQL(), targetLogQLAuto(), targetMultiValue(), targetPromQL(), targetRateInterval(),
		templateDatasource(), templateInstance(), templateJob(), templateLabelPromQL(), templateOnTimeChangeReload(),
		uneditableDashboard(), unknownVariable(),
	}
	slices.SortFunc(out, func(a, b rule) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// about returns a finding about the whole of a text.
func about(r lint.Rule, t rulefile.Text, message, fix string) report.Finding {
	return t.Whole(r.ID, r.Severity, message, fix)
}

// of returns a finding about a dashboard as such, which stands at its title.
func (b *board) of(r lint.Rule, message, fix string) []found {
	return []found{{about(r, b.root.get("title").asText(), message, fix), nil, -1}}
}

// of returns a finding about a panel.
func (p *panel) of(f report.Finding) found { return found{f, p, -1} }

// of returns a finding about a query.
func (t *target) of(f report.Finding) found { return found{f, t.panel, t.index} }

// shows reports whether a panel is one that shows what queries return. A panel of a
// library is written elsewhere.
func (p *panel) shows() bool {
	return p.at.get("libraryPanel") == nil && slices.Contains([]string{
		"stat", "singlestat", "graph", "table", "table-old", "timeseries", "gauge", "bargauge", "barchart",
		"heatmap", "histogram", "piechart", "state-timeline", "status-history",
	}, p.typ)
}
