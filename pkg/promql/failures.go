package promql

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// PicksFailures reports whether a matcher picks failed events, as status=~"5..",
// status="failed" or code!~"2..", so that it has no series while all is well.
func PicksFailures(m *labels.Matcher) bool {
	switch m.Type {
	case labels.MatchEqual:
		return m.Value != "" && SaysOutcome(m.Name) && errorLike(m.Name, m.Value)
	case labels.MatchRegexp:
		if set := m.SetMatches(); len(set) > 0 {
			return SaysOutcome(m.Name) && !slices.ContainsFunc(set, func(v string) bool { return !errorLike(m.Name, v) })
		}
		return SaysOutcome(m.Name) && takesAny(m, ErrorValues()) && !takesAny(m, GoodValues())
	case labels.MatchNotEqual, labels.MatchNotRegexp:
		return SaysOutcome(m.Name) && !takesAll(m, GoodValues()) && takesAny(m, ErrorValues())
	}
	return false
}

// KeepsGood reports whether a matcher keeps what is no error, as status!~"5..".
// Such a matcher takes every series of a metric that does not have the label.
func KeepsGood(m *labels.Matcher) bool {
	switch m.Type {
	case labels.MatchNotEqual, labels.MatchNotRegexp:
		return SaysOutcome(m.Name) && !OnFailuresOnly(m.Name) && takesAll(m, GoodValues()) && !takesAll(m, ErrorValues())
	case labels.MatchEqual, labels.MatchRegexp:
		return false
	}
	return false
}

func takesAny(m *labels.Matcher, values []string) bool { return slices.ContainsFunc(values, m.Matches) }

func takesAll(m *labels.Matcher, values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !m.Matches(v) })
}

func errorLike(label, value string) bool {
	lower := strings.ToLower(value)
	switch lower {
	case "true", "1", "yes":
		return OnFailuresOnly(label)
	case "false", "0", "no":
		return nameHas(label, "success")
	}
	if codeLike(value) {
		return value[0] == '4' || value[0] == '5'
	}
	return slices.Contains(ErrorValues(), value) || nameHas(value, "err", "fail", "timeout", "exception", "denied", "reject", "abort", "invalid", "drop")
}

var httpCode = regexp.MustCompile(`^[1-5][0-9xX]{2}$`)

func codeLike(value string) bool { return httpCode.MatchString(value) }
