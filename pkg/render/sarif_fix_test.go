package render

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

type sarifReplacement struct {
	DeletedRegion struct {
		StartLine, StartColumn, EndLine, EndColumn int
	}
	InsertedContent struct{ Text string }
}

// Whoever applies a fix of a SARIF file by its lines and columns writes what --fix
// writes.
func TestSARIFHoldsFixes(t *testing.T) {
	const text = "\xef\xbb\xbftop: 目標\na: 目 up{x=~\"é\"} # why\nb:\n  for: 0s\nexprs: 1\n"
	docs, _ := document.Parse("a.yaml", []byte(text), document.ServiceLimits())
	root := docs[0]
	at := strings.Index(root.Get("a").Text, "=~")
	edit, _ := root.Get("a").Edit(at, at+2, "=")
	insertion, _ := root.Get("a").Edit(at, at, "y")
	removal, _ := root.Get("b").Get("for").RemoveLine()
	rename, _ := document.Misspelt(root, root.Fields[3], []string{"expr"})
	rep := finish(report.Report{Command: "lint", Verdict: report.Pass, Findings: []report.Finding{
		{Rule: "r/1", Severity: report.Info, File: "a.yaml", Line: 1, Message: "m", Suggestion: "write =\nor not", Fix: &report.Fix{Edits: []report.Edit{edit, removal}}},
		{Rule: "r/2", Severity: report.Info, File: "a.yaml", Line: 2, Message: "m", Fix: &report.Fix{Edits: []report.Edit{insertion, rename}}},
		{Rule: "r/3", Severity: report.Info, File: "a.yaml", Line: 3, Message: "a fix from nowhere", Fix: &report.Fix{Edits: []report.Edit{{Start: 1, End: 2}}}},
		{Rule: "r/4", Severity: report.Info, File: "a.yaml", Line: 4, Message: "an empty fix", Fix: &report.Fix{}},
	}})
	out := rendered(t, "sarif", rep, Options{})
	if err := validate(t, compile(t, "testdata/sarif-2.1.0.schema.json"), out); err != nil {
		t.Error(err)
	}
	var file struct {
		Runs []struct {
			Results []struct {
				Fixes []struct {
					Description     struct{ Text string }
					ArtifactChanges []struct {
						ArtifactLocation struct{ URI string }
						Replacements     []sarifReplacement
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &file); err != nil {
		t.Fatal(err)
	}
	results := file.Runs[0].Results
	for i, want := range []string{
		"top: 目標\na: 目 up{x=\"é\"} # why\nb:\nexprs: 1\n",
		"top: 目標\na: 目 up{xy=~\"é\"} # why\nb:\n  for: 0s\nexpr: 1\n",
	} {
		change := results[i].Fixes[0].ArtifactChanges[0]
		if got := replaced(text, change.Replacements); got != want || change.ArtifactLocation.URI != "a.yaml" {
			t.Errorf("%s: got %q, want %q", change.ArtifactLocation.URI, got, want)
		}
	}
	if got := results[0].Fixes[0].Description.Text; got != "write = or not" {
		t.Errorf("described as %q", got)
	}
	if len(results[2].Fixes)+len(results[3].Fixes) > 0 {
		t.Errorf("fixes without a place: %+v", results[2:])
	}
}

// replaced applies replacements, the last of the file first.
func replaced(text string, replacements []sarifReplacement) string {
	text = strings.TrimPrefix(text, "\xef\xbb\xbf")
	offset := func(line, column int) int {
		at := 0
		for range line - 1 {
			at += strings.IndexByte(text[at:], '\n') + 1
		}
		return at + len(string([]rune(text[at:])[:column-1]))
	}
	slices.SortFunc(replacements, func(a, b sarifReplacement) int {
		return cmp.Compare(b.DeletedRegion.StartLine, a.DeletedRegion.StartLine)
	})
	for _, r := range replacements {
		d := r.DeletedRegion
		text = text[:offset(d.StartLine, d.StartColumn)] + r.InsertedContent.Text + text[offset(d.EndLine, d.EndColumn):]
	}
	return text
}
