package rulefile

import (
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// valuePlace is the place of a value.
type valuePlace document.Place

func valueAt(n *document.Node) *valuePlace { return (*valuePlace)(n.Place()) }

func (v *valuePlace) node() *document.Node { return (*document.Place)(v).Node() }

// Inside returns the place of the bytes start to end of the value.
func (v *valuePlace) Inside(start, end int) report.Position { return v.node().Inside(start, end) }

func (v *valuePlace) FindingInside(start, end int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	n := v.node()
	return located(n.Inside(start, end), n, rule, severity, service, message, suggestion)
}

func (v *valuePlace) Edit(start, end int, text string) (report.Edit, bool) {
	return v.node().Edit(start, end, text)
}

// Finding returns a finding about the whole value.
func (v *valuePlace) Finding(rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	n := v.node()
	return located(n.At, n, rule, severity, service, message, suggestion)
}

// Places returns what tells the places in the value for many questions.
func (v *valuePlace) Places() *document.Places { return v.node().Places() }

// long is how many bytes a text has that is looked for in the file once.
const long = 1 << 10

// Remembered returns the text with a place that looks for a long text in the file once,
// however many findings are made about it. What it remembers is forty times as large
// as the text, so the text is for one rule and not for keeping.
func (t Text) Remembered() Text {
	p, ok := t.Place.(placed)
	if !ok || len(t.V) < long {
		return t
	}
	if places := p.Places(); places != nil {
		t.Place = longPlace{p, places}
	}
	return t
}

// placed is a Place that can remember. spec.Origin is one.
type placed interface {
	Place
	Finding(rule string, severity report.Severity, service, message, suggestion string) report.Finding
	Places() *document.Places
}

// longPlace is the place of a long text.
type longPlace struct {
	placed
	places *document.Places
}

func (l longPlace) FindingInside(start, end int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	f, at := l.Finding(rule, severity, service, message, suggestion), l.places.Inside(start, end)
	if at.Line == 0 { // as in a template of a variable
		return f
	}
	f.File, f.Line, f.Column, f.EndLine, f.EndColumn = at.File, at.Line, at.Column, at.EndLine, at.EndColumn
	f.Snippet = l.places.SourceLine(at.Line)
	return f
}

func (l longPlace) Edit(start, end int, text string) (report.Edit, bool) {
	return l.places.Edit(start, end, text)
}

// keyPlace is the place of a key of a mapping.
type keyPlace document.Place

func keyAt(mapping *document.Node, f document.Field) *keyPlace {
	return (*keyPlace)(mapping.KeyPlace(f))
}

// Inside returns the place of the bytes start to end of the key.
func (k *keyPlace) Inside(start, end int) report.Position {
	return (*document.Place)(k).Node().Inside(start, end)
}

func (k *keyPlace) FindingInside(start, end int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	n := (*document.Place)(k).Node()
	return located(n.Inside(start, end), n, rule, severity, service, message, suggestion)
}

// located returns a finding with the line that it points at; the node is any of
// the file.
func located(at report.Position, n *document.Node, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	f := report.At(at, rule, severity, message)
	f.Service, f.Suggestion, f.Snippet = service, suggestion, n.SourceLine(at.Line)
	return f
}
