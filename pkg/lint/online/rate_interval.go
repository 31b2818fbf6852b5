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
// interval is estimated from the samples themselves: it is that of the series, who
// ever scraped or recorded them, and every server can say it.
type rateInterval struct {
	ranges []spell
}

func (*rateInterval) Rule() lint.Rule {
	return lint.Rule{ID: "promql/rate-interval", Severity: report.Warning, Title: "A range is shorter than two scrape intervals"}
}

func (c *rateInterval) Note(e *lint.Expr) {
	for _, s := range e.Selectors {
		if s.Name == "" || s.Range <= 0 || s.Range >= longestRange || s.Subquery || !needsTwo(s.Func) {
			continue
		}
		c.ranges = append(c.ranges, spellOf(e, s, s.Func, s.Range))
	}
}

// needsTwo reports whether a function has no value for one sample.
func needsTwo(function string) bool {
	return slices.Contains([]string{"rate", "irate", "increase", "delta", "idelta", "deriv"}, function)
}

func (c *rateInterval) Ask(ctx context.Context, a *Asking) []report.Finding {
	return a.tooShort(ctx, c.Rule(), "range", c.ranges, func(s spell, every interval) (message, fix string) {
		return fmt.Sprintf("%s over %s has too few samples: %s has one about every %s in %s, and two are needed at all times", s.function, promql.Duration(s.time), s.text(), promql.Duration(every.about), a.Name()),
			fmt.Sprintf("use a range of at least four intervals, as [%s]", promql.Duration(fourOf(every.about)))
	})
}

// fourOf returns about four intervals, as people write ranges.
func fourOf(interval time.Duration) time.Duration {
	step := time.Minute
	if 4*interval < 2*time.Minute {
		step = 10 * time.Second
	}
	return max((4 * interval).Round(step), step)
}
