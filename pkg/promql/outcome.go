package promql

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// SaysOutcome reports whether a label says how an event ended, by its name.
func SaysOutcome(label string) bool {
	return nameHas(label, "status", "code", "outcome", "result", "success", "state", "class") || OnFailuresOnly(label)
}

// OnFailuresOnly reports whether a label usually exists on failures only, as
// error_type of OpenTelemetry.
func OnFailuresOnly(label string) bool {
	return nameHas(label, "err", "exception", "reason", "failure")
}

func nameHas(name string, words ...string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
}

// ErrorValues and GoodValues are samples of what label values look like on
// failed and on successful events. A pattern is judged by which it takes.
func ErrorValues() []string {
	return []string{
		"400", "404", "429", "499", "500", "501", "502", "503", "504", "5xx", "4xx",
		"error", "errors", "failed", "failure", "fail", "timeout", "exception",
		"ERROR", "FAILED", "FAILURE", "SERVER_ERROR", "CLIENT_ERROR",
		"Internal", "Unavailable", "Unknown", "DeadlineExceeded", "DataLoss", "Aborted", "ResourceExhausted", "Unimplemented",
	}
}

// GoodValues is described at ErrorValues.
func GoodValues() []string {
	return []string{"200", "201", "204", "302", "2xx", "ok", "OK", "Ok", "success", "SUCCESS", "succeeded", "successful", "completed", "none", "None"}
}

// vocabulary is a kind of label value that names an outcome.
type vocabulary int

const (
	words       vocabulary = iota // failed, OK, DeadlineExceeded
	codes                         // 503
	codeClasses                   // 5xx
)

var (
	plainCode = regexp.MustCompile(`^[1-5][0-9]{2}$`)
	codeClass = regexp.MustCompile(`^[1-5][xX]{2}$`)
)

func vocabularyOf(value string) vocabulary {
	switch {
	case plainCode.MatchString(value):
		return codes
	case codeClass.MatchString(value):
		return codeClasses
	}
	return words
}

// SameVocabulary reports whether a matcher could ever tell values of the kind
// that a label has apart: codes, classes of codes and words do not mix, so that
// status=~"5.." is no question for success and failure, nor is code="5xx" for
// 200 and 500. A negative matcher is judged by what it excludes. True is also
// the answer where nothing can be said: the label has no values, or the matcher
// takes none of the outcomes that are known here.
func SameVocabulary(m *labels.Matcher, values []string) bool {
	takes := m.Matches
	if m.Type == labels.MatchNotEqual || m.Type == labels.MatchNotRegexp {
		takes = func(v string) bool { return !m.Matches(v) }
	}
	own := map[vocabulary]bool{}
	samples := append(ErrorValues(), GoodValues()...)
	if m.Type == labels.MatchEqual || m.Type == labels.MatchNotEqual {
		samples = append(samples, m.Value)
	} else {
		samples = append(samples, m.SetMatches()...)
	}
	for _, v := range samples {
		if v != "" && takes(v) {
			own[vocabularyOf(v)] = true
		}
	}
	named := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	if len(named) == 0 || len(own) == 0 {
		return true
	}
	return slices.ContainsFunc(named, func(v string) bool { return own[vocabularyOf(v)] || takes(v) })
}
