package render_test

import (
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// The caret of a finding about a part of an expression, a label or its value stands
// under this part, however the file is written.
func TestCaretStandsUnderWhatTheFileHolds(t *testing.T) {
	for name, expr := range map[string]string{
		"plain":                         "up + NEEDLE > 1",
		"plain over lines":              "up\n        + NEEDLE > 1",
		"plain behind wide characters":  `up{a="目標"} + NEEDLE`,
		"single quotes":                 "'up{a=''b''} + NEEDLE'",
		"single quotes over lines":      "'up\n\n         + NEEDLE > 1'",
		"double quotes":                 `"up{a=\"\u76ee\x41\"}\n+ NEEDLE"`,
		"double quotes, escaped break":  "\"up{a=\\\"b\\\"} \\\n        \\ + NEEDLE > 1\"",
		"double quotes, \\n at a break": "\"up \n        \\n+ NEEDLE\"",
		"literal":                       "|\n        up\n          + NEEDLE > 1",
		"literal with tabs":             "|-\n        up\n        \t+\tNEEDLE > 1",
		"literal with a deeper start":   "|2\n            up\n        + NEEDLE > 1",
		"folded":                        ">- # why\n        up\n        + NEEDLE\n        > 1",
		"folded with deeper lines":      ">\n        up\n\n          + 1\n            + NEEDLE\n        > 1",
		"behind an anchor":              "&x !!str 'up + NEEDLE'",
	} {
		t.Run(name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n"} {
				text := "groups:\n- name: g\n  rules:\n    - alert: A\n      expr: " + expr + "\n      labels:\n        \"l\\x41\\u0042NEEDLE\": 目NEEDLE\n    - {alert: B, expr: \"1 / NEEDLE\"}\n"
				checkCarets(t, "\xef\xbb\xbf"+strings.ReplaceAll(text, "\n", eol))
			}
		})
	}
}

func checkCarets(t *testing.T, text string) {
	t.Helper()
	f, findings := rulefile.Parse(t.Context(), "r.yaml", []byte(text))
	if len(findings) > 0 || len(f.Groups) != 1 || len(f.Groups[0].Rules) != 2 {
		t.Fatalf("%v in\n%s", findings, text)
	}
	first, second := f.Groups[0].Rules[0], f.Groups[0].Rules[1]
	for _, place := range []rulefile.Text{first.Expr, first.Labels[0].Key, first.Labels[0].Value, second.Expr} {
		at := strings.Index(place.V, "NEEDLE")
		found := place.Finding("r/1", report.Error, at, at+len("NEEDLE"), "message", "")
		if got, shown := pointedAt(t, found); got != "NEEDLE" {
			t.Errorf("the caret stands under %q:\n%s", got, shown)
		}
	}
}

// pointedAt returns what stands above the caret of a finding.
func pointedAt(t *testing.T, f report.Finding) (text, shown string) {
	t.Helper()
	var b strings.Builder
	if err := render.Render(&b, "table", &report.Report{Findings: []report.Finding{f}}, render.Options{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		before, caret, ok := strings.Cut(line, "^")
		if !ok {
			continue
		}
		start, end := displaywidth.String(before), displaywidth.String(before)+1+len(strings.TrimSpace(caret))
		at := 0
		for _, r := range lines[i-1] {
			if at >= start && at < end {
				text += string(r)
			}
			at += displaywidth.Rune(r)
		}
		return text, lines[i-1] + "\n" + line
	}
	t.Fatalf("no caret in\n%s", b.String())
	return "", ""
}
