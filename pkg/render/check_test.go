package render_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

func everywhere(file string) (string, bool) { return file, true }

func TestCheckMarks(t *testing.T) {
	for name, tt := range map[string]struct {
		finding report.Finding
		want    []render.CheckMark
	}{
		"a place in a line": {
			report.Finding{Rule: "a/b", Severity: report.Error, File: "x.yaml", Line: 3, Column: 5, EndLine: 3, EndColumn: 9, Message: "m", Suggestion: "s"},
			[]render.CheckMark{{Path: "x.yaml", Line: 3, EndLine: 3, Column: 5, EndColumn: 8, Level: "failure", Title: "a/b", Message: "m\nFix: s"}},
		},
		"only the start is known": {
			report.Finding{Rule: "a/b", Severity: report.Warning, File: "x.yaml", Line: 3, Column: 5, Message: "m"},
			[]render.CheckMark{{Path: "x.yaml", Line: 3, EndLine: 3, Column: 5, EndColumn: 5, Level: "warning", Title: "a/b", Message: "m"}},
		},
		"several lines have no columns": {
			report.Finding{Rule: "a/b", Severity: report.Info, File: "x.yaml", Line: 3, Column: 5, EndLine: 6, EndColumn: 2, Message: "m"},
			[]render.CheckMark{{Path: "x.yaml", Line: 3, EndLine: 6, Level: "notice", Title: "a/b", Message: "m"}},
		},
		"no line": {report.Finding{Rule: "a/b", File: "x.yaml", Message: "m"}, nil},
		"no file": {report.Finding{Rule: "a/b", Line: 3, Message: "m"}, nil},
		"hostile text": {
			report.Finding{Rule: "a/\u202eb", Severity: report.Error, File: "x.yaml", Line: 1, Message: "a\x1b[31m\u202e\r\nb\u2028c"},
			[]render.CheckMark{{Path: "x.yaml", Line: 1, EndLine: 1, Level: "failure", Title: `a/\u202eb`, Message: "a\\x1b[31m\\u202e\nb c"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, render.CheckMarks([]report.Finding{tt.finding}, everywhere)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCheckMarksAreSortedAndInTheRepository(t *testing.T) {
	findings := []report.Finding{
		{Rule: "i", Severity: report.Info, File: "in/a.yaml", Line: 1},
		{Rule: "e1", Severity: report.Error, File: "in/a.yaml", Line: 9},
		{Rule: "w", Severity: report.Warning, File: "in/a.yaml", Line: 2},
		{Rule: "out", Severity: report.Error, File: "out/a.yaml", Line: 1},
		{Rule: "e2", Severity: report.Error, File: "in/b.yaml", Line: 1},
	}
	var got []string
	for _, m := range render.CheckMarks(findings, func(file string) (string, bool) { return strings.CutPrefix(file, "in/") }) {
		got = append(got, m.Path+" "+m.Title)
	}
	if diff := cmp.Diff([]string{"a.yaml e1", "b.yaml e2", "a.yaml w", "a.yaml i"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// GitHub refuses a whole request for one text that is too long.
func TestCheckMarksKeepTheLimits(t *testing.T) {
	long := strings.Repeat("🔥", 70_000)
	m := render.CheckMarks([]report.Finding{{Rule: long, Severity: report.Error, File: "x.yaml", Line: 1, Message: long, Suggestion: long}}, everywhere)[0]
	if len(m.Message) > 64<<10 || len(m.Message) < 32<<10 || utf8.RuneCountInString(m.Title) > 255 {
		t.Errorf("a message of %d bytes, a title of %d characters", len(m.Message), utf8.RuneCountInString(m.Title))
	}
}
