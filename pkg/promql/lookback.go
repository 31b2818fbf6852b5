package promql

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Lookback returns how old the oldest sample is that a selector reads: its range and
// offset, and those of the subqueries around it. The path is the nodes above it. It
// reports false where @ fixes the time, since nobody knows how old that is.
func Lookback(vs *parser.VectorSelector, path []parser.Node) (time.Duration, bool) {
	back := vs.OriginalOffset
	known := vs.Timestamp == nil && vs.StartOrEnd == 0
	for _, node := range path {
		switch n := node.(type) {
		case *parser.MatrixSelector:
			back += n.Range
		case *parser.SubqueryExpr:
			back += n.Range + n.OriginalOffset
			known = known && n.Timestamp == nil && n.StartOrEnd == 0
		}
	}
	return back, known
}
