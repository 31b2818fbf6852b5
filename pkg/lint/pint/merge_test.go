package pint_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/lint/pint"
	"github.com/nthlayer/action/pkg/report"
)

func ours(rule, file string, from, to int, text string) report.Finding {
	return report.Finding{Rule: rule, File: file, Line: from, EndLine: to, Message: text}
}

func theirs(check, file string, from, to int, text string) report.Finding {
	f := ours(pint.RuleOf(check, text), file, from, to, text)
	f.Path = "pint " + check
	return f
}

func TestWhatBothFindIsToldOnce(t *testing.T) {
	mine := []report.Finding{
		ours("alert/for", "a", 3, 0, ""),
		ours("promql/regexp", "a", 6, 6, ""),
		{Rule: "alert/template", File: "a", Line: 9, Suggestion: "write humanize"},
		ours("alert/template", "a", 12, 12, ""),
		ours("alert/comparison", "a", 1, 50, ""),
		ours("alert/comparison", "a", 20, 21, ""),
		ours("promql/impossible", "a", 60, 60, "the two sides never match"),
		ours("alert/template", "a", 70, 70, "prints the label instance"),
		ours("promql/syntax", "a", 80, 80, "invalid PromQL"),
		{Rule: "alert/template", File: "a", Line: 90, Severity: report.Error},
	}
	gone := []report.Finding{
		theirs("alerts/for", "a", 3, 3, "the same"),
		theirs("promql/regexp", "a", 5, 8, "redundant"), // either of our two rules
		theirs("alerts/template", "a", 7, 12, "use humanize"),
		theirs("alerts/template", "a", 8, 13, "label"),
		theirs("alerts/comparison", "a", 40, 41, "under the earlier of two"),
		theirs("promql/impossible", "a", 60, 60, "impossible label match"),
		theirs("promql/syntax", "a", 80, 80, "PromQL syntax error"),
		theirs("alerts/template", "a", 88, 91, "template syntax error"),
		theirs("alerts/template", "a", 70, 70, "template uses non-existent label"),
	}
	stay := []report.Finding{
		theirs("alerts/for", "b", 3, 3, "another file"),
		theirs("alerts/for", "a", 4, 4, "another line"),
		theirs("promql/nan", "a", 3, 3, "another rule"),
		theirs("promql/impossible", "a", 60, 60, "orphaned label"),
		theirs("alerts/template", "a", 70, 70, "template syntax error"),
		theirs("alerts/template", "a", 12, 12, "use humanize"), // not the one that says so
		theirs("promql/tomorrow", "a", 3, 3, "no rule of ours"),
		theirs("alerts/comparison", "a", 51, 51, "behind"),
	}
	if diff := cmp.Diff(stay, pint.Only(slices.Concat(gone, stay), mine)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Concat(gone, stay), pint.Only(slices.Concat(gone, stay), nil)); diff != "" {
		t.Errorf("with none of ours (-want +got):\n%s", diff)
	}
}

// The quick way to look for lines in common finds what looking at each pair does.
func TestOnlyIsWhatPairsSay(t *testing.T) {
	draw := func(t *rapid.T, name string) (file string, from, to int) {
		from = rapid.IntRange(0, 12).Draw(t, name)
		return rapid.SampledFrom([]string{"a", "b"}).Draw(t, "file"), from, from + rapid.IntRange(0, 5).Draw(t, "more")
	}
	rapid.Check(t, func(t *rapid.T) {
		var mine, foreign, want []report.Finding
		for range rapid.IntRange(0, 6).Draw(t, "ours") {
			file, from, to := draw(t, "line of ours")
			mine = append(mine, ours(rapid.SampledFrom([]string{"alert/for", "rule/duration", "promql/nan"}).Draw(t, "rule"), file, from, to, ""))
		}
		for range rapid.IntRange(0, 6).Draw(t, "theirs") {
			file, from, to := draw(t, "line of theirs")
			f := theirs(rapid.SampledFrom([]string{"alerts/for", "promql/nan", "made/up"}).Draw(t, "check"), file, from, to, "")
			foreign = append(foreign, f)
			if !slices.ContainsFunc(mine, func(o report.Finding) bool {
				return slices.Contains(pint.Ours(f.Path[len("pint "):]), o.Rule) && o.File == f.File && o.Line <= f.EndLine && f.Line <= o.EndLine
			}) {
				want = append(want, f)
			}
		}
		if diff := cmp.Diff(want, pint.Only(foreign, mine)); diff != "" && len(want)+len(pint.Only(foreign, mine)) > 0 {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzReport looks for reports that end the program, and for findings about files
// that pint was not given.
func FuzzReport(f *testing.F) {
	f.Add("["+fragile+"]", 0, "said")
	f.Add(`[{"path":"rules.yaml","reporter":"a","problem":"b","severity":"Bug","lines":[-5,9999999]}]`, 1, "\x1b[0m\n\n")
	f.Fuzz(func(t *testing.T, text string, code int, said string) {
		e := answer(text, code, said)
		found, err := e.Lint(context.Background(), given())
		if err != nil {
			if len(found) > 0 || len(err.Error()) > 3000+len(text) {
				t.Errorf("%d findings, and %.100s", len(found), err)
			}
			return
		}
		for _, x := range pint.Only(found, nil) {
			if x.File != "rules.yaml" || x.Line < 0 || x.Line > 6 || x.EndLine < x.Line || x.EndLine > 6 || len(x.Message) > 4*(60+300)+40 {
				t.Errorf("%+v", x)
			}
		}
	})
}
