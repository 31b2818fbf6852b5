package lint

import (
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestRatesOfSums(t *testing.T) {
	tryExpressions(t, "promql/rate-of-sum", organisation.Checks{}, []exprCase{
		{`rate(sum(a_total)[5m:]) > 1`, []string{`rate(sum(a_total)[5m:])`}},
		{`max(increase((sum by (x) (a_total))[5m:1m])) > 1`, []string{`increase((sum by (x) (a_total))[5m:1m])`}},
		{`rate(max(a_total)[5m:]) > 1`, []string{`rate(max(a_total)[5m:])`}},
		{`rate(avg by (x) (a_total)[5m:]) > 1`, []string{`rate(avg by (x) (a_total)[5m:])`}},
		{`rate((sum(a_total) + sum(b_total))[5m:]) > 1`, []string{`rate((sum(a_total) + sum(b_total))[5m:])`}},
		{`rate((8 * sum(a_total))[5m:]) > 1`, []string{`rate((8 * sum(a_total))[5m:])`}},
		{`rate((a_total + b_total)[5m:]) > 1`, nil}, // of one process, which restarts as one
		{`rate(count(a_total)[5m:]) > 1`, nil},
		{`rate(sum(queue_length)[5m:]) > 1`, nil}, // no counter by its name
		{`deriv(sum(a_total)[5m:]) > 1`, nil},
		{`sum(rate(a_total[5m])) > 1`, nil},
	})
}

func TestRatesOfRecordedSums(t *testing.T) {
	const records = "groups:\n- name: a\n  rules:\n  - {record: 'a:sum', expr: sum by (x) (a_total)}\n  - {record: 'a:rate', expr: 'sum(rate(a_total[5m]))'}\n" +
		"  - {record: 'a:two', expr: sum(a_total), labels: {a: b}}\n  - {record: 'a:two', expr: a}\n"
	for expr, want := range map[string][]string{
		"rate(a:sum[5m])":            {"a:sum"},
		"sum(irate(a:sum[5m])) > 1":  {"a:sum"},
		"rate(a:rate[5m])":           nil,
		"delta(a:sum[5m])":           nil,
		"a:sum > 1":                  nil,
		"rate(a:two[5m])":            nil, // it is not sure which of the two is read
		"rate(elsewhere:sum[5m]) >1": nil,
	} {
		t.Run(expr, func(t *testing.T) {
			tryRules(t, "promql/rate-of-sum", organisation.Checks{}, records+"  - {record: 'x:y', expr: '"+expr+"'}\n", want)
		})
	}
}
