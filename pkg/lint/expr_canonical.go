package lint

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
)

// canonical returns an expression in one spelling: without needless white space,
// comments and brackets, with matchers and labels in order, and durations and numbers
// as Prometheus prints them. What does not parse keeps its words, and so does what is
// very long, since printing costs the square of the depth.
func canonical(text string) string {
	e, err := promql.Parse(text)
	if err != nil || len(text) > maxCanonical {
		return strings.Join(strings.Fields(text), " ")
	}
	e = promql.Unwrap(e)
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			slices.SortFunc(n.LabelMatchers, func(a, b *labels.Matcher) int {
				return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Value, b.Value))
			})
		case *parser.AggregateExpr:
			slices.Sort(n.Grouping)
			n.Expr = promql.Unwrap(n.Expr)
		case *parser.Call:
			for i := range n.Args {
				n.Args[i] = promql.Unwrap(n.Args[i])
			}
		case *parser.BinaryExpr:
			if m := n.VectorMatching; m != nil {
				slices.Sort(m.MatchingLabels)
				slices.Sort(m.Include)
			}
			n.LHS, n.RHS = operand(n.LHS), operand(n.RHS)
		}
		return nil
	})
	return e.String()
}

// maxCanonical is how long an expression is at most that is brought into one form.
const maxCanonical = 4096

// operand returns an operand with brackets exactly where it is an operation itself.
func operand(n parser.Expr) parser.Expr {
	n = promql.Unwrap(n)
	switch n.(type) {
	case *parser.BinaryExpr, *parser.UnaryExpr:
		return &parser.ParenExpr{Expr: n}
	}
	return n
}

// spelling is a number that expressions of one canonical form have in common, and that
// most others do not share: of letters alone, in any order. It costs one look at each
// byte.
func spelling(text string) uint64 {
	var sum uint64
	for i := 0; i < len(text); i++ {
		b := text[i] | 0x20
		if text[i] == '#' { // the rest of the line is a comment
			if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
				i += end
				continue
			}
			break
		}
		if b >= 'a' && b <= 'z' && strings.IndexByte("emsdhwy", b) < 0 { // these are in numbers and durations
			v := uint64(b)
			sum += v * v * v * 0x9E3779B97F4A7C15
		}
	}
	return sum
}
