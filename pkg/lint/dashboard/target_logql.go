package dashboard

import (
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/report"
)

// targetLogQL finds queries that Loki refuses. Where a variable may hold any part of
// a query, nothing is said.
func targetLogQL() rule {
	r := lint.Rule{ID: "dashboard/target-logql", Severity: report.Error, Title: "A query is no LogQL"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, t := range shown(b.all(), loki) {
			rd := b.read(t.expr)
			if !rd.sure || strings.TrimSpace(t.expr.text) == "" {
				continue
			}
			q := logql.Parse(rd.text.V)
			if q.Fault != nil && (!q.Fault.Literal || !rd.filled(q.Fault.Start, q.Fault.End)) {
				out = append(out, t.of(rd.text.Finding(r.ID, r.Severity, q.Fault.Start, q.Fault.End,
					"a query of "+t.panel.where()+" is no LogQL: "+q.Fault.Message, q.Fault.Fix)))
			}
		}
		return out
	}}
}
