package spec

import (
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Origin is where a value was written. The zero Origin belongs to a value that
// nobody wrote, as a default. It is one pointer, because a service has a hundred
// of them and most are zero.
type Origin struct{ node *document.Node }

// OriginAt returns the origin of something that is known by its place alone.
func OriginAt(at report.Position, path string) Origin {
	return Origin{(&document.Node{Path: path}).Mark(at)}
}

// origin returns where a value was written. Of a mapping or a list it keeps the
// place, and not everything below.
func (l *loader) origin(n *document.Node) Origin {
	if n.Kind.Scalar() {
		return Origin{n}
	}
	return Origin{n.Mark(n.At)}
}

// keyOrigin returns where the key of a field was written, with the field's path.
func keyOrigin(f document.Field) Origin {
	at := f.KeyAt
	line := []rune(f.Value.SourceLine(at.Line))
	if f.Key != "" && at.Column >= 1 && at.Column-1 < len(line) && strings.ContainsRune(`"'`, line[at.Column-1]) {
		at.Column++ // the name begins behind its quote
	}
	at.EndLine, at.EndColumn = at.Line, at.Column+len([]rune(f.Key))
	return Origin{f.Value.Mark(at)}
}

// keyValue is keyOrigin for a key that is text of its own, as the name of a label.
func keyValue(f document.Field) Origin {
	if f.Value.SourceLine(f.KeyAt.Line) == "" {
		return keyOrigin(f)
	}
	key := f.Value.KeyPlace(f).Node()
	key.Path = f.Value.Path
	return Origin{key}
}

// placeOf keeps the place of a value for an expression that was built from it:
// offsets inside the expression mean nothing there.
func placeOf(o Origin) Origin {
	if o.node == nil {
		return o
	}
	return Origin{o.node.Mark(o.node.At)}
}

// Written reports whether somebody wrote the value in a file.
func (o Origin) Written() bool { return o.node != nil && o.node.At.File != "" }

// Position returns where the value begins; zero for a value that nobody wrote.
func (o Origin) Position() report.Position {
	if o.node == nil {
		return report.Position{}
	}
	return o.node.At
}

// Line returns the line of the value, 0 for a value that nobody wrote.
func (o Origin) Line() int { return o.Position().Line }

// Path returns the YAML path from the root of the document, as
// resources[2].spec.objective.
func (o Origin) Path() string {
	if o.node == nil {
		return ""
	}
	return o.node.Path
}

// String returns file:line:column.
func (o Origin) String() string { return o.Position().String() }

// Equal reports whether two values were written in the same place.
func (o Origin) Equal(other Origin) bool {
	return o.Position() == other.Position() && o.Path() == other.Path()
}

// Inside returns the place of the bytes start to end of a string value as it is
// after variables were substituted: the line and column inside a block scalar
// or a quoted string. A value that has no text of its own in a file (one from a
// built-in template) gives the place of the value.
func (o Origin) Inside(start, end int) report.Position {
	if p := o.node.Inside(start, end); p.Line > 0 {
		return p
	}
	return o.Position()
}

// Finding returns a finding of the rule at the value, with its YAML path.
func (o Origin) Finding(rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	return o.findingAt(o.Position(), rule, severity, service, message, suggestion)
}

// FindingInside is Finding for the bytes start to end of a string value.
func (o Origin) FindingInside(start, end int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	return o.findingAt(o.Inside(start, end), rule, severity, service, message, suggestion)
}

// Edit returns the change of the file that puts text in place of the bytes start to
// end of a string value, where that is possible and changes nothing else.
func (o Origin) Edit(start, end int, text string) (report.Edit, bool) {
	return o.node.Edit(start, end, text)
}

// Places returns what tells the places in a long value for many questions, nil for a
// value that nobody wrote.
func (o Origin) Places() *document.Places { return o.node.Places() }

// RemoveLine returns the change of the file that removes the value with its key,
// where the two have a line to themselves.
func (o Origin) RemoveLine() (report.Edit, error) { return o.node.RemoveLine() }

func (o Origin) findingAt(p report.Position, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	f := report.At(p, rule, severity, message)
	f.Service, f.Path, f.Suggestion = service, o.Path(), suggestion
	f.Snippet = o.node.SourceLine(f.Line)
	return f
}
