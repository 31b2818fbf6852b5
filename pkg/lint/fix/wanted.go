package fix

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// at is where a value or a key begins.
type at struct{ line, column int }

// wanted is what edits do to a file in terms of its YAML.
type wanted struct {
	values  map[at][]report.Edit
	keys    map[at]string
	removed map[at]bool
	// open are the places of edits that were not met yet.
	open map[at]int
}

func newWanted(edits []report.Edit) *wanted {
	w := &wanted{values: map[at][]report.Edit{}, keys: map[at]string{}, removed: map[at]bool{}, open: map[at]int{}}
	for _, e := range edits {
		p := at{e.Line, e.Column}
		w.open[p] = 1
		switch e.Kind {
		case report.EditValue:
			w.values[p] = append(w.values[p], e)
		case report.EditKey:
			w.keys[p] = e.Value
		case report.EditRemove:
			w.removed[p] = true
		}
	}
	return w
}

// meet notes that an edit was met. One that is met twice changes more than it says.
func (w *wanted) meet(p at) error {
	if w.open[p] == 0 {
		return fmt.Errorf("the fix at line %d would count several times", p.line)
	}
	w.open[p]--
	return nil
}

// done demands that every edit was met.
func (w *wanted) done() error {
	for p, n := range w.open {
		if n > 0 {
			return fmt.Errorf("nothing of the file that can be read begins at line %d, where the fix is", p.line)
		}
	}
	return nil
}

// same demands that a value is now what it was, with the edits.
func (w *wanted) same(was, is *document.Node) error {
	if was.Kind != is.Kind {
		return fmt.Errorf("the value at line %d would be %s instead of %s", was.At.Line, is.Kind, was.Kind)
	}
	if was.Kind.Scalar() {
		text, err := w.text(was)
		if err != nil || text == is.Text {
			return err
		}
		return fmt.Errorf("the value at line %d would say something else than the fix does", was.At.Line)
	}
	if len(was.Items) != len(is.Items) {
		return fmt.Errorf("the list at line %d would have another length", was.At.Line)
	}
	for i := range was.Items {
		if err := w.same(was.Items[i], is.Items[i]); err != nil {
			return err
		}
	}
	return w.sameFields(was, is)
}

// text returns a scalar's text with the edits.
func (w *wanted) text(n *document.Node) (string, error) {
	p := at{n.At.Line, n.At.Column}
	edits := w.values[p]
	if len(edits) == 0 {
		return n.Text, nil
	}
	if err := w.meet(p); err != nil {
		return "", err
	}
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b report.Edit) int { return cmp.Compare(b.From, a.From) })
	text, before := n.Text, len(n.Text)
	for _, e := range edits {
		if e.From < 0 || e.From > e.To || e.To > before {
			return "", errors.New("fixes of one value overlap")
		}
		text, before = text[:e.From]+e.Value+text[e.To:], e.From
	}
	return text, nil
}

func (w *wanted) sameFields(was, is *document.Node) error {
	next := 0
	for _, f := range was.Fields {
		if p := (at{f.Value.At.Line, f.Value.At.Column}); w.removed[p] {
			if err := w.meet(p); err != nil {
				return err
			}
			continue
		}
		key := f.Key
		if p := (at{f.KeyAt.Line, f.KeyAt.Column}); w.keys[p] != "" {
			if err := w.meet(p); err != nil {
				return err
			}
			key = w.keys[p]
		}
		if next >= len(is.Fields) || is.Fields[next].Key != key {
			return fmt.Errorf("the key %s at line %d would be lost", key, f.KeyAt.Line)
		}
		if err := w.same(f.Value, is.Fields[next].Value); err != nil {
			return err
		}
		next++
	}
	if next != len(is.Fields) {
		return fmt.Errorf("the mapping at line %d would have another key", was.At.Line)
	}
	return nil
}
