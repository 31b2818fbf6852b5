package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

// pointed returns the source line that is shown and the text above the caret.
func pointed(t *testing.T, f report.Finding, opts Options) (line, above string) {
	t.Helper()
	f.Severity, f.Rule, f.File = report.Error, "r/1", "a.yaml"
	lines := strings.Split(rendered(t, "table", finish(report.Report{Findings: []report.Finding{f}}), opts), "\n")
	for i, l := range lines {
		caret := strings.Index(l, "^")
		if caret < 0 {
			continue
		}
		line = lines[i-1]
		start := displaywidth.String(l[:caret])
		return line, columns(line, start, start+len(strings.TrimSpace(l[caret:])))
	}
	t.Fatalf("no caret in %q", lines)
	return "", ""
}

// columns cuts a line by the columns of a terminal.
func columns(line string, from, to int) string {
	out, at := "", 0
	for _, r := range line {
		if at >= from && at < to {
			out += string(r)
		}
		at += displaywidth.Rune(r)
	}
	return out
}

func TestCaretStandsUnderTheSpan(t *testing.T) {
	for _, tt := range []struct {
		name, snippet string
		column, end   int
		want          string
	}{
		{"plain", "  query: up", 10, 12, "up"},
		{"tabs in front", "\t\tquery: up", 3, 8, "query"},
		{"wide runes in front", "名前: 目標 up", 8, 10, "up"},
		{"wide runes inside", "name: 目標", 7, 9, "目標"},
		{"no end", "  query: up", 3, 0, "query"},
		{"no end and no word", "a : b", 3, 0, ":"},
		{"end of the line", "ab", 2, 99, "b"},
		{"hostile bytes in front", "\x1b[31m up", 7, 9, "up"},
		{"command in front", "x ##[error] up", 13, 15, "up"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line, got := pointed(t, report.Finding{Line: 7, Column: tt.column, EndLine: 7, EndColumn: tt.end, Snippet: tt.snippet}, Options{})
			if got != tt.want {
				t.Errorf("the caret stands under %q of %q, want %q", got, line, tt.want)
			}
		})
	}
}

func TestSpanOverSeveralLinesIsMarkedToTheEndOfTheFirst(t *testing.T) {
	_, got := pointed(t, report.Finding{Line: 1, Column: 4, EndLine: 3, EndColumn: 2, Snippet: "by (job)"}, Options{})
	if got != "(job)" {
		t.Errorf("got %q", got)
	}
}

func TestLongLinesAreShortenedAroundTheCaretOnATerminalOnly(t *testing.T) {
	snippet := strings.Repeat("前", 100) + "needle" + strings.Repeat("x", 300)
	f := report.Finding{Line: 3, Column: 101, EndLine: 3, EndColumn: 107, Snippet: snippet}
	for _, width := range []int{40, 80, 200} {
		line, got := pointed(t, f, Options{Width: width})
		if displaywidth.String(line) > width || got != "needle" {
			t.Errorf("width %d: the caret stands under %q of %q, %d wide", width, got, line, displaywidth.String(line))
		}
	}
	if line, _ := pointed(t, f, Options{}); !strings.Contains(line, snippet) {
		t.Errorf("the line is cut although there is no terminal: %q", line)
	}
}

func TestNothingIsWrappedWithoutATerminal(t *testing.T) {
	rep := mixed()
	long := strings.TrimSpace(strings.Repeat("a long reason ", 40))
	rep.Services[3].SLOs[0].Detail = long
	if got := rendered(t, "table", rep, Options{}); !strings.Contains(got, "? no data: "+long) {
		t.Error("the reason is wrapped or cut")
	}
}

func TestColorIsOffUnlessAskedFor(t *testing.T) {
	for name, rep := range samples() {
		plain := rendered(t, "table", rep, Options{Verbose: true})
		if strings.Contains(plain, "\x1b") {
			t.Errorf("%s: the plain table holds escape codes", name)
		}
		if !strings.Contains(rendered(t, "table", rep, Options{Color: true}), "\x1b[31m") && name != "green" {
			t.Errorf("%s: the coloured table has no red", name)
		}
	}
}

func TestLastLineIsTheVerdict(t *testing.T) {
	for _, command := range []string{"lint", "validate", "verify", "check-deploy", "portfolio", "ci"} {
		rep := mixed()
		rep.Command = command
		for _, quiet := range []bool{true, false} {
			lines := strings.Split(strings.TrimSpace(rendered(t, "table", rep, Options{Quiet: quiet})), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "fail: ") || !strings.HasSuffix(last, "(exit code 2)") {
				t.Errorf("%s: the last line is %q", command, last)
			}
		}
	}
}

func TestServicesThatPassedAreCountedWhenThereAreMany(t *testing.T) {
	rep := report.Report{Verdict: report.Fail, Services: []report.Service{exhausted()}}
	for i := range 20 {
		rep.Services = append(rep.Services, healthy(fmt.Sprintf("service-%d", i), "low"))
	}
	short, all := rendered(t, "table", finish(rep), Options{}), rendered(t, "table", finish(rep), Options{Verbose: true})
	if !strings.Contains(short, "20 services passed") || strings.Contains(short, "service-7") || !strings.Contains(short, "payment-api (tier") {
		t.Errorf("got:\n%s", short)
	}
	if !strings.Contains(all, "service-7 (tier") {
		t.Error("the verbose table leaves a service out")
	}
}

