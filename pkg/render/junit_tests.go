package render

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// testSuites makes a suite of every file of unit tests of rules, and in it a case of
// every test, also of those that hold. It returns the findings that are in none.
func testSuites(rep *report.Report, opts Options) (suites []junitSuite, rest []report.Finding) {
	own := map[int][]report.Finding{}
	for _, f := range rep.Findings {
		if i := testOf(rep.Tests, f); i >= 0 {
			own[i] = append(own[i], f)
		} else {
			rest = append(rest, f)
		}
	}
	for i, t := range rep.Tests {
		if i == 0 || rep.Tests[i-1].File != t.File {
			suites = append(suites, junitSuite{Name: TerminalText(t.File), Timestamp: rep.EvaluatedAt.UTC().Format(junitTime)})
		}
		suite := &suites[len(suites)-1]
		suite.add(testCase(*suite, t, own[i], opts))
	}
	return suites, rest
}

// testOf returns the index of the test that a finding is about, the last one of its
// file that begins at its line or above; -1 for none.
func testOf(tests []report.Test, f report.Finding) int {
	i, _ := slices.BinarySearchFunc(tests, f, func(t report.Test, f report.Finding) int {
		return cmp.Or(strings.Compare(t.File, f.File), cmp.Compare(t.Line, f.Line+1))
	})
	if i == 0 || tests[i-1].File != f.File {
		return -1
	}
	return i - 1
}

// testCase is one test. Hosts tell cases by their names, so that the second one of a
// name has a number.
func testCase(suite junitSuite, t report.Test, findings []report.Finding, opts Options) junitCase {
	name := TerminalText(t.Name)
	for n := 2; slices.ContainsFunc(suite.Cases, func(c junitCase) bool { return c.Name == name }); n++ {
		name = TerminalText(t.Name) + " #" + strconv.Itoa(n)
	}
	c := junitCase{ClassName: suite.Name, Name: name, File: TerminalText(relativeOrNone(t.File, opts.Root))}
	if t.Verdict != report.Fail {
		return c
	}
	var lines []string
	for _, f := range findings {
		lines = append(lines, LogLine(f, opts.Root)+prefixed(" Fix: ", TerminalText(f.Suggestion), ""))
	}
	c.Failure = &junitResult{Message: count(len(findings), "expectation") + " not met", Type: "error", Text: strings.Join(lines, "\n")}
	return c
}
