package loki

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate/rules"
)

// selector picks streams of Loki.
type selector []*labels.Matcher

// parseSelector reads a stream selector. Those of LogQL look like those of PromQL
// without a metric name.
func parseSelector(text string) (selector, error) {
	matchers, err := parser.NewParser(parser.Options{}).ParseMetricSelector(strings.TrimSpace(text))
	if err != nil {
		return nil, errors.New("it is no stream selector")
	}
	found := false
	for _, m := range matchers {
		if !labelName().MatchString(m.Name) || m.Name == model.MetricNameLabel {
			return nil, fmt.Errorf("streams have no label %q", m.Name)
		}
		found = found || !m.Matches("")
	}
	if !found {
		return nil, errors.New("it would pick every stream; one label must have a value")
	}
	return matchers, nil
}

// labelName is what a label of Loki may be called.
func labelName() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`) }

// with returns the selector with a variable of its values filled in. The value
// stands for itself also in a regular expression.
func (s selector) with(variable, value string) (selector, error) {
	out := make(selector, 0, len(s))
	for _, m := range s {
		v := value
		if m.Type == labels.MatchRegexp || m.Type == labels.MatchNotRegexp {
			v = regexp.QuoteMeta(value)
		}
		filled, err := labels.NewMatcher(m.Type, m.Name, strings.ReplaceAll(m.Value, variable, v))
		if err != nil {
			return nil, fmt.Errorf("the value of %s is no regular expression", m.Name)
		}
		out = append(out, filled)
	}
	return out, nil
}

// String writes the selector as LogQL.
func (s selector) String() string {
	var parts []string
	for _, m := range s {
		parts = append(parts, m.Name+m.Type.String()+strconv.Quote(m.Value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// names are the labels of the selector, sorted, each once.
func (s selector) names() []string {
	var out []string
	for _, m := range s {
		out = append(out, m.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// query counts the lines of streams that match a pattern.
type query struct {
	streams selector
	// lines picks lines by a regular expression before they are read; empty takes all.
	lines string
	// format is how the lines are written: json, logfmt or text.
	format  string
	pattern string
	window  time.Duration
	// more is how many lines are still few enough.
	more int
}

// String writes the query as LogQL. Without sum there would be an alert for each
// pod, as many as have logged the line.
func (q query) String() string {
	return fmt.Sprintf("sum by (%s) (count_over_time(%s%s%s |~ %s [%s])) > %d",
		strings.Join(q.streams.names(), ", "), q.streams, q.about(), q.message(), quoted(q.pattern), rules.Duration(q.window), q.more)
}

// about picks the lines that are about the service.
func (q query) about() string {
	if q.lines == "" {
		return ""
	}
	return " |~ " + quoted(q.lines)
}

// message takes the message out of structured lines, so that a pattern does not
// match a word in another field. A line of another format, as a stack trace, is
// matched as it is. A line that could not be read as the format must not keep its
// error: the whole query would fail by it.
func (q query) message() string {
	if q.format != "json" && q.format != "logfmt" {
		return ""
	}
	return " | " + q.format + ` message="message", msg="msg" | line_format "{{or .message .msg __line__}}" | drop __error__, __error_details__`
}

// quoted writes a text as LogQL does, without escapes where that is possible:
// patterns are full of backslashes.
func quoted(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
