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
	waits []spell
}

func (*absentFor) Rule() lint.Rule {
	return lint.Rule{ID: "alert/absent-for", Severity: report.Warning, Title: "An alert on absence fires for one failed scrape"}
}

func (c *absentFor) Note(e *lint.Expr) {
	if e.Rule == nil || e.Rule.Kind != rulefile.Alert {
		return
	}
	wait, err := model.ParseDuration(e.Rule.For.V)
	if err != nil && e.Rule.For.V != "" {
		return // rule/duration says so
	}
	for _, s := range e.Selectors {
		if s.Func == "absent" && s.Name != "" && !s.Subquery {
			c.waits = append(c.waits, spellOf(e, s, "", time.Duration(wait)))
		}
	}
}

func (c *absentFor) Ask(ctx context.Context, a *Asking) []report.Finding {
	return a.tooShort(ctx, c.Rule(), "absent metric", c.waits, func(s spell, every interval) (message, fix string) {
		return fmt.Sprintf("%s has a sample about every %s in %s, and the alert waits for %s: one failed scrape makes it fire", s.text(), promql.Duration(every.about), a.Name(), promql.Duration(s.time)),
			fmt.Sprintf("add for: %s, or longer", promql.Duration(max(4*every.about, 5*time.Minute).Round(time.Minute)))
	})
}
