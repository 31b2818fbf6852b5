package lint

import (
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestCountersComparedWithNumbers(t *testing.T) {
	tryExpressions(t, "promql/counter-without-rate", organisation.Checks{}, []exprCase{
		{`a_total > 5`, []string{`a_total`}},
		{`{__name__="a_total", b="c"} > 5`, []string{`{__name__="a_total", b="c"}`}},
		{`max_over_time(a_total[5m]) > 5`, []string{`a_total`}},
		{`last_over_time(a_total[5m]) > 5`, []string{`a_total`}},
		{`a_total * 100 > 5`, []string{`a_total`}},
		{`5 < 2 * sum(a_total) / 1024`, []string{`a_total`}},
		{`round(a_total - 10) > 5`, []string{`a_total`}},
		{`a_errors_total + 1 > 0`, []string{`a_errors_total`}},
		{`{__name__=~"a_total"} > 5`, nil},
		{`a_total * b > 5`, nil},
		{`1 / a_total > 5`, nil},
		{`time() - a_total > 5`, nil},
		{`a_total % 2 > 1`, nil},
		{`count_over_time(a_total[5m]) > 5`, nil},
		{`a_total - a_total offset 5m > 5`, nil},
		{`max_over_time(rate(a_total[5m])[1h:]) > 5`, nil},
		{`kube_node_total > 3`, nil},
		{`a_uptime_seconds_total / 60 < 1`, nil},
	})
}
