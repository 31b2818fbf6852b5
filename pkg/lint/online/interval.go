package online

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

// countedOver is the time over which samples are counted.
const countedOver = 15 * time.Minute

// interval is how far apart the samples of a selector are.
type interval struct {
	// about is what it looks like, and least what it is at least: the most frequent
	// series that the selector matches counts, and one sample more than there is. So
	// nothing is reported that is not certain. Both are 0 where nothing is known.
	about, least time.Duration
	// doubt says why nothing is known; nil for a selector without samples.
	doubt error
}

// count estimates the intervals of selectors with a name from their samples. What was
// asked before is not asked again, and what differs in the service alone is asked
// together.
func (a *Asking) count(ctx context.Context, selectors []promql.Selector) map[string]interval {
	var questions []presence.Question
	for _, s := range selectors {
		text := s.String()
		if _, asked := a.intervals[text]; asked {
			continue
		}
		a.intervals[text] = interval{}
		// Counting drops the name, so that it is a matcher as others are.
		owner, rest := ownerOf(s.Matchers, a.Label)
		named := append([]*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, s.Name)}, rest...)
		questions = append(questions, presence.Question{
			Branch: presence.Branch{Matchers: named, Pairs: []presence.Pair{{Owner: owner}}, Count: countedOver},
			Take:   func(found []source.Series, doubt error) { a.intervals[text] = intervalOf(most(found), doubt) },
		})
	}
	a.Put(ctx, questions)
	return a.intervals
}

// ownerOf returns the service that matchers ask for, empty for none, and the other
// matchers.
func ownerOf(matchers []*labels.Matcher, label string) (owner string, rest []*labels.Matcher) {
	at := slices.IndexFunc(matchers, func(m *labels.Matcher) bool {
		return m.Name == label && m.Type == labels.MatchEqual && m.Value != ""
	})
	if at < 0 {
		return "", matchers
	}
	return matchers[at].Value, slices.Delete(slices.Clone(matchers), at, at+1)
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
