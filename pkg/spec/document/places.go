package document

import (
	"sync"

	"github.com/nthlayer/action/pkg/report"
)

// Places tells where the bytes of one scalar stand in the file, for many questions
// about a long text: the text is looked for in the file once, when the first one is
// asked. That takes about forty times the memory of the text.
type Places struct {
	of  *Node
	all func() []place
}

// Places returns what tells the places in a scalar, which stands in a file; nil for
// what stands in none.
func (n *Node) Places() *Places {
	if n == nil || n.file == nil || !n.Kind.Scalar() {
		return nil
	}
	return &Places{of: n, all: sync.OnceValue(n.locate)}
}

// Inside is Inside of the scalar.
func (p *Places) Inside(start, end int) report.Position { return p.of.inside(start, end, p.all) }

// Edit is Edit of the scalar.
func (p *Places) Edit(from, to int, text string) (report.Edit, bool) {
	return p.of.edit(from, to, text, p.all)
}

// SourceLine is SourceLine of the scalar.
func (p *Places) SourceLine(line int) string { return p.of.SourceLine(line) }

// locate returns the place of every byte of a scalar that stands in a file.
func (n *Node) locate() []place { return n.file.locate(n.At, n.style, n.Raw()) }
