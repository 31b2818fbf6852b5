package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
)

func found(severity report.Severity, service, rule string, line int) report.Finding {
	return report.Finding{Rule: rule, Severity: severity, Service: service, File: service + ".yaml", Line: line, Message: "m"}
}

func places(n int) Places { return Places{Errors: n, Warnings: n, Notices: n} }

func brief(findings []report.Finding) []string {
	out := make([]string, 0, len(findings))
	for _, f := range findings {
		out = append(out, fmt.Sprintf("%s %s:%d", f.Severity, f.File, f.Line))
	}
	return out
}

func TestAnnotationsOrder(t *testing.T) {
	findings := []report.Finding{
		found(report.Warning, "a", "r/1", 1), found(report.Error, "a", "r/1", 2), found(report.Error, "a", "r/2", 3),
		found(report.Error, "b", "r/1", 4), found(report.Info, "a", "r/1", 5), found(report.Error, "c", "r/1", 6),
	}
	changed := func(file string, line int) bool { return file == "c.yaml" && line == 6 }
	planned, hidden := PlanAnnotations(findings, changed, places(10))
	want := []string{"error c.yaml:6", "error a.yaml:2", "error b.yaml:4", "error a.yaml:3", "warning a.yaml:1", "info a.yaml:5"}
	if diff := cmp.Diff(want, brief(planned)); diff != "" || hidden != 0 {
		t.Errorf("hidden %d, order (-want +got):\n%s", hidden, diff)
	}
}

func TestAnnotationsOfOneRuleInOneFileBecomeOneWhenThereAreTooMany(t *testing.T) {
	var findings []report.Finding
	for line := 1; line <= 6; line++ {
		findings = append(findings, found(report.Error, "a", "r/1", line))
	}
	findings = append(findings, found(report.Error, "b", "r/1", 9))
	planned, hidden := PlanAnnotations(findings, nil, places(3))
	if diff := cmp.Diff([]string{"error a.yaml:1", "error b.yaml:9"}, brief(planned)); diff != "" || hidden != 0 {
		t.Fatalf("hidden %d (-want +got):\n%s", hidden, diff)
	}
	if want := "m (the same rule found 5 more in this file: lines 2, 3, 4 and 2 more)"; planned[0].Message != want {
		t.Errorf("got %q, want %q", planned[0].Message, want)
	}
}

func TestLastAnnotationSaysHowManyAreMissing(t *testing.T) {
	var findings []report.Finding
	for i := range 14 {
		findings = append(findings, found(report.Error, "a", fmt.Sprintf("r/%d", i), i+1), found(report.Info, "a", fmt.Sprintf("r/%d", i), i+1))
	}
	planned, hidden := PlanAnnotations(findings, nil, places(10))
	errors, _, infos := report.Count(planned)
	if errors != 10 || infos != 10 || hidden != 9 {
		t.Errorf("%d errors, %d notices, %d hidden; want 10, 10 and 9", errors, infos, hidden)
	}
	if last := planned[len(planned)-1]; !strings.HasPrefix(last.Message, "9 more findings ") || last.File != "" {
		t.Errorf("the last annotation is %+v", last)
	}
}

// What a run itself has to say needs places too, and GitHub drops the eleventh.
func TestPlacesThatAreTakenAreNotPlanned(t *testing.T) {
	var findings []report.Finding
	for i := range 14 {
		findings = append(findings, found(report.Error, "a", fmt.Sprintf("r/%d", i), i+1), found(report.Info, "a", fmt.Sprintf("r/%d", i), i+1))
	}
	room := Places{Errors: 9, Warnings: 10, Notices: 9, All: "the report file x.json"}
	planned, hidden := PlanAnnotations(findings, nil, room)
	errors, _, infos := report.Count(planned)
	if errors != 9 || infos != 9 || hidden != 11 {
		t.Errorf("%d errors, %d notices, %d hidden", errors, infos, hidden)
	}
	if last := planned[len(planned)-1]; last.Message != "11 more findings without an annotation: all of them are in the report file x.json" {
		t.Errorf("the last annotation is %+v", last)
	}
	if planned, hidden := PlanAnnotations(findings, nil, Places{}); len(planned) != 0 || hidden != 28 {
		t.Errorf("%d planned without a place, %d hidden", len(planned), hidden)
	}
}

func TestAnnotationsStayInTheLimitAndAccountForEveryFinding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		findings := rapid.SliceOf(rapid.Custom(func(t *rapid.T) report.Finding {
			return found(
				rapid.SampledFrom([]report.Severity{report.Error, report.Warning, report.Info}).Draw(t, "severity"),
				rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "service"),
				rapid.SampledFrom([]string{"r/1", "r/2", "r/3", "r/4"}).Draw(t, "rule"),
				rapid.IntRange(1, 50).Draw(t, "line"))
		})).Draw(t, "findings")
		limit := rapid.IntRange(1, 12).Draw(t, "limit")
		planned, hidden := PlanAnnotations(findings, func(_ string, line int) bool { return line%2 == 0 }, places(limit))
		kinds := make(map[report.Severity]int)
		told := hidden
		for _, f := range planned {
			kinds[f.Severity]++
			more := 0
			if _, text, ok := strings.Cut(f.Message, "the same rule found "); ok {
				if _, err := fmt.Sscanf(text, "%d more", &more); err != nil {
					t.Fatal(err)
				}
			}
			told += 1 + more
		}
		if hidden > 0 {
			told-- // the notice is not a finding
		}
		if told != len(findings) {
			t.Fatalf("%d findings, %d accounted for", len(findings), told)
		}
		for kind, n := range kinds {
			if n > limit {
				t.Fatalf("%d annotations of kind %s, limit %d", n, kind, limit)
			}
		}
	})
}

func TestAnnotationIsShorterThanWhatTheHostKeeps(t *testing.T) {
	f := found(report.Error, "a", "r/1", 1)
	f.Message = strings.Repeat("long ", 3000)
	got := runnerCommands(Annotation(f, ""))
	if len(got) != 1 || len([]rune(got[0].Data)) > 4096 {
		t.Errorf("the message is too long")
	}
}

func TestLogLine(t *testing.T) {
	for want, f := range map[string]report.Finding{
		"services/a.yaml:3:7: error: m (r/1)": {Rule: "r/1", Severity: report.Error, File: "/repo/services/a.yaml", Line: 3, Column: 7, Message: "m"},
		"service a: warning: m (r/1)":         {Rule: "r/1", Severity: report.Warning, Service: "a", Message: "m"},
		"nthlayer: info: m (r/1)":             {Rule: "r/1", Severity: report.Info, Message: "m"},
		": :3:7: error: m (r/1)":              {Rule: "r/1", Severity: report.Error, File: ":", Line: 3, Column: 7, Message: "m"},
	} {
		if got := LogLine(f, "/repo/"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
