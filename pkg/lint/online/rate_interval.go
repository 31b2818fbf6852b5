package online

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// longestRange is that of the ranges which are looked at: no server that keeps to the
// lookback of five minutes scrapes more rarely than half of it.
const longestRange = 10 * time.Minute

// rateInterval reports ranges that are shorter than two intervals of scraping. The
// interval is estimated from the samples themselves: it is that of the metric, who
// ever scraped or recorded it, and every server can say it.
type rateInterval struct {
	ranges []ranged
}

// ranged is a selector over a range.
type ranged struct {
	use
	name, function string
	over           time.Duration
}

func (*rateInterval) Rule() lint.Rule {
	return lint.Rule{ID: "promql/rate-interval", Severity: report.Warning, Title: "A range is shorter than two scrape intervals"}
}

func (c *rateInterval) note(e *lint.Expr) {
	for _, s := range e.Selectors {
		if s.Name == "" || s.Range <= 0 || s.Range >= longestRange || s.Subquery || !needsTwo(s.Func) {
			continue
		}
		c.ranges = append(c.ranges, ranged{use{expr: &lint.Expr{Text: e.Text}, start: s.Start, end: s.End}, s.Name, s.Func, s.Range})
	}
}

// needsTwo reports whether a function has no value for one sample.
func needsTwo(function string) bool {
	return slices.Contains([]string{"rate", "irate", "increase", "delta", "idelta", "deriv"}, function)
}

func (c *rateInterval) ask(ctx context.Context, a *asking) []report.Finding {
	names := make([]string, len(c.ranges))
	for i, r := range c.ranges {
		names[i] = r.name
	}
	counted := a.count(ctx, names)
	var out []report.Finding
	for _, r := range c.ranges {
		every := counted[r.name]
		if every.doubt != nil {
			a.miss("range", every.doubt)
			continue
		}
		if r.over >= 2*every.least {
			continue
		}
		out = append(out, r.expr.Finding(c.Rule().ID, c.Rule().Severity, r.start, r.end,
			fmt.Sprintf("%s over %s has too few samples: %s has one about every %s in %s, and two are needed at all times", r.function, promql.Duration(r.over), r.name, promql.Duration(every.about), a.info.Name),
			fmt.Sprintf("use a range of at least four intervals, as [%s]", promql.Duration((4*every.about).Round(time.Minute)))))
	}
	return out
}
