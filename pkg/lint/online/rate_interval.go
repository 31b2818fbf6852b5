package online

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

const (
	// countedOver is the time over which samples are counted.
	countedOver = 15 * time.Minute
	// longestRange is that of the ranges which are looked at: no server that keeps to
	// the lookback of five minutes scrapes more rarely than half of it.
	longestRange = 10 * time.Minute
)

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
	counts, doubts := c.samples(ctx, a)
	var out []report.Finding
	for _, r := range c.ranges {
		if err := doubts[r.name]; err != nil {
			a.miss("range", err)
			continue
		}
		n := counts[r.name]
		if n < 2 || r.over >= 2*time.Duration(float64(countedOver)/(n+1)) {
			continue
		}
		interval := time.Duration(float64(countedOver) / n).Round(time.Second)
		out = append(out, r.expr.Finding(c.Rule().ID, c.Rule().Severity, r.start, r.end,
			fmt.Sprintf("%s over %s has too few samples: %s has one about every %s in %s, and two are needed at all times", r.function, promql.Duration(r.over), r.name, promql.Duration(interval), a.info.Name),
			fmt.Sprintf("use a range of at least four intervals, as [%s]", promql.Duration((4*interval).Round(time.Minute)))))
	}
	return out
}

// samples counts the samples of metrics, and says of which that is not known. The most
// frequent series of a metric counts, and for the judgement one sample more than there
// is: so nothing is reported that is not certain.
func (c *rateInterval) samples(ctx context.Context, a *asking) (map[string]float64, map[string]error) {
	counts, doubts := map[string]float64{}, map[string]error{}
	var questions []presence.Question
	asked := map[string]bool{}
	for _, r := range c.ranges {
		if asked[r.name] {
			continue
		}
		asked[r.name] = true
		questions = append(questions, presence.Question{
			// Counting drops the name, so that each metric is a branch of its own.
			Branch: presence.Branch{
				Matchers: []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, r.name)},
				Pairs:    []presence.Pair{{}}, Count: countedOver,
			},
			Take: func(found []source.Series, doubt error) {
				counts[r.name] = most(found)
				if counts[r.name] < 2 && doubt != nil {
					doubts[r.name] = doubt
				}
			},
		})
	}
	a.Put(ctx, questions)
	return counts, doubts
}

// most returns the greatest value of an answer, 0 for none.
func most(found []source.Series) float64 {
	n := 0.0
	for _, s := range found {
		for _, p := range s.Points {
			n = max(n, p.Value)
		}
	}
	return n
}
