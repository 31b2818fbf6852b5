package report_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
)

func sampleFinding() report.Finding {
	return report.Finding{
		Rule: "slo/objective-range", Severity: report.Error, Service: "checkout", File: "services/checkout.yaml",
		Line: 7, Column: 3, EndLine: 7, EndColumn: 9, Path: "spec.slos[1].objective", Message: "The objective 101 is not below 100", Suggestion: "write 99.9",
	}
}

func printOf(f report.Finding) string { return report.Normalise([]report.Finding{f})[0].Fingerprint }

// A fingerprint says which finding this is, wherever its line has moved to and
// whatever its figures are today.
func TestFingerprintSaysWhichFindingItIs(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(f *report.Finding)
		same   bool
	}{
		{"line and column", func(f *report.Finding) { f.Line, f.Column, f.EndLine, f.EndColumn = 70, 30, 71, 2 }, true},
		{"figures in the message", func(f *report.Finding) { f.Message = "The objective 250.5 is not below 99" }, true},
		{"capital letters", func(f *report.Finding) { f.Message = "the objective 101 is NOT below 100" }, true},
		{"severity, as by --strict", func(f *report.Finding) { f.Severity = report.Warning }, true},
		{"the fix", func(f *report.Finding) { f.Suggestion = "" }, true},
		{"the file of a service that was moved", func(f *report.Finding) { f.File = "other.yaml" }, true},
		{"rule", func(f *report.Finding) { f.Rule = "slo/duplicate" }, false},
		{"service", func(f *report.Finding) { f.Service = "search" }, false},
		{"path", func(f *report.Finding) { f.Path = "spec.slos[2].objective" }, false},
		{"message", func(f *report.Finding) { f.Message = "The objective is missing" }, false},
		{"a path that runs into the message", func(f *report.Finding) { f.Path += "the objective N is not below N"; f.Message = "" }, false},
	} {
		f := sampleFinding()
		tt.change(&f)
		if got := printOf(f) == printOf(sampleFinding()); got != tt.same {
			t.Errorf("%s: the same finding: %t", tt.name, got)
		}
	}
}

func TestFindingOfNoServiceBelongsToItsFile(t *testing.T) {
	a, b := sampleFinding(), sampleFinding()
	a.Service, b.Service, b.File = "", "", "other.yaml"
	named := sampleFinding()
	named.Service = a.File
	if printOf(a) == printOf(b) || printOf(a) == printOf(named) {
		t.Error("findings of different files are the same")
	}
}

// Hosts fold findings of one fingerprint into one.
func TestFindingsThatAreAlikeAreCounted(t *testing.T) {
	first, second, third := sampleFinding(), sampleFinding(), sampleFinding()
	second.Line, third.Line = 9, 12
	got := report.Normalise([]report.Finding{third, first, second, first})
	want := printOf(first)
	var prints []string
	for _, f := range got {
		prints = append(prints, f.Fingerprint)
	}
	if diff := cmp.Diff([]string{want, want + "#2", want + "#3"}, prints); diff != "" {
		t.Error(diff)
	}
	if got[0].Line != 7 || got[1].Line != 9 || got[2].Line != 12 {
		t.Errorf("not in the order of their lines: %+v", got)
	}
}

func TestLinesAndOrderDoNotChangeFingerprints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var findings []report.Finding
		for range rapid.IntRange(1, 12).Draw(t, "n") {
			f := sampleFinding()
			f.Line = rapid.IntRange(1, 40).Draw(t, "line")
			f.Path = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "path")
			f.Message = "about " + f.Path // one place is one path
			f.Rule = rapid.SampledFrom([]string{"a/b", "a/c"}).Draw(t, "rule")
			findings = append(findings, f)
		}
		prints := func(fs []report.Finding) (out []string) {
			for _, f := range report.Normalise(fs) {
				out = append(out, f.Fingerprint)
			}
			slices.Sort(out)
			return out
		}
		moved := slices.Clone(findings)
		slices.Reverse(moved)
		above := rapid.IntRange(0, 100).Draw(t, "above")
		for i := range moved {
			moved[i].Line += above
		}
		got := prints(moved)
		if diff := cmp.Diff(prints(findings), got); diff != "" || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}
