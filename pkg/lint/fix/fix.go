// Package fix puts findings right in the text of their file. Comments and layout
// stay as they are, and the file means the same afterwards but for what the fixes
// say: otherwise nothing is changed.
package fix

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/nthlayer/action/pkg/lint/suppress"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Result is a file with fixes.
type Result struct {
	// Data is the text of the file with the fixes.
	Data []byte
	// Fixed are the findings whose fixes it has. Of fixes that overlap it has the
	// first; the others are for another round.
	Fixed []report.Finding
	// Refused are the findings whose fixes would change more than they say.
	Refused []Refusal
}

// Refusal is a finding that is not fixed, and why.
type Refusal struct {
	Finding report.Finding
	Err     error
}

// maxTries is how many sets of fixes are tried out on one file: each try reads it.
const maxTries = 200

// File applies the fixes of findings about one file. Those that would change more
// than they say are left out, each by itself.
// When ctx ends early some are left out that could be made.
func File(ctx context.Context, name string, data []byte, findings []report.Finding, limits document.Limits) Result {
	chosen, _ := choose(len(data), findings)
	t := trial{name: name, data: data, limits: limits, out: Result{Data: data}}
	t.add(ctx, chosen)
	return t.out
}

// trial is the work on one file.
type trial struct {
	name   string
	data   []byte
	limits document.Limits
	tries  int
	out    Result
}

// add adds as many fixes to those that the file has as mean what they say. Most often
// that is all of them; otherwise one half is tried before the other.
func (t *trial) add(ctx context.Context, findings []report.Finding) {
	if len(findings) == 0 || ctx.Err() != nil {
		return
	}
	fixed, edits := choose(len(t.data), slices.Concat(t.out.Fixed, findings))
	out := apply(t.data, edits)
	t.tries++
	err := sameButFor(ctx, t.name, t.data, out, edits, t.limits)
	switch half := len(findings) / 2; {
	case ctx.Err() != nil: // the look at it was not whole
	case err == nil:
		t.out.Data, t.out.Fixed = out, fixed
	case half == 0 || t.tries > maxTries:
		for _, f := range findings {
			t.out.Refused = append(t.out.Refused, Refusal{f, err})
		}
	default:
		t.add(ctx, findings[:half])
		t.add(ctx, findings[half:])
	}
}

// choose returns the findings that can be fixed together, and their edits by their
// place in the file. What several findings ask for alike is done once.
func choose(size int, findings []report.Finding) (fixed []report.Finding, edits []report.Edit) {
	for _, f := range findings {
		if f.Fix == nil || len(f.Fix.Edits) == 0 {
			continue
		}
		ok := true
		var added []report.Edit
		for _, e := range f.Fix.Edits {
			before := len(edits)
			if edits, ok = add(edits, e, size); !ok {
				break
			}
			if len(edits) > before {
				added = append(added, e)
			}
		}
		if ok {
			fixed = append(fixed, f)
			continue
		}
		edits = slices.DeleteFunc(edits, func(e report.Edit) bool { return slices.Contains(added, e) })
	}
	return fixed, edits
}

// add adds an edit to sorted ones that do not overlap. It refuses one that touches
// the bytes of another. Two that insert at one place clash, too: nobody knows which
// goes first.
func add(edits []report.Edit, e report.Edit, size int) ([]report.Edit, bool) {
	if e.Start < 0 || e.Start > e.End || e.End > size {
		return edits, false
	}
	i, found := slices.BinarySearchFunc(edits, e, func(a, b report.Edit) int { return cmp.Compare(a.Start, b.Start) })
	switch {
	case found:
		return edits, edits[i] == e
	case i > 0 && edits[i-1].End > e.Start, i < len(edits) && e.End > edits[i].Start:
		return edits, false
	}
	return slices.Insert(edits, i, e), true
}

// apply replaces the bytes of sorted edits.
func apply(data []byte, edits []report.Edit) []byte {
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(data[at:e.Start])
		out.WriteString(e.Text)
		at = e.End
	}
	out.Write(data[at:])
	return out.Bytes()
}

// sameButFor demands that a file means after some edits what it meant before, but
// for what the edits say.
func sameButFor(ctx context.Context, name string, before, after []byte, edits []report.Edit, limits document.Limits) error {
	was, unsound := document.ParseContext(ctx, name, before, limits)
	is, broken := document.ParseContext(ctx, name, after, limits)
	if hidden, found := suppress.Blanked(before); found && len(unsound) > 0 { // as it is read for its rules
		was, unsound = document.ParseContext(ctx, name, hidden, limits)
		hidden, _ = suppress.Blanked(after)
		is, broken = document.ParseContext(ctx, name, hidden, limits)
	}
	if len(broken) > len(unsound) {
		return errors.New("the file could not be read any more: " + broken[0].Message)
	}
	w := newWanted(edits)
	if len(was) != len(is) {
		return errors.New("the file would have another number of documents")
	}
	for i := range was {
		if err := w.same(was[i], is[i]); err != nil {
			return err
		}
	}
	if err := w.done(); err != nil {
		return err
	}
	return sameComments(before, after)
}

// sameComments demands that no comment is lost or made.
func sameComments(before, after []byte) error {
	text := func(c document.Comment) string { return c.Text }
	was, is := mapped(document.Comments(before), text), mapped(document.Comments(after), text)
	if !slices.Equal(was, is) {
		return errors.New("the comments of the file would change")
	}
	return nil
}

func mapped[T, U any](list []T, f func(T) U) []U {
	out := make([]U, 0, len(list))
	for _, item := range list {
		out = append(out, f(item))
	}
	return out
}
