package dashboard

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// longRange is from where on a fixed range is meant: a burn rate over an hour is one
// in every zoom.
const longRange = 30 * time.Minute

// targetRateInterval finds rates over a short, fixed range: zoomed out, Grafana asks
// for a point every few hours, and all between them is lost; with a slow scrape the
// range holds one sample, and the panel stays empty. So it does zoomed in with
// $__interval, which knows nothing of scrapes.
func targetRateInterval() rule {
	r := lint.Rule{ID: "dashboard/target-rate-interval", Severity: report.Info, Title: "A rate has a fixed range"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, t := range b.queries() {
			if t.read.ast == nil || t.at.get("instant").is("true") && !t.at.get("range").is("true") {
				continue
			}
			parser.Inspect(t.read.ast, func(n parser.Node, path []parser.Node) error {
				m, ok := fixedRate(n, path)
				if !ok {
					return nil
				}
				start, end := int(m.VectorSelector.PositionRange().End), int(m.EndPos)
				message := " takes a rate over a fixed range"
				switch t.read.variableIn(start, end) {
				case "":
				case "__interval":
					message = " takes a rate over $__interval, which zoomed in is shorter than two scrapes, so that the panel stays empty"
				default:
					return nil
				}
				out = append(out, t.of(t.read.text.Finding(r.ID, r.Severity, start, end,
					"a query of "+t.panel.where()+message, "write [$__rate_interval], which grows with what is shown")))
				return nil
			})
		}
		return out
	}}
}

// fixedRate returns the range of a rate where it is short.
func fixedRate(n parser.Node, path []parser.Node) (*parser.MatrixSelector, bool) {
	m, ok := n.(*parser.MatrixSelector)
	if !ok || len(path) == 0 || m.Range >= longRange {
		return nil, false
	}
	subquery := func(n parser.Node) bool { _, ok := n.(*parser.SubqueryExpr); return ok }
	if slices.ContainsFunc(path, subquery) {
		return nil, false
	}
	call, ok := path[len(path)-1].(*parser.Call)
	return m, ok && (call.Func.Name == "rate" || call.Func.Name == "irate")
}
