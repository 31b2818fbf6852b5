package online

import (
	"context"
	"fmt"
	"time"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
)

// lowTraffic reports SLOs of services that are asked so little that one failure is
// above what an alert fires at, or more than the objective allows at all. Batch jobs
// have few runs by nature, and are left out.
type lowTraffic struct {
	past *past
	fast FastBurn
}

// RuleLowTraffic is the rule about services that are asked too little.
const RuleLowTraffic = "slo/low-traffic"

// FastBurn is the alert that fires first: the burn rate over a window at which it
// does, by the period of the objective; false when a period has no such alert.
type FastBurn struct {
	Window time.Duration
	Factor func(window, period time.Duration) (float64, bool)
}

func (lowTraffic) Rule() lint.Rule {
	return lint.Rule{ID: RuleLowTraffic, Severity: report.Warning, Title: "A service has too little traffic for its objective"}
}

func (lowTraffic) Note(*lint.Expr) {}

func (c lowTraffic) Ask(ctx context.Context, a *Asking) []report.Finding {
	var out []report.Finding
	for _, r := range c.past.records(ctx, a) {
		if r.err != nil || r.service.Type.V == spec.TypeBatch {
			continue
		}
		if f, ok := c.of(r, a.at); ok {
			out = append(out, f)
		}
	}
	return out
}

// of judges one SLO by the traffic of the last week.
func (c lowTraffic) of(r *record, at time.Time) (report.Finding, bool) {
	start, end := r.slo.Window.V.Bounds(at)
	period := end.Sub(start)
	during := func(d time.Duration) float64 { return r.hourly() * d.Hours() }
	low, ok := slo.NewLowTraffic(r.slo.Objective.V, during(c.fast.Window), during(period))
	if !ok {
		return report.Finding{}, false
	}
	objective, name, service := r.slo.Objective, r.slo.Name.V, r.service.Name.V
	hourly := report.Decimal(during(time.Hour), 1)
	if low.Allowed < 1 {
		return objective.At.Finding(c.Rule().ID, report.Warning, service,
			fmt.Sprintf("at %s events an hour the objective %s %% of %s allows less than one failure in %s: it is kept only while nothing at all fails", hourly, objective.V.Text, name, promql.Duration(period)),
			"lower the objective, lengthen the window, or add the events of a probe"), true
	}
	if c.fast.Factor == nil {
		return report.Finding{}, false
	}
	factor, ok := c.fast.Factor(c.fast.Window, period)
	if !ok || low.Burn <= factor {
		return report.Finding{}, false
	}
	return objective.At.Finding(c.Rule().ID, report.Info, service,
		fmt.Sprintf("at %s events an hour one failure of %s is a burn rate of %s over %s, and an alert at %s fires for it", hourly, name, report.Decimal(low.Burn, 1), promql.Duration(c.fast.Window), report.Decimal(factor, 1)),
		"lower the objective, or let alerts wait for a second failure, as those of nthlayer generate do"), true
}
