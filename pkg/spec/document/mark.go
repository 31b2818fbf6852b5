package document

import "github.com/nthlayer/action/pkg/report"

// Mark returns a node that stands for a place and holds nothing: it has the path
// and the file of n, so that SourceLine works, and no text for Inside. It keeps
// the place of a mapping without keeping the tree below it.
func (n *Node) Mark(at report.Position) *Node {
	return &Node{Kind: Mapping, At: at, Path: n.Path, file: n.file}
}
