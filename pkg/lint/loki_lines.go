package lint

import (
	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// lokiLines reports rules that return lines: Loki's ruler refuses their whole file.
type lokiLines struct{}

func (lokiLines) Rule() Rule {
	return Rule{ID: "loki/lines", Severity: report.Error, Title: "The rule returns lines and no numbers"}
}

func (c lokiLines) CheckLog(r *rulefile.Rule, q logql.Query) []report.Finding {
	if !q.Lines || q.Fault != nil || q.Outside != nil {
		return nil
	}
	rule := c.Rule()
	return one(r.Expr.Whole(rule.ID, rule.Severity, "the expression of "+r.Name.V+" returns lines, and a rule needs numbers", "count the lines: sum(count_over_time({...}[5m])) > 0"))
}
