package dashboard

import (
	"time"

	prom "github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/report"
)

// targetLogQLAuto finds counts of lines over a short, fixed range: zoomed out, the
// lines between the ranges are not counted. Longer ranges are meant.
func targetLogQLAuto() rule {
	r := lint.Rule{ID: "dashboard/target-logql-auto", Severity: report.Info, Title: "A count of lines has a fixed range"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, t := range shown(b.panels, loki) {
			if t.at.get("queryType").str() == "instant" || t.at.get("instant").is("true") {
				continue
			}
			for _, s := range logql.Ranges(t.expr.text) {
				d, err := prom.ParseDuration(t.expr.text[s.Start+1 : s.End-1])
				if err == nil && time.Duration(d) < longRange {
					out = append(out, t.of(t.expr.asText().Finding(r.ID, r.Severity, s.Start, s.End,
						"a query of "+t.panel.where()+" counts over a fixed range", "write [$__auto], which grows with what is shown")))
				}
			}
		}
		return out
	}}
}
