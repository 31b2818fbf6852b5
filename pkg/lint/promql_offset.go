package lint

import (
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/report"
)

// promqlOffset reports selectors that look further into the past or the future than
// the policy allows.
type promqlOffset struct{ limit time.Duration }

func (promqlOffset) Rule() Rule {
	return Rule{ID: "promql/offset", Severity: report.Warning, Title: "An offset is longer than the policy allows"}
}

func (c promqlOffset) CheckExpr(e *Expr) []report.Finding {
	r := c.Rule()
	var out []report.Finding
	for _, s := range e.Selectors {
		if c.limit <= 0 || s.Offset.Abs() <= c.limit {
			continue
		}
		out = append(out, e.Finding(r.ID, r.Severity, s.Start, s.End,
			"the offset "+model.Duration(s.Offset.Abs()).String()+" is longer than the "+model.Duration(c.limit).String()+" that the policy allows",
			"shorten it, or read a recording rule that was written then"))
	}
	return out
}
