package online

import (
	"context"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

// countedOver is the time over which samples are counted.
const countedOver = 15 * time.Minute

// interval is how far apart the samples of a metric are.
type interval struct {
	// about is what it looks like, and least what it is at least: the most frequent
	// series of the metric counts, and one sample more than there is. So nothing is
	// reported that is not certain. Both are 0 where nothing is known.
	about, least time.Duration
	// doubt says why nothing is known; nil for a metric without samples.
	doubt error
}

// count estimates the intervals of metrics from their samples. What was asked before
// is not asked again.
func (a *Asking) count(ctx context.Context, names []string) map[string]interval {
	var questions []presence.Question
	for _, name := range names {
		if _, asked := a.intervals[name]; asked {
			continue
		}
		a.intervals[name] = interval{}
		questions = append(questions, presence.Question{
			// Counting drops the name, so that each metric is a branch of its own.
			Branch: presence.Branch{
				Matchers: []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name)},
				Pairs:    []presence.Pair{{}}, Count: countedOver,
			},
			Take: func(found []source.Series, doubt error) { a.intervals[name] = intervalOf(most(found), doubt) },
		})
	}
	a.Put(ctx, questions)
	return a.intervals
}

// intervalOf returns the interval at which so many samples are taken. One sample has
// none.
func intervalOf(samples float64, doubt error) interval {
	if samples < 2 {
		return interval{doubt: doubt}
	}
	return interval{
		about: time.Duration(float64(countedOver) / samples).Round(time.Second),
		least: time.Duration(float64(countedOver) / (samples + 1)),
	}
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
