package lint

import (
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlTooLong reports expressions that are not read, because reading them could take
// hours. Prometheus itself may take them.
type promqlTooLong struct{}

func (promqlTooLong) Rule() Rule {
	return Rule{ID: "promql/too-long", Severity: report.Error, Title: "The expression is too long to be checked"}
}

func (c promqlTooLong) CheckBrokenExpr(e *Expr) []report.Finding {
	err := e.Errors[0]
	if err.Kind != promql.TooLong {
		return nil
	}
	r := c.Rule()
	return one(e.Finding(r.ID, r.Severity, 0, 0, err.Message+", so nothing in it was checked", "record parts of it with rules of their own, and join their results"))
}
