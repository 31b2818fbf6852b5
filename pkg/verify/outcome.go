package verify

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// errorValues and goodValues are samples of what label values look like on
// failed and on successful events. A pattern is judged by which it takes.
func errorValues() []string {
	return append(errorCodes(), "5xx", "4xx", "error", "errors", "failed", "failure", "fail", "timeout", "exception",
		"ERROR", "FAILED", "FAILURE", "SERVER_ERROR", "CLIENT_ERROR",
		"Internal", "Unavailable", "Unknown", "DeadlineExceeded", "DataLoss", "Aborted", "ResourceExhausted", "Unimplemented")
}

func errorCodes() []string {
	return []string{"400", "404", "429", "499", "500", "501", "502", "503", "504"}
}

func goodValues() []string {
	return []string{"200", "201", "204", "302", "2xx", "ok", "OK", "Ok", "success", "SUCCESS", "succeeded", "successful", "completed", "none", "None"}
}

// errorClass reports whether a matcher picks failed events, as status=~"5..",
// status="failed" or code!~"2..", so that it has no series while all is well.
func errorClass(m *labels.Matcher) bool {
	switch m.Type {
	case labels.MatchEqual:
		return m.Value != "" && outcomeLabel(m.Name) && errorLike(m.Name, m.Value)
	case labels.MatchRegexp:
		if set := m.SetMatches(); len(set) > 0 {
			return outcomeLabel(m.Name) && !slices.ContainsFunc(set, func(v string) bool { return !errorLike(m.Name, v) })
		}
		return outcomeLabel(m.Name) && takesAny(m, errorValues()) && !takesAny(m, goodValues())
	case labels.MatchNotEqual, labels.MatchNotRegexp:
		return outcomeLabel(m.Name) && !takesAll(m, goodValues()) && takesAny(m, errorValues())
	}
	return false
}

// keepsGood reports whether a matcher keeps what is no error, as status!~"5..".
// Such a matcher takes every series of a metric that does not have the label.
func keepsGood(m *labels.Matcher) bool {
	switch m.Type {
	case labels.MatchNotEqual, labels.MatchNotRegexp:
		return outcomeLabel(m.Name) && !absentWhenGood(m.Name) && takesAll(m, goodValues()) && !takesAll(m, errorValues())
	case labels.MatchEqual, labels.MatchRegexp:
		return false
	}
	return false
}

func takesAny(m *labels.Matcher, values []string) bool { return slices.ContainsFunc(values, m.Matches) }

func takesAll(m *labels.Matcher, values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !m.Matches(v) })
}

// outcomeLabel reports whether a label says how an event ended, by its name.
func outcomeLabel(name string) bool {
	return nameHas(name, "status", "code", "outcome", "result", "success", "state", "class") || absentWhenGood(name)
}

// absentWhenGood reports whether a label usually exists on failures only, as
// error_type of OpenTelemetry.
func absentWhenGood(name string) bool { return nameHas(name, "err", "exception", "reason", "failure") }

func nameHas(name string, words ...string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
}

func errorLike(label, value string) bool {
	lower := strings.ToLower(value)
	switch lower {
	case "true", "1", "yes":
		return absentWhenGood(label)
	case "false", "0", "no":
		return nameHas(label, "success")
	}
	if codeLike(value) {
		return value[0] == '4' || value[0] == '5'
	}
	return slices.Contains(errorValues(), value) || nameHas(value, "err", "fail", "timeout", "exception", "denied", "reject", "abort", "invalid", "drop")
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
		if !absentWhenGood(m.Name) {
			out = append(out, present(m.Name))
		}
	}
	return out, found
}

func present(label string) *labels.Matcher {
	return labels.MustNewMatcher(labels.MatchNotEqual, label, "")
}

// sameVocabulary reports whether a matcher for failures could ever take a value
// of the kind that the label has: codes and words do not mix, so status=~"5.."
// is no question for success and failure.
func sameVocabulary(m *labels.Matcher, values []string) bool {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	if len(values) == 0 || m.Type == labels.MatchNotEqual || m.Type == labels.MatchNotRegexp {
		return true
	}
	codes := takesAny(m, append(errorCodes(), "5xx", "4xx"))
	words := slices.ContainsFunc(errorValues(), func(v string) bool { return !codeLike(v) && m.Matches(v) }) ||
		m.Type == labels.MatchEqual && !codeLike(m.Value)
	switch {
	case codes && !words:
		return slices.ContainsFunc(values, codeLike)
	case words && !codes:
		return slices.ContainsFunc(values, func(v string) bool { return !codeLike(v) })
	}
	return true
}