func TestMetricThatAFindingTellsAboutIsNotSaidTwice(t *testing.T) {
	rep := mixed()
	if got := rendered(t, "table", rep, Options{}); strings.Count(got, "http_requests_totl{service=\"search\"}") != 1 {
		t.Errorf("the selector is not there exactly once:\n%s", got)
	}
	rep.Findings = nil
	if got := rendered(t, "table", rep, Options{}); !strings.Contains(got, "http_requests_totl") {
		t.Error("a missing metric without a finding is not shown")
	}
}

func TestReasonThatAFindingGivesIsNotSaidTwice(t *testing.T) {
	rep := mixed()
	const reason = "The error budget of availability is used up. (gate/budget-exhausted)"
	if got := rendered(t, "table", rep, Options{}); strings.Contains(got, reason) {
		t.Errorf("the reason is said twice:\n%s", got)
	}
	rep.Findings = nil
	if got := rendered(t, "table", rep, Options{}); !strings.Contains(got, reason) {
		t.Error("a reason without a finding is not shown")
	}
}

func TestApprovalIsExplainedWhenAnExceptionMadeIt(t *testing.T) {
	rep := green()
	const reason = "SLO availability has the least error budget"
	for _, format := range []string{"table", "markdown"} {
		if got := rendered(t, format, rep, Options{}); strings.Contains(got, reason) {
			t.Errorf("%s explains a plain approval:\n%s", format, got)
		}
	}
	rep.Services[0].Gate.Exceptions = []report.GateException{{Who: "team shop", Allow: "always", Applied: true}}
	for _, format := range []string{"table", "markdown"} {
		if got := rendered(t, format, rep, Options{}); strings.Count(got, reason) != 1 {
			t.Errorf("%s does not explain an approval by exception:\n%s", format, got)
		}
	}
}

func TestUsedUpBudgetHasNoForecast(t *testing.T) {
	rep := mixed()
	rep.Services[0].SLOs[0].ExhaustsAt = later(3)
	for _, format := range []string{"table", "markdown"} {
		if got := rendered(t, format, rep, Options{}); strings.Count(got, "at this rate the budget is used up") != 1 {
			t.Errorf("%s: the forecast is not there for the other SLO alone:\n%s", format, got)
		}
	}
}

