package rulefile

import (
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// valuePlace is the place of a value.
type valuePlace document.Place

func valueAt(n *document.Node) *valuePlace { return (*valuePlace)(n.Place()) }

func (v *valuePlace) node() *document.Node { return (*document.Place)(v).Node() }

func (v *valuePlace) FindingInside(start, end int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	n := v.node()
	return located(n.Inside(start, end), n, rule, severity, service, message, suggestion)
}

func (v *valuePlace) Edit(start, end int, text string) (report.Edit, bool) {
	return v.node().Edit(start, end, text)
}

// keyPlace is the place of a key of a mapping.
type keyPlace document.Place

func keyAt(mapping *document.Node, f document.Field) *keyPlace {
	return (*keyPlace)(mapping.KeyPlace(f))
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
