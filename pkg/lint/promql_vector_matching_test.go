package lint

import (
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestSidesWithSeveralSeriesForOne(t *testing.T) {
	whole := func(expr string) exprCase { return exprCase{expr + " > 1", []string{expr}} }
	tryExpressions(t, "promql/vector-matching", organisation.Checks{}, []exprCase{
		whole(`sum by (a, b) (x) / on (a) sum by (a) (y)`),
		whole(`sum by (a) (x) / ignoring (b) (sum by (a, b) (y) * 2)`),
		whole(`x * on (a) group_left () max by (a, b) (y)`),
		whole(`max by (a, b) (y) * on (a) group_right () x`),
		// The many side may have more labels, and a set operation is many to many.
		{`sum by (a, b) (x) / on (a) group_left () sum by (a) (y) > 1`, nil},
		{`sum by (a, b) (x) and on (a) sum by (a) (y) > 1`, nil},
		{`x * on (a) group_left (b) max by (a, b) (y) > 1`, nil},
		// One value alone is possible, or nobody knows.
		{`sum by (a, b) (x{b="c"}) / on (a) sum by (a) (y) > 1`, nil},
		{`(sum by (a, b) (x) == 1) / on (a) sum by (a) (y) > 1`, nil},
		{`x / on (a) y > 1`, nil},
		{`topk by (a, b) (1, x) / on (a) y > 1`, nil},
		{`sum by (a) (x) / on (a) sum by (a) (y) > 1`, nil},
		{`sum by (a, b) (x) / sum by (a, b) (y) > 1`, nil},
		{`sum by (a, b) (x) / sum by (a) (y) > 1`, nil}, // promql/impossible
	})
}
