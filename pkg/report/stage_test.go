package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithStage(t *testing.T) {
	before := &Report{
		Verdict: Warn, Stages: []Stage{{Name: "generate", Verdict: Warn, Warnings: 1}}, Services: []Service{{Name: "a", Verdict: Warn}, {Name: "b", Verdict: Pass}},
		Findings: []Finding{{Rule: "x/y", Severity: Warning, Service: "a", Message: "m"}}, Summary: Summary{Services: 2, Warnings: 1},
	}
	after := before.WithStage("push", []Finding{{Rule: "push/failed", Severity: Error, Service: "b", Message: "m"}}, "")
	got := []any{after.Verdict, after.Services[0].Verdict, after.Services[1].Verdict, after.Summary, after.Stages[1], len(after.Findings)}
	want := []any{Fail, Warn, Fail, Summary{Services: 2, Errors: 1, Warnings: 1}, Stage{Name: "push", Verdict: Fail, Errors: 1}, 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(before.Stages) != 1 || len(before.Findings) != 1 || before.Services[1].Verdict != Pass || before.Summary.Errors != 0 {
		t.Errorf("the report that was built before has changed: %+v", before)
	}
	if skipped := before.WithStage("push", nil, "generating failed"); skipped.Verdict != Warn || skipped.Stages[1].SkippedReason != "generating failed" {
		t.Errorf("got %+v", skipped)
	}
}

func TestUndecided(t *testing.T) {
	for before, want := range map[Verdict]Verdict{Pass: Undecidable, Warn: Undecidable, Fail: Fail} {
		r := &Report{Verdict: before, Stages: []Stage{{Name: "generate", Verdict: Pass}, {Name: "push", Verdict: before}}}
		after := r.Undecided()
		if after.Verdict != want || after.Stages[1].Verdict != want || after.Stages[0].Verdict != Pass || r.Stages[1].Verdict != before {
			t.Errorf("%s: got %+v, and %+v before", before, after, r)
		}
	}
}
