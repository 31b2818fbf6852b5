package promql_test

import (
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/promql"
)

const month = 30 * 24 * time.Hour

func TestWindowCountsEvents(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"sum of rates":          {`sum(rate(x{a="b"}[5m]))`, `sum(increase(x{a="b"}[30d]))`},
		"increase":              {`sum(increase(x[1h]))`, `sum(increase(x[30d]))`},
		"irate":                 {`sum(irate(x[5m]))`, `sum(increase(x[30d]))`},
		"buckets":               {`sum(rate(x_bucket{le="0.25"}[5m]))`, `sum(increase(x_bucket{le="0.25"}[30d]))`},
		"grouped":               {`sum by (a) (sum without (b) (rate(x[5m])))`, `sum by (a) (sum without (b) (increase(x[30d])))`},
		"not aggregated":        {`rate(x[5m])`, `increase(x[30d])`},
		"difference":            {`sum(rate(x[5m])) - sum(rate(y[10m]))`, `sum(increase(x[30d])) - sum(increase(y[30d]))`},
		"average of two":        {`(sum(rate(x[5m])) + sum(rate(y[5m]))) / 2`, `(sum(increase(x[30d])) + sum(increase(y[30d]))) / 2`},
		"factor":                {`60 * sum(rate(x[5m])) * -(1 + 1)`, `60 * sum(increase(x[30d])) * -(1 + 1)`},
		"default outside":       {`(sum(rate(x[5m]))) or vector(0)`, `sum(increase(x[30d]))`},
		"default inside a sum":  {`(sum(rate(x[5m])) or vector(0)) + sum(rate(y[5m]))`, `(sum(increase(x[30d])) or vector(0)) + sum(increase(y[30d]))`},
		"default with matching": {`sum(rate(x[5m])) or on () vector(0)`, `sum(increase(x[30d]))`},
		"parentheses":           {`(sum((rate((x[5m])))))`, `sum((increase((x[30d]))))`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			expr := mustParse(t, tt.text)
			before := expr.String()
			got, ok := promql.Window(expr, month)
			if !ok {
				t.Fatalf("Window(%s) = false", tt.text)
			}
			if got.String() != tt.want {
				t.Errorf("Window(%s) = %s, want %s", tt.text, got, tt.want)
			}
			if expr.String() != before {
				t.Errorf("the expression was changed to %s", expr)
			}
		})
	}
}

func TestWindowRefusesWhatIsNotACountOfEvents(t *testing.T) {
	for name, text := range map[string]string{
		"average":                 `avg(rate(x[5m]))`,
		"maximum":                 `max(rate(x[5m]))`,
		"count of series":         `count(rate(x[5m]))`,
		"quantile":                `histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))`,
		"native count":            `histogram_count(sum(rate(x[5m])))`,
		"native fraction":         `histogram_fraction(0, 0.2, rate(x[5m]))`,
		"ratio":                   `sum(rate(x[5m])) / sum(rate(y[5m]))`,
		"product":                 `sum(rate(x[5m])) * sum(rate(y[5m]))`,
		"subquery":                `sum(rate(x[1h:1m]))`,
		"subquery around":         `sum_over_time(rate(x[5m])[1h:5m])`,
		"offset":                  `sum(rate(x[5m] offset 1h))`,
		"fixed time":              `sum(rate(x[5m] @ 100))`,
		"end of the range":        `sum(rate(x[5m] @ end()))`,
		"gauge":                   `sum(x)`,
		"recorded rate":           `sum(job:x:rate5m)`,
		"delta":                   `sum(delta(x[5m]))`,
		"constant added":          `sum(rate(x[5m])) + 1`,
		"gauge added":             `sum(rate(x[5m])) + sum(y)`,
		"comparison":              `sum(rate(x[5m]) > 0)`,
		"lower bound":             `clamp_min(sum(rate(x[5m])), 1)`,
		"no events as factor":     `sum(rate(x[5m])) * 0`,
		"division by zero":        `sum(rate(x[5m])) / 0`,
		"series as factor":        `sum(rate(x[5m])) * scalar(y)`,
		"number over rate":        `1 / sum(rate(x[5m]))`,
		"another default":         `sum(rate(x[5m])) or vector(1)`,
		"series as default":       `sum(rate(x[5m])) or sum(rate(y[5m]))`,
		"filter":                  `sum(rate(x[5m]) and y)`,
		"matching on labels":      `sum by (a) (rate(x[5m])) + on (a) sum by (a) (rate(y[5m]))`,
		"rates mixed with counts": `sum(rate(x[5m])) + sum(increase(y[5m]))`,
		"counts over two ranges":  `sum(increase(x[5m])) + sum(increase(y[1h]))`,
		"number":                  `1`,
		"string":                  `"x"`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := promql.Window(mustParse(t, text), month); ok || got != nil {
				t.Errorf("Window(%s) = %v, %t, want nil, false", text, got, ok)
			}
		})
	}
	if _, ok := promql.Window(mustParse(t, `sum(rate(x[5m]))`), 0); ok {
		t.Error("a window of 0 was accepted")
	}
}

func TestWindowAllNeedsOneUnit(t *testing.T) {
	tests := map[string]struct {
		good, total string
		want        bool
	}{
		"rates over different ranges":     {`sum(rate(x[5m]))`, `sum(irate(y[1m]))`, true},
		"counts over one range":           {`sum(increase(x[5m]))`, `sum(increase(y[5m]))`, true},
		"counts over two ranges":          {`sum(increase(x[5m]))`, `sum(increase(y[1h]))`, false},
		"a rate times its range, a count": {`sum(rate(x[5m])) * 300`, `sum(increase(y[5m]))`, false},
		"one cannot be rewritten":         {`sum(rate(x[5m]))`, `avg(rate(y[5m]))`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := promql.WindowAll(month, mustParse(t, tt.good), mustParse(t, tt.total))
			if ok != tt.want || ok != (len(got) == 2) {
				t.Errorf("WindowAll = %v, %t, want %t", got, ok, tt.want)
			}
		})
	}
}

func TestWindowIsTheNumberOfEvents(t *testing.T) {
	// Per minute 6 good and 2 bad requests, the latter in two series.
	db := newDatabase(t, `load 1m
		requests{code="200"} 0+6x120
		requests{code="500"} 0+1x120
		requests{code="503"} 0+1x120`)
	tests := map[string]float64{
		`sum(rate(requests[5m]))`:                                        8 * 60,
		`sum(rate(requests{code=~"5.."}[5m]))`:                           2 * 60,
		`sum(rate(requests[5m])) - sum(irate(requests{code="500"}[5m]))`: 7 * 60,
		`sum(increase(requests[10m])) / 4`:                               2 * 60,
		`sum(rate(requests{code="404"}[5m])) or vector(0)`:               -1,
	}
	for text, want := range tests {
		windowed, ok := promql.Window(mustParse(t, text), time.Hour)
		if !ok {
			t.Errorf("Window(%s) = false", text)
			continue
		}
		got := -1.0
		for _, v := range db.query(t, windowed.String(), 2*time.Hour) {
			got = v
		}
		if !near(got, want) {
			t.Errorf("%s counts %v events in an hour, want %v (-1 is no answer)", windowed, got, want)
		}
	}
}
