package rulefile

import (
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// valuePlace is the place of a value.
type valuePlace struct{ node *document.Node }

func (v valuePlace) FindingInside(start, end int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	return located(v.node.Inside(start, end), v.node, rule, severity, service, message, suggestion)
}

func (v valuePlace) Edit(start, end int, text string) (report.Edit, bool) {
	return v.node.Edit(start, end, text)
}

// keyPlace is the place of a key of a mapping.
type keyPlace struct {
	field   document.Field
	mapping *document.Node
}

func (k keyPlace) FindingInside(start, end int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	return located(k.mapping.InsideKey(k.field, start, end), k.mapping, rule, severity, service, message, suggestion)
}

// located returns a finding with the line that it points at; the node is any of
// the file.
func located(at report.Position, n *document.Node, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	f := report.At(at, rule, severity, message)
	f.Service, f.Suggestion, f.Snippet = service, suggestion, n.SourceLine(at.Line)
	return f
}
