package organisation

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// reader reads values strictly and collects everything that is wrong. Whatever it
// cannot read is a finding and the zero value.
type reader struct {
	findings []report.Finding
}

// wrong adds a finding about a value.
func (r *reader) wrong(n *document.Node, message, fix string) {
	r.findings = append(r.findings, finding(n, n.At, RuleInvalid, report.Error, message, fix))
}

// sound reports whether do adds no finding.
func (r *reader) sound(do func()) bool {
	before := len(r.findings)
	do()
	return len(r.findings) == before
}

func place(n *document.Node) Place {
	if n == nil {
		return Place{}
	}
	if n.Kind.Scalar() {
		return Place{n}
	}
	return Place{n.Mark(n.At)}
}

// fields returns a mapping whose keys are all known, and nil for what is absent or
// is no mapping. Unknown keys are told with the nearest known one.
func (r *reader) fields(n *document.Node, what string, known ...string) *document.Node {
	m := r.mapping(n, what)
	if m == nil {
		return nil
	}
	for _, f := range m.Fields {
		if !slices.Contains(known, f.Key) {
			r.wrongKey(f, what, known)
		}
	}
	return m
}

// wrongKey tells a key that has no meaning.
func (r *reader) wrongKey(f document.Field, what string, known []string) {
	at := f.KeyAt
	at.EndLine, at.EndColumn = at.Line, at.Column+len([]rune(f.Key))
	r.findings = append(r.findings, finding(f.Value, at, RuleInvalid, report.Error,
		"unknown key "+strconv.Quote(f.Key)+" in "+what, nearest(f.Key, known)))
}

// nearest asks for the word that was most likely meant, and else lists all.
func nearest(word string, known []string) string {
	if len(known) == 0 {
		return "remove it"
	}
	return cmp.Or(report.DidYouMean(word, known), "use one of "+strings.Join(known, ", "))
}

func (r *reader) mapping(n *document.Node, what string) *document.Node {
	if n.IsNull() {
		return nil
	}
	if n.Kind != document.Mapping {
		r.wrongType(n, what, "a mapping")
		return nil
	}
	return n
}

func (r *reader) wrongType(n *document.Node, what, want string) {
	message := what + " must be " + want + "; this is " + n.Kind.String()
	if n.Kind.Scalar() && !n.IsNull() {
		message += " " + strconv.Quote(report.Clip(n.Text, 60))
	}
	r.wrong(n, message, "write "+want)
}

// text reads a scalar that says something.
func (r *reader) text(n *document.Node, what string) Text {
	if n.IsNull() {
		return Text{}
	}
	if !n.Kind.Scalar() {
		r.wrongType(n, what, "text")
		return Text{}
	}
	v := strings.TrimSpace(n.Text)
	if v == "" {
		r.wrong(n, what+" is empty", "write it, or remove the key")
		return Text{}
	}
	return Text{V: v, At: place(n)}
}

// required reads a text that must be there.
func (r *reader) required(of *document.Node, key, what, fix string) Text {
	n := of.Get(key)
	if n.IsNull() {
		r.wrong(of, what+" has no "+key, fix)
		return Text{}
	}
	return r.text(n, key)
}

// word reads one of a few words.
func (r *reader) word(n *document.Node, what string, known []string) Text {
	v := r.text(n, what)
	if !v.Set() {
		return v
	}
	if !slices.Contains(known, v.V) {
		r.wrong(n, "unknown "+what+" "+strconv.Quote(v.V), nearest(v.V, known))
		return Text{}
	}
	return v
}

// list returns the items of a list; one value stands for a list of it.
func (r *reader) list(n *document.Node, what string) []*document.Node {
	items, ok := n.List()
	if !ok {
		r.wrongType(n, what, "a list")
	}
	return items
}

// texts reads a list of texts. A list that is written and empty asks for nothing,
// which nobody means.
func (r *reader) texts(n *document.Node, what string) []Text {
	var out []Text
	items := r.list(n, what)
	if n != nil && n.Kind == document.Sequence && len(items) == 0 {
		r.wrong(n, what+" is an empty list", "name something, or remove the key")
	}
	for _, item := range items {
		if item.IsNull() {
			r.wrong(item, "an item of "+what+" is empty", "write it, or remove the item")
			continue
		}
		if v := r.text(item, "an item of "+what); v.Set() {
			out = append(out, v)
		}
	}
	return out
}

// boolean reads true or false; absent is false.
func (r *reader) boolean(n *document.Node, what string) bool {
	if n.IsNull() {
		return false
	}
	if n.Kind != document.Bool {
		r.wrongType(n, what, "true or false")
		return false
	}
	return strings.EqualFold(n.Text, "true")
}

// whole reads a whole number of at least low; nil is absent.
func (r *reader) whole(n *document.Node, what string, low int) *int {
	return r.count(n, what, low, 1_000_000)
}

// count is whole with another upper bound.
func (r *reader) count(n *document.Node, what string, low, high int) *int {
	if n.IsNull() {
		return nil
	}
	v, err := strconv.Atoi(n.Text)
	if n.Kind != document.Int || err != nil || v < low || v > high {
		r.wrongType(n, what, "a whole number of at least "+strconv.Itoa(low))
		return nil
	}
	return &v
}

// percent reads a number from 0 to 100; nil is absent.
func (r *reader) percent(n *document.Node, what string) *float64 {
	if n.IsNull() {
		return nil
	}
	v, err := strconv.ParseFloat(n.Text, 64)
	if n.Kind != document.Int && n.Kind != document.Float || err != nil || !(v >= 0 && v <= 100) {
		r.wrongType(n, what, "a number from 0 to 100")
		return nil
	}
	return &v
}

// until reads the last day of something, which must be there.
func (r *reader) until(of *document.Node, what string) string {
	n := of.Get("until")
	if n.IsNull() {
		r.wrong(of, what+" has no until", "add until: with its last day, as 2026-03-31")
	}
	return r.day(n, "until").V
}

// over reports whether a last day is over. Without a present day nothing is.
func over(until, today string) bool { return today != "" && until < today }

// day reads a date as 2026-03-31.
func (r *reader) day(n *document.Node, what string) Text {
	v := r.text(n, what)
	if !v.Set() {
		return v
	}
	if _, err := time.Parse(time.DateOnly, v.V); err != nil {
		r.wrong(n, what+" "+strconv.Quote(v.V)+" is no date", "write its last day as in 2026-03-31")
		return Text{}
	}
	return v
}
