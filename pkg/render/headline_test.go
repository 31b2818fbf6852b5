package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nthlayer/action/pkg/report"
)

func gated(name string, d report.Decision) report.Service {
	return report.Service{Name: name, Verdict: d.Verdict(), Gate: &report.Gate{Decision: d}}
}

func TestHeadline(t *testing.T) {
	for _, tt := range []struct {
		want string
		rep  report.Report
	}{
		{"pass: no service files to check", report.Report{Verdict: report.Pass}},
		{"pass: 1 service checked, nothing to report", report.Report{Verdict: report.Pass, Services: []report.Service{{Name: "a", Verdict: report.Pass}}}},
		{"pass: deploy approved for a", report.Report{Verdict: report.Pass, Services: []report.Service{gated("a", report.Approved)}}},
		{
			"fail: deploy blocked for b; could not decide on c; error budget low for d",
			report.Report{Verdict: report.Fail, Services: []report.Service{
				gated("a", report.Approved), gated("b", report.Blocked), gated("c", report.Unknown), gated("d", report.Warned),
			}},
		},
		{
			"unknown: could not decide on a, b, c and 2 more",
			report.Report{Verdict: report.Undecidable, Services: []report.Service{
				gated("a", report.Unknown), gated("b", report.Unknown), gated("c", report.Unknown), gated("d", report.Unknown), gated("e", report.Unknown),
			}},
		},
		{
			"warn: 1 warning in 1 service",
			report.Report{Verdict: report.Warn, Services: []report.Service{{Name: "a", Verdict: report.Warn}}, Findings: []report.Finding{{Severity: report.Warning}}},
		},
		{
			"fail: 2 required metrics missing",
			report.Report{Verdict: report.Fail, Services: []report.Service{{Name: "a", Verdict: report.Fail, Metrics: []report.Metric{
				{State: report.MetricMissing, Required: true},
				{State: report.MetricOtherService, Required: true},
				{State: report.MetricMissing},
				{State: report.MetricNoErrorsYet, Required: true},
			}}}},
		},
		{"unknown: see the stages of this run", report.Report{Verdict: report.Undecidable}},
		{"pass: 10,000 rules in 3 files checked, nothing to report", report.Report{Verdict: report.Pass, Summary: report.Summary{RuleFiles: 3, Rules: 10_000}}},
		{
			"pass: 1 rule in 1 file checked, nothing to report; 1 finding left out by comments",
			report.Report{Verdict: report.Pass, Summary: report.Summary{RuleFiles: 1, Rules: 1, Suppressed: 1}},
		},
		{
			"fail: 1 error; 1,200 findings left out by comments",
			report.Report{Verdict: report.Fail, Findings: []report.Finding{{Severity: report.Error}}, Summary: report.Summary{Suppressed: 1200}},
		},
		{"pass: 0 rules in 1 file checked, nothing to report", report.Report{Verdict: report.Pass, Summary: report.Summary{RuleFiles: 1}}},
		{
			"warn: 1 warning in 1 service and 1,234,567 rules in 1 file",
			report.Report{
				Verdict: report.Warn, Services: []report.Service{{Name: "a", Verdict: report.Pass}}, Findings: []report.Finding{{Severity: report.Warning}},
				Summary: report.Summary{RuleFiles: 1, Rules: 1_234_567},
			},
		},
		{
			"fail: 1 input could not be read; 1 error",
			report.Report{Verdict: report.Fail, Findings: []report.Finding{{Severity: report.Error}}, Summary: report.Summary{Unreadable: 1}},
		},
		{"unknown: see the stages of this run", report.Report{}},
		{
			"fail: error budget used up for a",
			report.Report{Verdict: report.Fail, Services: []report.Service{{Name: "a", SLOs: []report.SLO{{Status: report.StatusExhausted}}}}},
		},
	} {
		if got := Headline(finish(tt.rep)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestHeadlineNamesUnreadableInput(t *testing.T) {
	rep := finish(report.Report{Verdict: report.Fail})
	rep.Summary.Unreadable = 1
	if got, want := Headline(rep), "fail: 1 input could not be read"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStatusTextFitsAndBeginsWithTheVerdict(t *testing.T) {
	long := mixed()
	for i := range long.Services {
		long.Services[i].Name = strings.Repeat("目標-", 30) + fmt.Sprint(i)
	}
	reports := samples()
	reports["long names"] = long
	for name, rep := range reports {
		for _, stage := range []string{"", "lint", "gate", "not there"} {
			got := StatusText(rep, stage)
			verdict, _, ok := strings.Cut(got, ": ")
			if utf8.RuneCountInString(got) > StatusLength || !ok || !slices.Contains([]string{"pass", "warn", "fail", "unknown"}, verdict) {
				t.Errorf("%s, stage %q: %q", name, stage, got)
			}
		}
	}
}

func TestStatusTextOfStages(t *testing.T) {
	rep := mixed()
	rep.Stages = append(rep.Stages, report.Stage{Name: "generate", Verdict: report.Pass}, report.Stage{Name: "policy", Verdict: report.Undecidable})
	for stage, want := range map[string]string{
		"lint":      "fail: lint found 1 error and 1 warning in 4 services",
		"portfolio": "pass: portfolio skipped, a single service was asked for",
		"generate":  "pass: generate found nothing in 4 services",
		"policy":    "unknown: policy could not decide, see the job's log",
		"push":      "unknown: push did not run",
	} {
		if got := StatusText(rep, stage); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestStatusTextOfLintCountsRules makes sure that a check of rule files does not
// say that it looked at no services.
func TestStatusTextOfLintCountsRules(t *testing.T) {
	rep := finish(report.Report{
		Verdict: report.Fail, Summary: report.Summary{RuleFiles: 2, Rules: 1500},
		Stages: []report.Stage{{Name: "validate", Verdict: report.Pass}, {Name: "lint", Verdict: report.Fail, Errors: 3}},
	})
	for stage, want := range map[string]string{
		"lint":     "fail: lint found 3 errors in 1,500 rules in 2 files",
		"validate": "pass: validate found nothing in 0 services",
	} {
		if got := StatusText(rep, stage); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestHeadlineSaysWhatBecameOfFiles(t *testing.T) {
	files := func(actions ...string) []report.Service {
		var s report.Service
		for _, a := range actions {
			s.Artifacts = append(s.Artifacts, report.Artifact{Action: a})
		}
		return []report.Service{s}
	}
	for _, tt := range []struct {
		command string
		actions []string
		want    string
	}{
		{"apply", []string{"create", "update", "create"}, "pass: 2 files created, 1 file updated"},
		{"plan", []string{"create", "update", "unchanged"}, "pass: 1 file to create, 1 file to update, 1 file unchanged"},
		{"apply", []string{"edited", "obsolete"}, "pass: 1 file changed by hand, 1 file obsolete"},
		{"apply", nil, "pass: 1 service checked, nothing to report"},
		{"ci", []string{"create"}, "pass: 1 service checked, nothing to report"},
	} {
		rep := &report.Report{Verdict: report.Pass, Command: tt.command, Services: files(tt.actions...), Summary: report.Summary{Services: 1}}
		if got := Headline(rep); got != tt.want {
			t.Errorf("%s %v: %q, want %q", tt.command, tt.actions, got, tt.want)
		}
	}
}
