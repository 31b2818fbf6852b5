package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

// ruleTests is a run of unit tests of rules in two files.
func ruleTests() *report.Report {
	at := func(file string, line int, rule, message string) report.Finding {
		return report.Finding{Rule: rule, Severity: report.Error, File: file, Line: line, Message: message, Suggestion: "correct the rule"}
	}
	return finish(report.Report{
		Command: "test", Verdict: report.Fail, Summary: report.Summary{Tests: 5},
		Tests: []report.Test{
			{Name: "holds", File: "a_test.yaml", Line: 3, Verdict: report.Pass},
			{Name: "fails", File: "a_test.yaml", Line: 9, Verdict: report.Fail},
			{Name: "twice", File: "a_test.yaml", Line: 20, Verdict: report.Pass},
			{Name: "twice", File: "a_test.yaml", Line: 30, Verdict: report.Fail},
			{Name: "holds", File: "b_test.yaml", Line: 2, Verdict: report.Pass},
		},
		Findings: []report.Finding{
			at("a_test.yaml", 11, "test/failed", "fails: expected none"), at("a_test.yaml", 19, "test/failed", "fails: expected one"),
			at("a_test.yaml", 30, "test/failed", "twice: no sample"), at("a_test.yaml", 1, "test/rule-file", "it is not there"),
			at("c.yaml", 7, "test/rule-file", "it does not load"),
		},
	})
}

// TestJUnitListsEveryUnitTest makes sure that hosts see the tests that hold, too: one
// that is gone is else like one that passes.
func TestJUnitListsEveryUnitTest(t *testing.T) {
	all := readJUnit(t, ruleTests())
	want := map[string]string{
		"a_test.yaml/holds": "pass", "a_test.yaml/fails": "failure", "a_test.yaml/twice": "pass", "a_test.yaml/twice #2": "failure",
		"b_test.yaml/holds": "pass", "a_test.yaml/test": "failure", "c.yaml/test": "failure",
	}
	if diff := cmp.Diff(want, outcome(all)); diff != "" || all.Tests != 7 || all.Failures != 4 {
		t.Errorf("%d tests, %d failures, -want +got:\n%s", all.Tests, all.Failures, diff)
	}
	for _, s := range all.Suites {
		for _, c := range s.Cases {
			switch {
			case s.Name == "a_test.yaml" && c.Name == "fails" && (c.Failure.Message != "2 expectations not met" || strings.Count(c.Failure.Text, "expected") != 2 || c.File != "a_test.yaml"):
				t.Errorf("%+v %+v", c, c.Failure)
			case c.Name == "twice #2" && !strings.Contains(c.Failure.Text, "no sample"):
				t.Errorf("%+v", c.Failure)
			case s.Name == "files" && strings.Count(c.Failure.Text, "test/rule-file") != 2:
				t.Errorf("%+v", c.Failure)
			}
		}
	}
}
