package spec

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// text reads a scalar as text. Numbers and booleans are taken as they are
// written, so that a team named 42 needs no quotes.
func (l *loader) text(n *document.Node, what string) Value[string] {
	if n.IsNull() {
		return Value[string]{}
	}
	if !n.Kind.Scalar() {
		l.wrongType(n, what, "text")
		return Value[string]{}
	}
	return Value[string]{V: strings.TrimSpace(n.Text), At: l.origin(n)}
}

// expression reads PromQL: the text as it is, so that positions inside it hold.
func (l *loader) expression(n *document.Node, what string) Value[string] {
	v := l.text(n, what)
	if !v.Set() {
		return v
	}
	v.V = n.Text
	if strings.TrimSpace(v.V) == "" {
		l.add(n, "spec/value", report.Error, what+" is empty", "write a PromQL expression, or remove the field")
		return Value[string]{}
	}
	l.foreignVariables(v)
	return v
}

// number reads a finite number.
func (l *loader) number(n *document.Node, what string) (Value[float64], bool) {
	if n.IsNull() {
		return Value[float64]{}, false
	}
	f, err := strconv.ParseFloat(n.Text, 64)
	if (n.Kind != document.Int && n.Kind != document.Float) || err != nil || f-f != 0 {
		l.wrongType(n, what, "a number")
		return Value[float64]{}, false
	}
	return Value[float64]{V: f, At: l.origin(n)}, true
}

// boolean reads true or false. The other words of YAML 1.1 are text by the rules
// of YAML 1.2, and reading them either way would surprise somebody.
func (l *loader) boolean(n *document.Node, what string) (value, ok bool) {
	if n.IsNull() {
		return false, false
	}
	if n.Kind == document.Bool {
		return isTrue(n.Text), true
	}
	switch strings.ToLower(n.Text) {
	case "yes", "on", "y":
		l.add(n, "spec/wrong-type", report.Error, what+" must be true or false; "+n.Text+" is text in YAML 1.2", "write true")
	case "no", "off", "n":
		l.add(n, "spec/wrong-type", report.Error, what+" must be true or false; "+n.Text+" is text in YAML 1.2", "write false")
	default:
		l.wrongType(n, what, "true or false")
	}
	return false, false
}

func (l *loader) wrongType(n *document.Node, what, want string) {
	message := what + " must be " + want + "; this is " + n.Kind.String()
	if n.Kind.Scalar() && !n.IsNull() {
		message += " " + quote(n.Text)
	}
	fix := "write " + want
	if n.Quoted && want == "a number" {
		fix = "write it without quotes"
	}
	l.add(n, "spec/wrong-type", report.Error, message, fix)
}

// oneOf reads text that must be one of a few words.
func (l *loader) oneOf(n *document.Node, what, rule string, allowed []string) Value[string] {
	v := l.text(n, what)
	if !v.Set() {
		return v
	}
	v.V = strings.ToLower(v.V)
	for _, a := range allowed {
		if v.V == a {
			return v
		}
	}
	fix := cmp.Or(report.DidYouMean(v.V, allowed), "write one of "+strings.Join(allowed, ", "))
	l.add(n, rule, report.Error, what+" "+quote(v.V)+" is not known", fix)
	return Value[string]{}
}

// list returns the items of a list; a single value stands for a list of one.
func (l *loader) list(n *document.Node, what string) []*document.Node {
	items, ok := n.List()
	if !ok {
		l.wrongType(n, what, "a list")
	}
	return items
}

// mapping returns a mapping, or nil with a finding for anything else.
func (l *loader) mapping(n *document.Node, what string) *document.Node {
	if n.IsNull() {
		return nil
	}
	if n.Kind != document.Mapping {
		l.wrongType(n, what, "a mapping")
		return nil
	}
	return n
}

// entries reads a free mapping as sorted scalars by dotted key.
func (l *loader) entries(n *document.Node, what string) []Entry {
	m := l.mapping(n, what)
	if m == nil {
		return nil
	}
	var out []Entry
	for _, e := range flatten("", m) {
		if !e.node.IsNull() {
			out = append(out, Entry{Key: e.key, Value: Value[string]{V: e.node.Text, At: l.origin(e.node)}, KeyAt: e.keyAt})
		}
	}
	sortEntries(out)
	return out
}
