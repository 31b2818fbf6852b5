package organisation

import (
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Place is where a value stands in the policy.
type Place struct{ node *document.Node }

// Finding returns a finding of a rule at the place.
func (p Place) Finding(rule string, severity report.Severity, message, suggestion string) report.Finding {
	if p.node == nil {
		f := report.At(report.Position{}, rule, severity, message)
		f.Suggestion = suggestion
		return f
	}
	return finding(p.node, p.node.At, rule, severity, message, suggestion)
}

func finding(n *document.Node, at report.Position, rule string, severity report.Severity, message, suggestion string) report.Finding {
	f := report.At(at, rule, severity, message)
	f.Suggestion, f.Path, f.Snippet = suggestion, n.Path, n.SourceLine(at.Line)
	return f
}
