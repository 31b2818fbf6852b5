package promtool

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// run parses and runs a file of testdata.
func run(t *testing.T, dir, name string) Outcome {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	f, findings := Parse(t.Context(), name, data)
	if len(findings) > 0 {
		t.Fatal(text(findings))
	}
	return f.Run(t.Context(), spectest.Open(t, dir))
}

func text(findings []report.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s: %s (%s)\n", f.Position(), f.Severity, f.Message, f.Suggestion)
	}
	return b.String()
}

func TestWhatHoldsPasses(t *testing.T) {
	for name, tests := range map[string]int{"good.yaml": 7, "fuzzy.yaml": 1} {
		out := run(t, "testdata", name)
		if len(out.Findings) > 0 || len(out.Tests) != tests {
			t.Errorf("%s: %d tests\n%s", name, len(out.Tests), text(out.Findings))
		}
	}
}

// TestWhatDoesNotHoldIsTold makes sure that each expectation that fails is a finding
// at its own place, with what was expected and what was there.
func TestWhatDoesNotHoldIsTold(t *testing.T) {
	for _, name := range []string{"bad", "error", "missing"} {
		filetest.Golden(t, "testdata/"+name+".out", text(run(t, "testdata", name+".yaml").Findings))
	}
}

// TestFilesThatAreNotRun makes sure that what promtool does not understand is not
// passed over: a misspelt field would be an expectation that nobody checks.
func TestFilesThatAreNotRun(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "t.yaml:1:1: error: the file is empty (write rule_files and tests)\n"},
		{"no mapping", "[1]", "t.yaml:1:1: error: a file of rule tests is a list, not a mapping (write rule_files, evaluation_interval, group_eval_order, fuzzy_compare, tests)\n"},
		{"misspelt", "tests:\n  - alert_rule_tests: []", "t.yaml:2:5: error: a test has no field alert_rule_tests (the fields are interval, input_series, alert_rule_test, promql_expr_test, external_labels, external_url, name, start_timestamp)\n"},
		{"duration", "evaluation_interval: soon", "t.yaml:1:22: error: evaluation_interval \"soon\" is not a duration (write it as 30s, 5m or 1h30m)\n"},
		{"series", "tests: [{input_series: [{series: 'm{', values: '1'}]}]", "t.yaml:1:25: error: the series \"m{\" cannot be read: unexpected character inside braces: '1' (write it as series: 'm{l=\"v\"}' and values: '0+10x100')\n"},
		{"too many samples", "tests: [{input_series: [{series: m, values: '1x99999999999'}]}]", "t.yaml:1:45: error: the series has more than 2000000 samples (write fewer samples, or a longer interval)\n"},
		{"no name of an alert", "tests: [{alert_rule_test: [{eval_time: 1m}]}]", "t.yaml:1:28: error: an entry of alert_rule_test has no alertname (add alertname: with the name of the alert)\n"},
		{"value", "tests: [{promql_expr_test: [{expr: up, exp_samples: [{value: many}]}]}]", "t.yaml:1:62: error: value is text, not a number (write a number)\n"},
		{"labels", "tests: [{promql_expr_test: [{expr: up, exp_samples: [{labels: '{a', value: 1}]}]}]", "t.yaml:1:54: error: the labels \"{a\" cannot be read: unexpected end of input inside braces (write them as '{l=\"v\"}')\n"},
		{"time", "tests: [{start_timestamp: noon}]", "t.yaml:1:27: error: start_timestamp \"noon\" is not a time (write it as 2026-01-31T12:00:00Z, or in seconds since 1970)\n"},
		{"order", "group_eval_order: [a, a]", "t.yaml:1:23: error: the group a stands in group_eval_order twice (remove one of the two)\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, findings := Parse(t.Context(), "t.yaml", []byte(test.text))
			if diff := cmp.Diff(test.want, text(findings)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestRunsThatWouldNotEndAreRefused makes sure that a test from a pull request cannot
// keep a job busy.
func TestRunsThatWouldNotEndAreRefused(t *testing.T) {
	f, findings := Parse(t.Context(), "t.yaml", []byte("evaluation_interval: 1ms\ntests: [{promql_expr_test: [{expr: up, eval_time: 10y}]}]"))
	if len(findings) > 0 {
		t.Fatal(text(findings))
	}
	out := f.Run(t.Context(), spectest.Open(t, t.TempDir()))
	if len(out.Findings) != 1 || !strings.Contains(out.Findings[0].Message, "make the interval longer") {
		t.Errorf("got %s", text(out.Findings))
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"good.yaml", "bad.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, data string) {
		file, findings := Parse(t.Context(), "t.yaml", []byte(data))
		for _, one := range findings {
			if one.Severity != report.Error || one.Message == "" || one.File != "t.yaml" {
				t.Errorf("%+v", one)
			}
		}
		if file == nil && len(findings) == 0 {
			t.Error("neither a file nor what is wrong with it")
		}
	})
}
