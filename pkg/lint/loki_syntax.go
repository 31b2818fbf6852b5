package lint

import (
	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// lokiSyntax reports LogQL that Loki refuses.
type lokiSyntax struct{}

func (lokiSyntax) Rule() Rule {
	return Rule{ID: "loki/syntax", Severity: report.Error, Title: "The expression is no LogQL"}
}

func (c lokiSyntax) CheckLog(r *rulefile.Rule, q logql.Query) []report.Finding {
	if q.Fault == nil {
		return nil
	}
	rule := c.Rule()
	return one(r.Expr.Finding(rule.ID, rule.Severity, q.Fault.Start, q.Fault.End, "invalid LogQL: "+q.Fault.Message, q.Fault.Fix))
}
