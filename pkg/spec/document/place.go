package document

import "github.com/nthlayer/action/pkg/report"

// Place is where a scalar or a key stands, without the tree that it was read from. A
// file of rules has very many of them, and nothing is said about most.
type Place struct {
	file         *source
	text         string
	line, column int32 // which a file of math.MaxInt32 bytes does not exceed
	kind         Kind
	style        style
	shared       bool
	covers       bool
}

// Place returns the place of a scalar.
func (n *Node) Place() *Place { return n.file.remember(n) }

// KeyPlace returns the place of the key of one of a mapping's fields.
func (n *Node) KeyPlace(f Field) *Place { return n.file.remember(n.key(f)) }

func (s *source) remember(n *Node) *Place {
	return &Place{file: s, text: n.Raw(), line: int32(n.At.Line), column: int32(n.At.Column), kind: n.Kind, style: n.style, shared: n.shared, covers: n.covers} //nolint:gosec // see Place
}

// Node returns the scalar or the key, without its path and as it was before
// substitution.
func (p *Place) Node() *Node {
	at := report.Position{File: p.file.name, Line: int(p.line), Column: int(p.column)}
	return &Node{Kind: p.kind, Text: p.text, Quoted: p.style != plain, At: at, file: p.file, style: p.style, shared: p.shared, covers: p.covers}
}
