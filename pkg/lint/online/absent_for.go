package online

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// absentFor reports alerts on the absence of a metric that wait for less than two
// intervals of scraping: one scrape that fails makes a metric absent.
type absentFor struct {
	alerts []absence
}

// absence is a selector inside absent().
type absence struct {
	use
	name string
	wait time.Duration
}

func (*absentFor) Rule() lint.Rule {
	return lint.Rule{ID: "alert/absent-for", Severity: report.Warning, Title: "An alert on absence fires for one failed scrape"}
}

func (c *absentFor) note(e *lint.Expr) {
	if e.Rule == nil || e.Rule.Kind != rulefile.Alert {
		return
	}
	wait, err := model.ParseDuration(e.Rule.For.V)
	if err != nil && e.Rule.For.V != "" {
		return // rule/duration says so
	}
	for _, s := range e.Selectors {
		if s.Func == "absent" && s.Name != "" && !s.Subquery {
			c.alerts = append(c.alerts, absence{use{expr: &lint.Expr{Text: e.Text}, start: s.Start, end: s.End}, s.Name, time.Duration(wait)})
		}
	}
}

func (c *absentFor) ask(ctx context.Context, a *asking) []report.Finding {
	names := make([]string, len(c.alerts))
	for i, one := range c.alerts {
		names[i] = one.name
	}
	counted := a.count(ctx, names)
	var out []report.Finding
	for _, one := range c.alerts {
		every := counted[one.name]
		if every.doubt != nil {
			a.miss("absent metric", every.doubt)
			continue
		}
		if one.wait >= 2*every.least {
			continue
		}
		out = append(out, one.expr.Finding(c.Rule().ID, c.Rule().Severity, one.start, one.end,
			fmt.Sprintf("%s has a sample about every %s in %s, and the alert waits for %s: one failed scrape makes it fire", one.name, promql.Duration(every.about), a.info.Name, promql.Duration(one.wait)),
			fmt.Sprintf("add for: %s, or longer", promql.Duration(max(4*every.about, 5*time.Minute).Round(time.Minute)))))
	}
	return out
}
