package render_test

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// suggest returns the suggestion that replaces old by text in a file, for a comment
// on a line.
func suggest(content, old, text string, line int, kind report.EditKind) string {
	start := strings.Index(content, old)
	f := report.Finding{Line: line, Fix: &report.Fix{Edits: []report.Edit{{Start: start, End: start + len(old), Text: text, Kind: kind}}}}
	return render.Suggestion(f, []byte(content), func(line int) bool { return line != 9 })
}

func TestSuggestionsAreWholeLines(t *testing.T) {
	const file = "a: 1\n  expr: up{a=~\"b\"} ```` # why\r\n\n/label: 1\nb: x\u202ey\n<!-- nthlayer -->: 1\nlong: |\n  c\n  d\n"
	for _, c := range []struct {
		name, old, text string
		line            int
		kind            report.EditKind
		want            string
	}{
		{"one line", "=~", "=", 2, report.EditValue, "`````suggestion:-0+0\n  expr: up{a=\"b\"} ```` # why\n`````\n"},
		{"a comment on another line", "=~", "=", 1, report.EditValue, ""},
		{"two lines, from the second", "1\n  expr", "2\n  expr", 2, report.EditValue, "```suggestion:-1+0\na: 2\n  expr: up{a=~\"b\"} ```` # why\n```\n"},
		{"a line that goes", "a: 1\n", "", 1, report.EditRemove, ""},
		{"a quick action", ": 1\nb", ": 2\nb", 4, report.EditValue, ""},
		{"text that is hidden", "b: x", "c: x", 5, report.EditValue, ""},
		{"text like a marker", "-->: 1", "-->: 2", 6, report.EditValue, ""},
		{"a line that is not changed", "c\n  d", "e\n  f", 8, report.EditValue, ""},
		{"a fence in the fix", "|", "`````", 7, report.EditValue, "``````suggestion:-0+0\nlong: `````\n``````\n"},
	} {
		want := c.want
		if c.name == "two lines, from the second" {
			want = strings.ReplaceAll(want, "```suggestion", "`````suggestion")
			want = strings.TrimSuffix(want, "```\n") + "`````\n"
		}
		if got := suggest(file, c.old, c.text, c.line, c.kind); got != want {
			t.Errorf("%s: got %q, want %q", c.name, got, want)
		}
	}
	if got := render.Suggestion(report.Finding{Line: 1}, []byte(file), func(int) bool { return true }); got != "" {
		t.Errorf("without a fix: %q", got)
	}
	far := report.Finding{Line: 1, Fix: &report.Fix{Edits: []report.Edit{{Start: 5, End: 5000}}}}
	if got := render.Suggestion(far, []byte(file), func(int) bool { return true }); got != "" {
		t.Errorf("outside of the file: %q", got)
	}
}

func TestReplacementsForGitHub(t *testing.T) {
	const file = "a: 1\n  expr: up{a=~\"b\"} ```` # why\nfor: 0s\nlong: |\n  c\n  d\n"
	for _, c := range []struct {
		name, old, text string
		kind            report.EditKind
		first, last     int
		want            string
	}{
		{"one line", "=~", "=", report.EditValue, 2, 2, "`````suggestion\n  expr: up{a=\"b\"} ```` # why\n`````\n"},
		{"two lines", "c\n  d", "e\n  f", report.EditValue, 5, 6, "```suggestion\n  e\n  f\n```\n"},
		{"a line that goes", "for: 0s\n", "", report.EditRemove, 3, 3, "```suggestion\n```\n"},
		{"a line that is not changed", "a: 1", "a: 2", report.EditValue, 0, 0, ""},
	} {
		start := strings.Index(file, c.old)
		f := report.Finding{Fix: &report.Fix{Edits: []report.Edit{{Start: start, End: start + len(c.old), Text: c.text, Kind: c.kind}}}}
		r, ok := render.Replace(f, []byte(file), func(line int) bool { return line != 1 })
		if ok != (c.want != "") || r.First != c.first || r.Last != c.last || ok && r.GitHub() != c.want {
			t.Errorf("%s: %+v, %t: %q, want %q", c.name, r, ok, r.GitHub(), c.want)
		}
	}
}

// FuzzSuggestion looks for text that ends its block, or begins a line like a quick
// action.
func FuzzSuggestion(f *testing.F) {
	f.Add("a: `````b", "```\n/close\n", 3)
	f.Add("/a", "b", 0)
	f.Fuzz(func(t *testing.T, content, text string, at int) {
		found := report.Finding{Line: 1, Fix: &report.Fix{Edits: []report.Edit{{Start: at, End: at, Text: text}}}}
		got := render.Suggestion(found, []byte(content), func(int) bool { return true })
		if r, ok := render.Replace(found, []byte(content), func(int) bool { return true }); got == "" && ok {
			got = r.GitHub()
		}
		if got == "" {
			return
		}
		fence, _, _ := strings.Cut(got, "suggestion")
		body := strings.TrimSuffix(got, "\n"+fence+"\n")
		_, body, _ = strings.Cut(body, "\n")
		if strings.Contains(body, fence) {
			t.Errorf("the text closes its block: %q", got)
		}
		for line := range strings.Lines(body) {
			if strings.HasPrefix(strings.TrimSpace(line), "/") {
				t.Errorf("a line looks like a quick action: %q", got)
			}
		}
	})
}
