package tech

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

func checkLogs(found *problems, t Technology) {
	for i, l := range t.Logs {
		at := index("logs", i)
		if slices.ContainsFunc(t.Logs[:i], func(o Log) bool { return o.Name == l.Name }) {
			found.add(at+".name", "%s is there twice", l.Name)
		}
		found.below(at, checkLog(l))
	}
}

func checkLog(l Log) problems {
	var found problems
	if !alertName.MatchString(l.Name) {
		found.add("name", "%q is no name; write it like TooManyConnections", l.Name)
	}
	checkSeverity(&found, l.Severity)
	checkLogTimes(&found, l)
	if l.Threshold < 0 {
		found.add("threshold", "%d lines are never too many", l.Threshold)
	}
	for _, f := range []struct{ path, text string }{{"summary", l.Summary}, {"description", l.Description}} {
		if f.text == "" || strings.ContainsAny(f.text, "\r\n{}") {
			found.add(f.path, "%q is no plain line", f.text)
		}
	}
	match, err := regexp.Compile(l.Match)
	if err != nil {
		found.add("match", "the pattern is no RE2: %s", err)
		return found
	}
	checkExamples(&found, l, match)
	return found
}

// checkLogTimes makes sure that an alert can fire for a single line: the line has
// to stay in the window until the alert has waited and was evaluated once more.
func checkLogTimes(found *problems, l Log) {
	window, err := model.ParseDuration(l.Window)
	if err != nil || time.Duration(window) < time.Minute {
		found.add("window", "%q is no window of 1m or more", l.Window)
	}
	hold, err := model.ParseDuration(l.For)
	if err != nil {
		found.add("for", "%q is no duration", l.For)
	}
	if time.Duration(window) < time.Duration(hold)+time.Minute {
		found.add("window", "the window of %s is left before the alert has waited for %s", l.Window, l.For)
	}
}

func checkExamples(found *problems, l Log, match *regexp.Regexp) {
	if match.MatchString("") {
		found.add("match", "the pattern matches every line")
	}
	if strings.Contains(l.Match, "`") {
		found.add("match", "a backquote cannot be written in LogQL")
	}
	if len(l.Lines) == 0 || len(l.Others) == 0 {
		found.add("lines", "give lines that match, and others that do not")
	}
	for i, line := range l.Lines {
		if !match.MatchString(line) {
			found.add(index("lines", i), "the pattern does not match %q", line)
		}
	}
	for i, line := range l.Others {
		if match.MatchString(line) {
			found.add(index("others", i), "the pattern matches %q", line)
		}
	}
}
