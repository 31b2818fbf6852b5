package dashboard

import (
	"context"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// targetPromQL finds queries that Prometheus refuses.
func targetPromQL() rule {
	r := lint.Rule{ID: "dashboard/target-promql", Severity: report.Error, Title: "A query is no PromQL"}
	return rule{r, func(r lint.Rule, b *board) []found {
		queries := lint.NewQueries(lint.Options{}, "promql/syntax")
		var out []found
		for _, t := range shown(b.all(), prometheus) {
			if t.read.ast != nil || strings.TrimSpace(t.expr.text) == "" || t.read.onlyVariable(t.expr.text) {
				continue
			}
			for _, f := range queries.Check(context.Background(), t.read.text) {
				out = append(out, t.of(t.read.broken(r, t, f)))
				if !t.read.sure {
					break
				}
			}
		}
		return out
	}}
}

// broken turns what is wrong with a reading into what is wrong with the query.
// Where a variable may hold any part of a query, only a person can tell.
func (r reading) broken(rl lint.Rule, t *target, f report.Finding) report.Finding {
	f.Rule, f.Severity, f.Fix = rl.ID, rl.Severity, nil
	f.Message = "a query of " + t.panel.where() + " is no PromQL: " + f.Message
	if !r.sure {
		f.Severity = report.Warning
		f.Message += ", unless a variable holds more than a number or a name"
	}
	return f
}

// onlyVariable reports whether a query is a variable and nothing else.
func (r reading) onlyVariable(query string) bool {
	rest := query
	for _, u := range r.uses {
		rest = strings.Replace(rest, query[u.start:u.end], "", 1)
	}
	return len(r.uses) > 0 && strings.TrimSpace(rest) == ""
}
