package render

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

func TestUnknownFormatNamesTheKnownOnes(t *testing.T) {
	err := Render(io.Discard, "yaml", green(), Options{})
	if err == nil || !strings.Contains(err.Error(), `unknown format "yaml": use one of table, json, markdown, csv, sarif, junit, codequality, github`) {
		t.Errorf("got %v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestEveryFormatReportsThatItCouldNotWrite(t *testing.T) {
	for _, f := range Formats() {
		if err := Render(brokenPipe{}, f.Name, mixed(), Options{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: got %v", f.Name, err)
		}
	}
}

func TestEveryFormatIsTheSameEveryTime(t *testing.T) {
	for name, rep := range samples() {
		for _, f := range Formats() {
			first := rendered(t, f.Name, rep, Options{})
			if again := rendered(t, f.Name, rep, Options{}); again != first {
				t.Errorf("%s as %s differs from one time to the next", name, f.Name)
			}
		}
	}
}

func readCSV(t *testing.T, rep *report.Report) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(rendered(t, "csv", rep, Options{}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestCSVHasOneHeaderAndARowForEveryService(t *testing.T) {
	header := strings.Split("service,tier,team,type,slo,objective,window,status,state,sli,budget_consumed_percent,budget_remaining_percent,burn_rate_1h,gate", ",")
	empty := finish(report.Report{})
	if diff := cmp.Diff([][]string{header}, readCSV(t, empty)); diff != "" {
		t.Errorf("without services (-want +got):\n%s", diff)
	}
	rep := mixed()
	rep.Services = append(rep.Services, report.Service{Name: "no-slo", Tier: "low", Team: "t", Type: "worker"})
	rows := readCSV(t, rep)
	if diff := cmp.Diff(header, rows[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"no-slo", "low", "t", "worker", "", "", "", "", "", "", "", "", "", ""}, rows[len(rows)-1]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"", "", "", "", "unknown"}, rows[5][9:]); diff != "" {
		t.Errorf("an unknown number is not an empty cell:\n%s", diff)
	}
	if rows[1][11] != "-56.8" {
		t.Errorf("a negative number is written as %q", rows[1][11])
	}
}

// TestCSVOfCommandsThatMeasureNothingHasTheFindings makes sure that no finding of
// validate and lint is dropped.
func TestCSVOfCommandsThatMeasureNothingHasTheFindings(t *testing.T) {
	for _, command := range []string{"validate", "lint"} {
		rep := finish(report.Report{Command: command, Findings: []report.Finding{
			{Rule: "spec/unreadable", Severity: report.Error, File: "gone.yaml", Message: "no such file or folder", Suggestion: "correct the path"},
			{Rule: "alert/for", Severity: report.Info, Service: "a", File: "a.yaml", Line: 4, Column: 2, Message: "one, \"two\" three"},
		}})
		want := [][]string{
			{"rule", "severity", "service", "file", "line", "column", "message", "suggestion"},
			{"alert/for", "info", "a", "a.yaml", "4", "2", "one, \"two\" three", ""},
			{"spec/unreadable", "error", "", "gone.yaml", "", "", "no such file or folder", "correct the path"},
		}
		if diff := cmp.Diff(want, readCSV(t, rep)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", command, diff)
		}
	}
}

func TestCSVRunsNoFormulas(t *testing.T) {
	for _, command := range []string{"check-deploy", "lint"} {
		rep := hostile()
		rep.Command = command
		rep.Findings = append(rep.Findings, report.Finding{Rule: "=1+1", Service: "@SUM(1)", File: "-1+1.yaml", Message: "=cmd|' /C calc'!A0", Suggestion: "+1"})
		for _, row := range readCSV(t, rep)[1:] {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
					t.Errorf("%s: %q is a formula", command, cell)
				}
			}
		}
	}
}

func TestCodeQualityHasWhatGitLabReads(t *testing.T) {
	for name, rep := range samples() {
		text := rendered(t, "codequality", rep, Options{})
		var issues []struct {
			Description, Fingerprint, Severity string
			CheckName                          string `json:"check_name"`
			Location                           struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		if err := json.Unmarshal([]byte(text), &issues); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(text, "[") || len(issues) != len(rep.Findings) {
			t.Errorf("%s: %d issues of %d findings", name, len(issues), len(rep.Findings))
		}
		seen := make(map[string]bool)
		for _, issue := range issues {
			if seen[issue.Fingerprint] || issue.Fingerprint == "" {
				t.Errorf("%s: fingerprint %q is not unique", name, issue.Fingerprint)
			}
			seen[issue.Fingerprint] = true
			path := issue.Location.Path
			if issue.Location.Lines.Begin < 1 || path == "" || strings.HasPrefix(path, "/") || strings.HasPrefix(path, "./") {
				t.Errorf("%s: the place is %+v", name, issue.Location)
			}
			if !slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, issue.Severity) || issue.Description == "" || issue.CheckName == "" {
				t.Errorf("%s: %+v", name, issue)
			}
		}
	}
}

func TestCodeQualityFingerprintsStayUniqueWhateverTheyAre(t *testing.T) {
	rep := mixed()
	for i := range rep.Findings {
		rep.Findings[i].Fingerprint = "same"
	}
	text := rendered(t, "codequality", rep, Options{})
	for _, want := range []string{`"same"`, `"same#2"`, `"same#5"`} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%s is not there once", want)
		}
	}
}

