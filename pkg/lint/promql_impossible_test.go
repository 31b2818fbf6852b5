package lint

import (
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestLabelsThatAreNotThere(t *testing.T) {
	tryExpressions(t, "promql/impossible", organisation.Checks{}, []exprCase{
		{`sum by (job) (max without (job) (a)) > 1`, []string{`sum by (job) (max without (job) (a))`}},
		{`sum by (job) (a{job=""}) > 1`, []string{`sum by (job) (a{job=""})`}},
		{`sum by (job) (a{job=""} or a) > 1`, nil},
		{`sum by (job) (label_replace(a{job=""}, "job", "b", "", "")) > 1`, nil},
		{`sum by (job) (max without (x) (a)) > 1`, nil},
		{`a * on (x) group_left (y) max by (x) (b) > 1`, []string{`a * on (x) group_left (y) max by (x) (b)`}},
		{`a * on (x) group_left (y) max by (x, y) (b) > 1`, nil},
		{`a * on (x) group_left (y) b > 1`, nil},
		{`a * on (x) group_left (y) max without (y) (b) > 1`, []string{`a * on (x) group_left (y) max without (y) (b)`}},
		{`a * on (x) group_left (y) b{y=""} > 1`, []string{`a * on (x) group_left (y) b{y=""}`}},
		{`a * on (x) group_left (y) label_replace(b{y=""}, "y", "c", "", "") > 1`, nil},
		{`a * on (x) group_left (__name__) (b - c > 1) > 1`, []string{`a * on (x) group_left (__name__) (b - c > 1)`}},
		{`a * on (x) group_left (__name__) rate(b[5m]) > 1`, []string{`a * on (x) group_left (__name__) rate(b[5m])`}},
		{`(b unless c) * on (x) group_right (__name__) a > 1`, nil},
		{`a * on (x) group_left (__name__) (b > 1) > 1`, nil},
		{`sum by (x) (a * on (x) group_left (y) b) > 1`, []string{`sum by (x) (a * on (x) group_left (y) b)`}},
		{`sum without (y) (a * on (x) group_left (y) b) > 1`, []string{`sum without (y) (a * on (x) group_left (y) b)`}},
		{`sum by (x, y) (a * on (x) group_left (y) b) > 1`, nil},
		{`topk(3, a * on (x) group_left (y) b) > 1`, nil},
		{`sum by (x) (a * on (x) group_left () b) > 1`, nil},
	})
}

func TestMatchersThatRefuseEverything(t *testing.T) {
	tryExpressions(t, "promql/impossible", organisation.Checks{}, []exprCase{
		{"a{b!~`.*`} > 1", []string{"a{b!~`.*`}"}},
		{`a{b!~"^.*$"} > 1`, []string{`a{b!~"^.*$"}`}},
		{`a{b!~".+"} > 1`, nil}, // those without the label
		{`a{b=~".*"} > 1`, nil},
	})
}

func TestBranchesThatAreNeverTaken(t *testing.T) {
	tryExpressions(t, "promql/impossible", organisation.Checks{}, []exprCase{
		{`(vector(0) or sum(a)) > 1`, []string{`vector(0) or sum(a)`}},
		{`(vector(1) * 2 or on () a) > 1`, []string{`vector(1) * 2 or on () a`}},
		{`(vector(0) or a) > 1`, nil}, // series with labels are added
		{`(vector(0) or sum by (x) (a)) > 1`, nil},
		{`(sum(a) or vector(0)) > 1`, nil},
		{`(vector(1) > 0 or sum(a)) > 1`, nil},
		{`sum(a) unless vector(1)`, []string{`sum(a) unless vector(1)`}},
		{`a unless on () vector(1)`, []string{`a unless on () vector(1)`}},
		{`a unless vector(1)`, nil},
		{`a unless on () (vector(1) > 2)`, []string{`vector(1) > 2`}},
		{`a unless on () (hour() > 8)`, nil},
		{`absent(a or vector(0))`, []string{`absent(a or vector(0))`}},
		{`absent(sum(vector(0) * 2 or a))`, []string{`absent(sum(vector(0) * 2 or a))`}},
		{`absent(vector(1))`, []string{`absent(vector(1))`}},
		{`absent(a or b)`, nil},
		{`absent(absent(a))`, nil}, // true while there is a
		{`absent((a or vector(0)) > 0)`, nil},
		{`absent_over_time(a[5m]) or vector(0)`, nil},
	})
}
