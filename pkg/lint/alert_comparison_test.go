package lint

import (
	"testing"

	"github.com/prometheus/prometheus/promql/promqltest"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestConditionsThatAlwaysHold(t *testing.T) {
	whole := func(expr string) exprCase { return exprCase{expr, []string{expr}} }
	tryExpressions(t, "alert/comparison", organisation.Checks{}, []exprCase{
		whole(`rate(x_total[5m]) >= 0`),
		whole(`abs(x) > -1`),
		whole(`(0 <= sum(increase(x_total[5m])))`),
		whole(`clamp_max(x, 5) < 10`),
		whole(`hour() != 24`),
		{`rate(x_total[5m]) > 0`, nil},
		{`rate(x[5m]) >= 0`, nil}, // may be a gauge
		{`x / y >= 0`, nil},
		// Whether there is anything to count is a fair question.
		{`count(x) >= 1`, nil},
		{`count(x > 5) > 0`, nil},
		{`absent(x) == 1`, nil},
		{`vector(1) > 0`, nil},
		// Only the whole condition counts.
		{`rate(x_total[5m]) >= 0 and y > 1`, nil},
		{`sum(rate(x_total[5m]) >= 0) > 1`, nil},
		{`abs(x > 5) > -1`, nil},
	})
}

// TestWhatAlwaysHoldsLosesNoSeries asks Prometheus's own engine.
func TestWhatAlwaysHoldsLosesNoSeries(t *testing.T) {
	storage := promqltest.LoadedStorage(t, hostileSeries)
	engine := newEngine()
	for side, condition := range map[string]string{
		`rate(requests_total{k!="nan"}[5m])`: ` >= 0`, `abs(gauge{k!="nan"})`: ` > -1`, `clamp_max(gauge{k!="nan"}, 5)`: ` < 10`, `hour()`: ` != 24`,
	} {
		if _, ok := holdsAlways(exprFrom(t, side+condition)); !ok {
			t.Errorf("%s is not told", side+condition)
		}
		all, left := evaluate(t, engine, storage, side), evaluate(t, engine, storage, side+condition)
		if len(all) == 0 || len(left) != len(all) {
			t.Errorf("%s leaves %d of %d series", side+condition, len(left), len(all))
		}
	}
}