func readJUnit(t *testing.T, rep *report.Report) junitSuites {
	t.Helper()
	var got junitSuites
	if err := xml.Unmarshal([]byte(rendered(t, "junit", rep, Options{})), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestJUnitCountsWhatItHolds(t *testing.T) {
	for name, rep := range samples() {
		got := readJUnit(t, rep)
		var want junitSuites
		for _, s := range got.Suites {
			counted := junitSuite{Name: s.Name, Timestamp: s.Timestamp}
			for _, c := range s.Cases {
				counted.add(c)
			}
			want.add(counted)
			if diff := cmp.Diff(counted, s); diff != "" {
				t.Errorf("%s, suite %s:\n%s", name, s.Name, diff)
			}
		}
		if want.Tests != got.Tests || want.Failures != got.Failures || want.Errors != got.Errors || want.Skipped != got.Skipped {
			t.Errorf("%s: the sums are wrong: %+v", name, got)
		}
		if len(got.Suites) < len(rep.Services) {
			t.Errorf("%s: %d suites for %d services", name, len(got.Suites), len(rep.Services))
		}
	}
}

// outcome is the result of each case by service/stage.
func outcome(all junitSuites) map[string]string {
	out := make(map[string]string)
	for _, s := range all.Suites {
		for _, c := range s.Cases {
			word := "pass"
			switch {
			case c.Failure != nil:
				word = "failure"
			case c.Error != nil:
				word = "error"
			case c.Skipped != nil:
				word = "skipped"
			}
			out[s.Name+"/"+c.Name] = word
		}
	}
	return out
}

func TestJUnitTellsFailedFromUndecidedAndSkipped(t *testing.T) {
	got := outcome(readJUnit(t, mixed()))
	for name, want := range map[string]string{
		"payment-api/gate": "failure", "payment-api/verify": "pass", "search/verify": "failure",
		"ledger/gate": "error", "checkout/portfolio": "skipped", "rules/ledger.yaml/promql": "pass",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

// TestJUnitFailsWhatFailsTheRun makes sure that a red job has a test that is red, and
// that the test names the file.
func TestJUnitFailsWhatFailsTheRun(t *testing.T) {
	finding := func(file string, s report.Severity) report.Finding {
		return report.Finding{Rule: "promql/argument", Severity: s, File: file, Line: 3, Message: "a message"}
	}
	rep := finish(report.Report{Verdict: report.Fail, Findings: []report.Finding{
		finding("rules/a.yaml", report.Warning), finding("rules/b.yaml", report.Warning), finding("rules/b.yaml", report.Error), finding("", report.Info),
	}})
	for _, fails := range []bool{false, true} {
		var all junitSuites
		if err := xml.Unmarshal([]byte(rendered(t, "junit", rep, Options{WarningsFail: fails})), &all); err != nil {
			t.Fatal(err)
		}
		got, want := map[string]string{}, map[string]string{"files": "", "rules/a.yaml": "", "rules/b.yaml": "1 error"}
		if fails {
			want["rules/a.yaml"], want["rules/b.yaml"] = "1 warning", "1 error and 1 warning"
		}
		for _, s := range all.Suites {
			for _, c := range s.Cases {
				got[c.ClassName] = ""
				if c.Failure != nil {
					got[c.ClassName] = c.Failure.Message
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("warnings fail: %t (-want +got):\n%s", fails, diff)
		}
	}
}

func TestJUnitShowsARunThatIsUndecidedWithoutAService(t *testing.T) {
	rep := finish(report.Report{Verdict: report.Undecidable, Findings: []report.Finding{{Rule: "query/unanswered", Severity: report.Warning, Message: "no answer"}}})
	all := readJUnit(t, rep)
	if got := outcome(all); got["run/verdict"] != "error" || all.Errors != 1 {
		t.Errorf("got %v, %d errors", got, all.Errors)
	}
}

func TestJUnitShowsAnUndecidedServiceNextToAFailedStage(t *testing.T) {
	service := report.Service{Name: "a", Verdict: report.Undecidable, Metrics: []report.Metric{{Selector: "up", State: report.MetricError}}}
	rep := finish(report.Report{Stages: []report.Stage{{Name: "lint"}}, Services: []report.Service{service}})
	if got := outcome(readJUnit(t, rep)); got["a/verdict"] != "error" || got["a/lint"] != "pass" || got["run/verdict"] != "" {
		t.Errorf("got %v", got)
	}
}

func TestPathsAreRelative(t *testing.T) {
	for in, want := range map[string]string{
		"/repo/services/a.yaml": "services/a.yaml", "./a.yaml": "a.yaml", "a.yaml": "a.yaml",
		"/other/a.yaml": "other/a.yaml", `services\a.yaml`: "services/a.yaml", "/workshop/a.yaml": "workshop/a.yaml",
	} {
		if got := relative(in, "/repo"); got != want {
			t.Errorf("relative(%q) = %q, want %q", in, got, want)
		}
	}
}
