package lint

import (
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestDivisionsInsideOfSums(t *testing.T) {
	tryExpressions(t, "promql/nan", organisation.Checks{}, []exprCase{
		{`sum(rate(a[5m]) / rate(b[5m])) > 1`, []string{`rate(a[5m]) / rate(b[5m])`}},
		{`avg(a % (increase(b[5m]))) > 1`, []string{`a % (increase(b[5m]))`}},
		{`stddev(a / irate(b[5m])) > 1`, []string{`a / irate(b[5m])`}},
		{`stdvar(abs(a / (rate(b[5m]) * 100))) > 1`, []string{`a / (rate(b[5m]) * 100)`}},
		{`sum((a / (rate(b[5m]) + rate(c[5m]))) * 2) > 1`, []string{`a / (rate(b[5m]) + rate(c[5m]))`}},
		{`sum_over_time((a / rate(b[5m]))[1h:]) > 1`, []string{`a / rate(b[5m])`}},
		{`sum(a / on (x) max by (x) (rate(b[5m]))) > 1`, []string{`a / on (x) max by (x) (rate(b[5m]))`}},
		{`max(sum by (x) (a / rate(b[5m]))) > 1`, []string{`a / rate(b[5m])`}},
		// A capacity is not 0, and a rate plus something else may not be.
		{`sum(a / b) > 1`, nil},
		{`sum(a / (rate(b[5m]) + 1)) > 1`, nil},
		{`sum(rate(a[5m]) / 60) > 1`, nil},
		{`sum(1 / count by (x) (rate(b[5m]))) > 1`, nil},
		// What guards the division.
		{`sum(a / (rate(b[5m]) > 0)) > 1`, nil},
		{`sum((a / rate(b[5m])) >= 0) > 1`, nil},
		{`sum(a / rate(b[5m]) and rate(b[5m]) > 0) > 1`, nil},
		{`sum(a / clamp_min(rate(b[5m]), 1)) > 1`, nil},
		// What NaN does not spread through.
		{`max(a / rate(b[5m])) > 1`, nil},
		{`count(a / rate(b[5m])) > 1`, nil},
		{`sum(rate(a[5m])) / sum(rate(b[5m])) > 1`, nil},
		{`sum(present_over_time((a / rate(b[5m]))[1h:])) > 1`, nil},
		// clamp makes a number of what is infinite, but 0 / 0 stays NaN.
		{`sum(clamp_max(a / rate(b[5m]), 1)) > 1`, []string{`a / rate(b[5m])`}},
		{`sum(clamp(rate(a[5m]) / rate(b[5m]), 0, 1)) > 1`, []string{`rate(a[5m]) / rate(b[5m])`}},
		{`sum(clamp_max(1 / rate(b[5m]), 1)) > 1`, nil},
		{`avg(a / changes(b[5m])) > 1`, []string{`a / changes(b[5m])`}},
		{`avg(a / idelta(b[5m])) > 1`, []string{`a / idelta(b[5m])`}},
		// A number that is 0 is 0 everywhere.
		{`sum(rate(a[5m]) / 0) > 1`, []string{`rate(a[5m]) / 0`}},
		{`sum(a % (0)) > 1`, []string{`a % (0)`}},
		{`a / -0 > 1`, []string{`a / -0`}},
		{`a * 0 > 1`, nil},
		{`a / 0.1 > 1`, nil},
		{`a > 1 and on () vector(0) / 0`, nil}, // a way to write NaN
	})
}
