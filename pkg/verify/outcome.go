package verify

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
)

// errorClass reports whether a matcher picks failed events, as status=~"5..",
// status="failed" or code!~"2..", so that it has no series while all is well.
func errorClass(m *labels.Matcher) bool {
	switch m.Type {
	case labels.MatchEqual:
		return m.Value != "" && promql.SaysOutcome(m.Name) && errorLike(m.Name, m.Value)
	case labels.MatchRegexp:
		if set := m.SetMatches(); len(set) > 0 {
			return promql.SaysOutcome(m.Name) && !slices.ContainsFunc(set, func(v string) bool { return !errorLike(m.Name, v) })
		}
		return promql.SaysOutcome(m.Name) && takesAny(m, promql.ErrorValues()) && !takesAny(m, promql.GoodValues())
	case labels.MatchNotEqual, labels.MatchNotRegexp:
		return promql.SaysOutcome(m.Name) && !takesAll(m, promql.GoodValues()) && takesAny(m, promql.ErrorValues())
	}
	return false
}

// keepsGood reports whether a matcher keeps what is no error, as status!~"5..".
// Such a matcher takes every series of a metric that does not have the label.
func keepsGood(m *labels.Matcher) bool {
	switch m.Type {
	case labels.MatchNotEqual, labels.MatchNotRegexp:
		return promql.SaysOutcome(m.Name) && !promql.OnFailuresOnly(m.Name) && takesAll(m, promql.GoodValues()) && !takesAll(m, promql.ErrorValues())
	case labels.MatchEqual, labels.MatchRegexp:
		return false
	}
	return false
}

func takesAny(m *labels.Matcher, values []string) bool { return slices.ContainsFunc(values, m.Matches) }

func takesAll(m *labels.Matcher, values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !m.Matches(v) })
}

func nameHas(name string, words ...string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
}

func errorLike(label, value string) bool {
	lower := strings.ToLower(value)
	switch lower {
	case "true", "1", "yes":
		return promql.OnFailuresOnly(label)
	case "false", "0", "no":
		return nameHas(label, "success")
	}
	if codeLike(value) {
		return value[0] == '4' || value[0] == '5'
	}
	return slices.Contains(promql.ErrorValues(), value) || nameHas(value, "err", "fail", "timeout", "exception", "denied", "reject", "abort", "invalid", "drop")
}

var httpCode = regexp.MustCompile(`^[1-5][0-9xX]{2}$`)

func codeLike(value string) bool { return httpCode.MatchString(value) }

// askable returns the matchers to ask for in place of a selector's own. A filter
// that keeps what is no error becomes a question for its label: while everything
// fails it has no series, and on a metric without the label it excludes nothing,
// so that every failure counts as success.
func askable(own []*labels.Matcher) []*labels.Matcher {
	out := make([]*labels.Matcher, len(own))
	for i, m := range own {
		out[i] = m
		if keepsGood(m) {
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
		if !errorClass(m) {
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
