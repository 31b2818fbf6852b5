package verify

import (
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
)

// askable returns the matchers to ask for in place of a selector's own. A filter
// that keeps what is no error becomes a question for its label: while everything
// fails it has no series, and on a metric without the label it excludes nothing,
// so that every failure counts as success.
func askable(own []*labels.Matcher) []*labels.Matcher {
	out := make([]*labels.Matcher, len(own))
	for i, m := range own {
		out[i] = m
		if promql.KeepsGood(m) {
			out[i] = present(m.Name)
		}
	}
	return out
}

// relaxed returns the matchers of a selector of failures with any outcome in
// place of failure, and false for other selectors.
func relaxed(own []*labels.Matcher) ([]*labels.Matcher, bool) {
	var out []*labels.Matcher
	found := false
	for _, m := range askable(own) {
		if !promql.PicksFailures(m) {
			out = append(out, m)
			continue
		}
		found = true
		if !promql.OnFailuresOnly(m.Name) {
			out = append(out, present(m.Name))
		}
	}
	return out, found
}

func present(label string) *labels.Matcher {
	return labels.MustNewMatcher(labels.MatchNotEqual, label, "")
}
