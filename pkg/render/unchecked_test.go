package render

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

// TestMetricsThatCouldNotBeCheckedAreOneLine keeps a server that is down from
// flooding the reader with a line for each metric.
func TestMetricsThatCouldNotBeCheckedAreOneLine(t *testing.T) {
	unchecked := report.Metric{Name: "a_total", Selector: "a_total{service=\"x\"}", Required: true, State: report.MetricError, Suggestion: "the server is down"}
	rep := &report.Report{Command: "verify", Verdict: report.Undecidable, Services: []report.Service{
		{Name: "x", File: "x.yaml", Verdict: report.Undecidable, Metrics: []report.Metric{unchecked, unchecked, unchecked}},
	}}
	for format, want := range map[string]string{"table": "? 3 metrics could not be checked", "markdown": "| ? | 3 metrics | `x` |"} {
		got := rendered(t, format, rep, Options{})
		if !strings.Contains(got, want) || strings.Contains(got, "the server is down") {
			t.Errorf("%s: want one line %q and no reason at each metric, got\n%s", format, want, got)
		}
		if got := rendered(t, format, rep, Options{Verbose: true}); strings.Count(got, "the server is down") != 3 {
			t.Errorf("%s, verbose: want the reason of each of the three metrics, got\n%s", format, got)
		}
	}
}

// TestHeadlineSaysWhyNobodyWasAsked names the missing address where a reader
// looks first.
func TestHeadlineSaysWhyNobodyWasAsked(t *testing.T) {
	rep := &report.Report{Command: "portfolio", Verdict: report.Undecidable, Stages: []report.Stage{
		{Name: "validate", Verdict: report.Pass}, {Name: "portfolio", Verdict: report.Undecidable, SkippedReason: "no Prometheus was given"},
	}}
	if got := Headline(rep); !strings.Contains(got, "no Prometheus was given") {
		t.Errorf("got %q", got)
	}
}
