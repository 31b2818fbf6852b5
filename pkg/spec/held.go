package spec

import (
	"path"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
	"github.com/nthlayer/action/pkg/spec/kind"
)

// holdsRules reports a document with rules that nobody here reads as it is.
func (l *loader) holdsRules(n *document.Node) bool {
	is := l.heldBy(n.At.File)
	if is.What() == "" {
		return false
	}
	l.add(n, "spec/shape", report.Error, "this is "+is.What(), is.Fix())
	return true
}

// explained returns the findings about a file that is no YAML. Of the source of a
// template, which is none until it is rendered, only that is worth saying, and nothing
// where nobody named the file.
func (l *loader) explained(f Found, findings []report.Finding) []report.Finding {
	if len(findings) == 0 || findings[0].Rule != document.RuleSyntax && findings[0].Rule != document.RuleKey || l.heldBy(f.Path) != kind.Template {
		return findings
	}
	if !f.Named {
		return nil
	}
	first := findings[0]
	first.Rule, first.Message, first.Suggestion = document.RuleSyntax, "this is "+kind.Template.What(), kind.Template.Fix()
	return []report.Finding{first}
}

// heldBy returns what a file is by its text.
func (l *loader) heldBy(file string) kind.Kind {
	data, err := l.ws.Read(file, document.ServiceLimits().Bytes)
	if err != nil {
		return kind.Other
	}
	return l.ws.Kind(file, data)
}

// Kind tells what a file of the workspace is, by its text and, for what a Helm chart
// makes resources of, by its place.
func (w *Workspace) Kind(name string, data []byte) kind.Kind {
	if w.ofChart(name) && kind.Unrendered(data) {
		return kind.Template
	}
	return kind.Of(data)
}

// ofChart reports whether a file lies among the templates of a Helm chart.
func (w *Workspace) ofChart(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if path.Base(dir) == "templates" && w.exists(path.Join(path.Dir(dir), "Chart.yaml")) {
			return true
		}
	}
	return false
}
