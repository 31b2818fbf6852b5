package lint

import (
	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// ruleDuration reports durations that Prometheus cannot read.
type ruleDuration struct{}

func (ruleDuration) Rule() Rule {
	return Rule{ID: "rule/duration", Severity: report.Error, Title: "A duration cannot be read"}
}

// AnyLanguage says that the expression does not matter.
func (ruleDuration) AnyLanguage() {}

func (c ruleDuration) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	return append(c.check("for", r.For), c.check("keep_firing_for", r.KeepFiringFor)...)
}

func (c ruleDuration) CheckGroup(g *rulefile.Group) []report.Finding {
	return append(c.check("interval", g.Interval), c.check("query_offset", g.QueryOffset)...)
}

func (c ruleDuration) check(field string, t rulefile.Text) []report.Finding {
	if !t.Set() {
		return nil
	}
	if _, err := model.ParseDuration(t.V); err == nil {
		return nil
	}
	r := c.Rule()
	return one(t.Whole(r.ID, r.Severity, field+": "+t.V+" is not a duration", "write a number and a unit, largest unit first: 30s, 5m, 1h30m, 2d"))
}
