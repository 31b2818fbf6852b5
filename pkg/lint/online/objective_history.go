package online

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// objectiveHistory reports objectives that the service misses most of the time.
type objectiveHistory struct{ past *past }

// RuleObjectiveHistory is the rule about objectives that are missed.
const RuleObjectiveHistory = "slo/objective-history"

func (objectiveHistory) Rule() lint.Rule {
	return lint.Rule{ID: RuleObjectiveHistory, Severity: report.Warning, Title: "An objective was missed in most of the last weeks"}
}

func (objectiveHistory) Note(*lint.Expr) {}

func (c objectiveHistory) Ask(ctx context.Context, a *Asking) []report.Finding {
	var out []report.Finding
	for _, r := range c.past.records(ctx, a) {
		if r.err != nil {
			continue
		}
		if f, ok := c.of(r); ok {
			out = append(out, f)
		}
	}
	return out
}

// of judges one SLO. One week alone says nothing.
func (c objectiveHistory) of(r *record) (report.Finding, bool) {
	budget, _ := r.slo.Objective.V.Budget().Float64()
	target := r.slo.Objective.V.Percent()
	missed := 0
	var reached []string
	for i := pastWeeks - 1; i >= 0; i-- {
		share := r.share(i)
		if math.IsNaN(share) || math.IsInf(share, 0) {
			continue
		}
		if share > budget {
			missed++
		}
		reached = append(reached, report.PercentApart(100*(1-share), target, 3))
	}
	severity := report.Warning
	switch known := len(reached); {
	case known < 2 || 2*missed < known:
		return report.Finding{}, false
	case 2*missed == known:
		severity = report.Info
	}
	return r.slo.Objective.At.Finding(c.Rule().ID, severity, r.service.Name.V,
		fmt.Sprintf("the objective %s %% of %s was missed in %d of the last %d weeks: %s", r.slo.Objective.V.Text, r.slo.Name.V, missed, len(reached), strings.Join(reached, ", ")),
		"set what the service keeps and raise it step by step, or plan the work that it takes; an objective that is always missed tells nobody when things get worse"), true
}
