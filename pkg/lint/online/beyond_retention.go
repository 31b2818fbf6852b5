package online

import (
	"context"
	"time"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// keptByAll is how far back every server has samples, whatever its retention: Prometheus
// writes blocks of two hours.
const keptByAll = 2 * time.Hour

// beyondRetention reports expressions and windows of SLOs that look back longer than the
// source keeps samples.
type beyondRetention struct {
	policy organisation.Metadata
	owners []*spec.Service
	far    []lint.Lookback
}

func (*beyondRetention) Rule() lint.Rule {
	return lint.Rule{ID: "promql/beyond-retention", Severity: report.Warning, Title: "Something looks back longer than the server keeps samples"}
}

func (c *beyondRetention) Note(e *lint.Expr) {
	c.note(lint.Lookbacks(e), lint.Retention(c.policy, e))
}

// note takes what looks far back, unless the policy says that it is too far.
func (c *beyondRetention) note(list []lint.Lookback, policy time.Duration) {
	for _, l := range list {
		if l.Back > keptByAll && (policy == 0 || l.Back <= policy) {
			c.far = append(c.far, l)
		}
	}
}

func (c *beyondRetention) Ask(ctx context.Context, a *Asking) []report.Finding {
	for _, s := range c.owners {
		c.note(lint.Windows(s), lint.Retention(c.policy, nil))
	}
	if len(c.far) == 0 {
		return nil
	}
	keeps := a.source.retention(ctx)
	var out []report.Finding
	for _, l := range c.far {
		if keeps > 0 && l.Back > keeps {
			out = append(out, l.Finding(c.Rule(), l.Says+", and "+a.Name()+" keeps samples for "+promql.Duration(keeps),
				"keep to "+promql.Duration(keeps)+", or let the server keep samples longer"))
		}
	}
	return out
}