func TestFiguresAreNotRoundedAcrossALimit(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{percent(num(9.96)), "9.9 %"},
		{percent(num(10)), "10 %"},
		{percent(num(-0.04)), "-0.1 %"},
		{percent(num(0.3)), "0.3 %"},
		{percent(num(99.99)), "99.9 %"},
		{percent(nil), "-"},
		{sliPercent(num(0.9999996)), "99.99996 %"},
		{sliPercent(num(1)), "100 %"},
		{sliPercent(num(0)), "0 %"},
		{sliPercent(num(0.9985)), "99.85 %"},
		{share(num(66.66666)), "66.7 %"},
		{share(nil), "-"},
		{burnRate(num(14.44)), "14.4x"},
		{exactPercent(report.Num(99.95)), "99.95 %"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestAttentionGoesByTierAndThenByStatus(t *testing.T) {
	slo := func(tier, name string, status report.SLOStatus) report.Service {
		return report.Service{Name: name, Tier: tier, SLOs: []report.SLO{{Name: name, State: report.StateOK, Status: status}}}
	}
	rep := finish(report.Report{Command: "portfolio", Services: []report.Service{
		slo("low", "low-exhausted", report.StatusExhausted), slo("critical", "unseen", report.StatusUnknown),
		slo("critical", "warned", report.StatusWarning), slo("critical", "bad", report.StatusCritical), slo("critical", "fine", report.StatusHealthy),
	}})
	var names []string
	for _, a := range attentionList(rep) {
		names = append(names, a.service.Name)
	}
	if diff := cmp.Diff([]string{"bad", "warned", "unseen", "low-exhausted"}, names); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestRemarksOnSoundFiguresAreShown(t *testing.T) {
	rep := finish(report.Report{Command: "check-deploy", Services: []report.Service{{
		Name: "pay", Verdict: report.Pass, Gate: &report.Gate{Decision: report.Approved},
		SLOs: []report.SLO{{Name: "availability", State: report.StateOK, Status: report.StatusHealthy, Detail: "only about 1h of the window of 30d has data"}},
	}}})
	for _, format := range []string{"table", "markdown"} {
		if got := rendered(t, format, rep, Options{}); !strings.Contains(got, "only about 1h of the window of 30d has data") {
			t.Errorf("%s does not tell:\n%s", format, got)
		}
	}
}

func TestAttentionStartsWithTheMostCriticalTier(t *testing.T) {
	low, critical := exhausted(), exhausted()
	low.Name, low.Tier, critical.Name = "a-low", "low", "z-critical"
	rep := finish(report.Report{Command: "portfolio", Services: []report.Service{low, critical}, Portfolio: &report.Portfolio{Known: 2, Total: 2}})
	got := rendered(t, "table", rep, Options{})
	if strings.Index(got, "z-critical") > strings.Index(got, "a-low") {
		t.Errorf("the low tier comes first:\n%s", got)
	}
}

// A file can hold a name of any length, and the log is read by people.
func TestTableCutsLongValues(t *testing.T) {
	long := strings.Repeat("L", 200_000)
	rep := exhaustedReport(long)
	got := rendered(t, "table", rep, Options{Verbose: true})
	for line := range strings.Lines(got) {
		if n := len([]rune(line)); n > 11_000 {
			t.Errorf("a line of %d characters: %.100s", n, line)
		}
	}
	if strings.Contains(got, strings.Repeat("L", 301)+"L") && !strings.Contains(got, "…") {
		t.Error("a value was not cut")
	}
	if len(got) > 60_000 {
		t.Errorf("%d bytes", len(got))
	}
	query := strings.Repeat("sum(rate(x[5m])) + ", 100)
	rep = exhaustedReport("search")
	rep.Services[0].SLOs[0].Query = query
	if !strings.Contains(rendered(t, "table", rep, Options{Verbose: true}), strings.TrimSpace(query)) {
		t.Error("a query that people copy was cut")
	}
}

// exhaustedReport is a report of one blocked service with a text wherever a file
// or a server gives one.
func exhaustedReport(text string) *report.Report {
	rep := *mixed()
	s := exhausted()
	s.Name, s.Team, s.Tier, s.File = text, text, text, text
	for i := range s.SLOs {
		s.SLOs[i].Name, s.SLOs[i].Window = text, text
	}
	for i := range s.Metrics {
		s.Metrics[i].Selector, s.Metrics[i].Suggestion = text, text
	}
	s.Gate.Reasons = append(s.Gate.Reasons, report.Reason{Code: text, Text: text})
	rep.Services, rep.Portfolio, rep.Environment, rep.Source = []report.Service{s}, nil, text, text
	rep.Findings = []report.Finding{{
		Rule: "a/b", Severity: report.Error, Service: text, File: text, Line: 3, Column: 4, EndColumn: 100_000, Message: text, Suggestion: text, Snippet: text,
	}}
	return finish(rep)
}

// Where there are many findings, what says the same of one file is one, and in the
// end stands which rules found most. A few are written one by one.
func TestManyFindingsAreWrittenInGroups(t *testing.T) {
	many := func(n int) string {
		var findings []report.Finding
		for i := range n {
			file := "a.yaml"
			if i == 1 {
				file = "b.yaml"
			}
			findings = append(findings, report.Finding{
				Rule: fmt.Sprintf("r/%d", min(i/20, 1)), Severity: report.Warning, File: file, Line: i + 1, Column: 3, Message: "the same words", Suggestion: "mend it", Snippet: "  word",
			})
		}
		return rendered(t, "table", finish(report.Report{Findings: findings}), Options{})
	}
	few := many(20)
	if strings.Count(few, "the same words") != 20 || strings.Contains(few, "by rule:") || strings.Contains(few, "the same at") {
		t.Errorf("a few findings are put together:\n%s", few)
	}
	got := many(24)
	for _, want := range []string{
		"a.yaml:1:3: warning: the same words (r/0)\n  |\n1 |   word\n  |   ^~~~\n  = fix: mend it\n  = the same at lines 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and 6 more\n",
		"\n   = fix: mend it\n   = the same at lines 22, 23, 24\n",
		"b.yaml:2:3: warning: the same words (r/0)\n  |\n2 |   word\n  |   ^~~~\n  = fix: mend it\nby rule: 20 r/0, 4 r/1\n\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// TestQuietSaysWhyNothingIsDecided makes sure that a log of a failed job holds the
// reason, and of a job that found out everything no warning.
func TestQuietSaysWhyNothingIsDecided(t *testing.T) {
	warning := report.Finding{Rule: "query/unanswered", Severity: report.Warning, Message: "the server does not answer"}
	info := report.Finding{Rule: "rule/unread", Severity: report.Info, Message: "a file is left alone"}
	for name, test := range map[string]struct {
		rep  report.Report
		want []string
	}{
		"a warning":      {report.Report{Verdict: report.Undecidable, Findings: []report.Finding{warning, info}}, []string{"the server does not answer", "unknown: "}},
		"of a service":   {report.Report{Verdict: report.Undecidable, Services: []report.Service{undecidable(), healthy("search", "low")}}, []string{"ledger: ", "unknown: "}},
		"all is decided": {report.Report{Verdict: report.Warn, Findings: []report.Finding{warning, info}}, []string{"warn: "}},
	} {
		t.Run(name, func(t *testing.T) {
			lines := strings.Split(strings.TrimSpace(rendered(t, "table", finish(test.rep), Options{Quiet: true})), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got %q", lines)
			}
			for i, want := range test.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("line %d is %q, want %q", i, lines[i], want)
				}
			}
		})
	}
}
