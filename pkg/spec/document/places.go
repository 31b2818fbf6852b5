package document

import "github.com/nthlayer/action/pkg/report"

// Places tells where the bytes of one scalar stand in the file, for many questions
// about a long text: the text is looked for in the file once. That takes about forty
// times the memory of the text.
type Places struct {
	of  *Node
	all []place
}

// Places returns what tells the places in a scalar, which stands in a file.
func (n *Node) Places() *Places {
	return &Places{of: n, all: n.file.locate(n.At, n.style, n.Raw())}
}

// Inside is Inside of the scalar.
func (p *Places) Inside(start, end int) report.Position {
	return p.of.inside(start, end, func() []place { return p.all })
}
