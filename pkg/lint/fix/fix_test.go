package fix

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

const text = "a: one # why\nb: [x, x]\nc:\n  d: 'two'\n  e: 0s\nf: &f three\ng: *f\n"

// edit replaces old in the text, which it takes for the value at a line and column.
func edit(old, with string, line, column, from, to int, value string) report.Edit {
	start := strings.Index(text, old)
	return report.Edit{Start: start, End: start + len(old), Text: with, Line: line, Column: column, From: from, To: to, Value: value}
}

func finding(edits ...report.Edit) report.Finding {
	return report.Finding{Message: edits[0].Text, Fix: &report.Fix{Edits: edits}}
}

func ofKind(kind report.EditKind, e report.Edit) report.Edit {
	e.Kind = kind
	return e
}

func TestWhatMeansSomethingElseIsRefused(t *testing.T) {
	for name, e := range map[string]report.Edit{
		"another value than it says":  edit("one", "none", 1, 4, 0, 3, "some"),
		"a value that becomes a list": edit("one", "[1]", 1, 4, 0, 3, "[1]"),
		"a value that becomes two":    edit("one", "1\nz: 2", 1, 4, 0, 3, "1\nz: 2"),
		"a value that ends its quote": edit("two", "x', y: 'z", 4, 6, 0, 3, "x', y: 'z"),
		"what is no YAML":             edit("one", "{", 1, 4, 0, 3, "{"),
		"a comment that is lost":      edit("one # why", "one", 1, 4, 0, 3, "one"),
		"a comment that is made":      edit("one", "x # y", 1, 4, 0, 3, "x"),
		"a place without a value":     edit("one", "1x", 9, 9, 0, 3, "1x"),
		"a value that is repeated":    edit("three", "four", 6, 4, 0, 5, "four"),
		"a key that is lost":          edit("c:\n", "c: 1\nz:\n", 3, 1, 0, 0, "c"),
		"a line that holds more":      ofKind(report.EditRemove, edit("  d: 'two'\n  e: 0s\n", "", 5, 6, 0, 0, "")),
		"a key of another name":       ofKind(report.EditKey, edit("d:", "x:", 4, 3, 0, 0, "y")),
		"a key that was there":        ofKind(report.EditKey, edit("b:", "a:", 2, 1, 0, 0, "a")),
	} {
		got := File(t.Context(), "a.yaml", []byte(text), []report.Finding{finding(e)}, document.ServiceLimits())
		if string(got.Data) != text || len(got.Fixed) != 0 || len(got.Refused) != 1 || got.Refused[0].Err == nil {
			t.Errorf("%s was written, or nobody knows why not: %v\n%s", name, got.Refused, got.Data)
		}
	}
}

func TestFixesAreAppliedTogether(t *testing.T) {
	one := edit("one", "1x", 1, 4, 0, 3, "1x")
	fixes := []report.Finding{
		finding(ofKind(report.EditRemove, edit("  e: 0s\n", "", 5, 6, 0, 0, ""))),
		finding(one),
		finding(one), // the same once more
		finding(edit("ne", "x", 1, 4, 1, 3, "x")),                                    // overlaps
		finding(edit("two", "2", 4, 6, 0, 3, "2"), edit("on", "x", 1, 4, 0, 2, "x")), // so does a part of it
		finding(ofKind(report.EditKey, edit("d:", "y:", 4, 3, 0, 0, "y"))),
		{Message: "no fix"},
		finding(report.Edit{Start: 5, End: 5000}),
	}
	got := File(t.Context(), "a.yaml", []byte(text), fixes, document.ServiceLimits())
	want := "a: 1x # why\nb: [x, x]\nc:\n  y: 'two'\nf: &f three\ng: *f\n"
	if diff := cmp.Diff(want, string(got.Data)); diff != "" || len(got.Refused) > 0 || len(got.Fixed) != 4 {
		t.Errorf("%d fixed, %v (-want +got):\n%s", len(got.Fixed), got.Refused, diff)
	}
	if got = File(t.Context(), "a.yaml", []byte(text), fixes[6:], document.ServiceLimits()); len(got.Refused) > 0 || string(got.Data) != text || len(got.Fixed) > 0 {
		t.Errorf("%d fixed, %v", len(got.Fixed), got.Refused)
	}
}

// One fix that cannot be made keeps none of the others from being made.
func TestWhatIsRefusedIsLeftOutByItself(t *testing.T) {
	fixes := []report.Finding{
		finding(edit("one", "1x", 1, 4, 0, 3, "1x")),
		finding(ofKind(report.EditKey, edit("b:", "a:", 2, 1, 0, 0, "a"))), // is there already
		finding(edit("two", "2", 4, 6, 0, 3, "2")),
		finding(edit("three", "four", 6, 4, 0, 5, "four")), // is repeated
		finding(ofKind(report.EditRemove, edit("  e: 0s\n", "", 5, 6, 0, 0, ""))),
	}
	got := File(t.Context(), "a.yaml", []byte(text), fixes, document.ServiceLimits())
	want := "a: 1x # why\nb: [x, x]\nc:\n  d: '2'\nf: &f three\ng: *f\n"
	if diff := cmp.Diff(want, string(got.Data)); diff != "" || len(got.Fixed) != 3 || len(got.Refused) != 2 {
		t.Errorf("%d fixed, %v (-want +got):\n%s", len(got.Fixed), got.Refused, diff)
	}
}

// A file may have hundreds of fixes that are tried out one by one.
func TestFixingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := File(ctx, "a.yaml", []byte(text), []report.Finding{finding(edit("one", "1x", 1, 4, 0, 3, "1x"))}, document.ServiceLimits())
	if string(got.Data) != text || len(got.Fixed)+len(got.Refused) > 0 {
		t.Errorf("%d fixed, %v", len(got.Fixed), got.Refused)
	}
}
