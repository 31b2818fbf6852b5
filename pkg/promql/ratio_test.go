package promql_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
)

// printed is Parts as text.
type printed struct {
	Good, Bad, Total string
	Percent          bool
}

func text(expr parser.Expr) string {
	if expr == nil {
		return ""
	}
	return expr.String()
}

func TestRatioSplits(t *testing.T) {
	tests := map[string]struct {
		text string
		want printed
	}{
		"good over total":         {`sum(g) / sum(t)`, printed{Good: `sum(g)`, Total: `sum(t)`}},
		"one minus bad":           {`1 - sum(b) / sum(t)`, printed{Bad: `sum(b)`, Total: `sum(t)`}},
		"one minus, parentheses":  {`(1 - ((sum(b)) / (sum(t))))`, printed{Bad: `sum(b)`, Total: `sum(t)`}},
		"good over good and bad":  {`sum(g) / (sum(g) + sum(b))`, printed{Good: `sum(g)`, Bad: `sum(b)`, Total: `sum(g) + sum(b)`}},
		"good over bad and good":  {`sum(g) / (sum(b) + (sum(g)))`, printed{Good: `sum(g)`, Bad: `sum(b)`, Total: `sum(b) + (sum(g))`}},
		"total less bad":          {`(sum(t) - sum(b)) / sum(t)`, printed{Bad: `sum(b)`, Total: `sum(t)`}},
		"one minus the rest":      {`1 - (sum(t) - sum(g)) / sum(t)`, printed{Good: `sum(g)`, Total: `sum(t)`}},
		"one minus bad over both": {`1 - sum(b) / (sum(g) + sum(b))`, printed{Good: `sum(g)`, Bad: `sum(b)`, Total: `sum(g) + sum(b)`}},
		"twice one minus":         {`1 - (1 - sum(g) / sum(t))`, printed{Good: `sum(g)`, Total: `sum(t)`}},
		"three terms":             {`sum(g) / (sum(g) + sum(b) + sum(c))`, printed{Good: `sum(g)`, Total: `sum(g) + sum(b) + sum(c)`}},
		"times 100":               {`sum(g) / sum(t) * 100`, printed{Good: `sum(g)`, Total: `sum(t)`, Percent: true}},
		"100 times in front":      {`100 * sum(g) / sum(t)`, printed{Good: `sum(g)`, Total: `sum(t)`, Percent: true}},
		"100 times one minus":     {`100 * (1 - sum(b) / sum(t))`, printed{Bad: `sum(b)`, Total: `sum(t)`, Percent: true}},
		"100 less percentage":     {`100 - (100 * sum(b) / sum(t))`, printed{Bad: `sum(b)`, Total: `sum(t)`, Percent: true}},
		"default in a part":       {`1 - (sum(b) or vector(0)) / sum(t)`, printed{Bad: `sum(b) or vector(0)`, Total: `sum(t)`}},
		"grouped":                 {`sum by (a) (g) / sum by (a) (t)`, printed{Good: `sum by (a) (g)`, Total: `sum by (a) (t)`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, ok := promql.Ratio(mustParse(t, tt.text))
			if !ok {
				t.Fatalf("Ratio(%s) = false", tt.text)
			}
			got := printed{text(p.Good), text(p.Bad), text(p.Total), p.Percent}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Ratio(%s) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestRatioRefusesWhatCannotBeSplit(t *testing.T) {
	for name, text := range map[string]string{
		"upper bound":            `clamp_max(sum(g) / sum(t), 1)`,
		"lower bound":            `clamp_min(1 - sum(b) / sum(t), 0)`,
		"matching on":            `sum by (a) (g) / on (a) sum by (a) (t)`,
		"matching ignoring":      `g / ignoring (code) t`,
		"group_left":             `g / on (a) group_left sum by (a) (t)`,
		"group_left inside":      `sum(g * on (a) group_left () info) / sum(t)`,
		"average of ratios":      `avg(g / t)`,
		"ratio of ratios":        `sum(g) / sum(t) / sum(u)`,
		"comparison":             `sum(g) / sum(t) > 0.9`,
		"comparison inside":      `(sum(g) > 0) / sum(t)`,
		"default for no traffic": `sum(g) / sum(t) or vector(1)`,
		"another factor":         `sum(g) / sum(t) * 60`,
		"percent twice":          `100 * (100 * sum(g) / sum(t))`,
		"percent taken from 1":   `1 - 100 * sum(b) / sum(t)`,
		"ratio taken from 100":   `100 - sum(b) / sum(t)`,
		"two taken from":         `2 - sum(b) / sum(t)`,
		"factors that cancel":    `(100 * sum(g)) / (100 * sum(t))`,
		"number below":           `sum(g) / 60`,
		"number above":           `1 / sum(t)`,
		"constants below":        `sum(g) / vector(5)`,
		"no division":            `sum(g)`,
		"recorded ratio":         `service:sli:ratio`,
		"number":                 `0.5`,
		"averaged over time":     `avg_over_time((sum(g) / sum(t))[1h:5m])`,
	} {
		t.Run(name, func(t *testing.T) {
			if p, ok := promql.Ratio(mustParse(t, text)); ok {
				t.Errorf("Ratio(%s) = %+v, want false", text, p)
			}
		})
	}
}

// shown is what the tests compare of a Histogram.
type shown struct {
	Base, Matchers, Text    string
	Q                       float64
	Native, Bare, MissingLe bool
}

func TestQuantileNamesItsHistogram(t *testing.T) {
	tests := map[string]struct {
		text string
		want shown
	}{
		"classic": {
			`histogram_quantile(0.95, sum by (le) (rate(x_bucket{service="a"}[5m])))`,
			shown{Base: "x", Q: 0.95, Matchers: `{service="a"}`},
		},
		"classic without le": {
			`histogram_quantile(0.95, sum(rate(x_bucket[5m])))`, shown{Base: "x", Q: 0.95, MissingLe: true},
		},
		"le excluded": {
			`histogram_quantile(0.5, sum without (le) (rate(x_bucket[5m])))`, shown{Base: "x", Q: 0.5, MissingLe: true},
		},
		"le not excluded": {
			`histogram_quantile(0.5, sum without (pod) (rate(x_bucket[5m])))`, shown{Base: "x", Q: 0.5},
		},
		"le lost on the way": {
			`histogram_quantile(0.5, sum by (le) (sum by (pod) (rate(x_bucket[5m]))))`, shown{Base: "x", Q: 0.5, MissingLe: true},
		},
		"not aggregated": {
			`histogram_quantile(0.5, rate(x_bucket{le!="+Inf"}[5m]))`, shown{Base: "x", Q: 0.5},
		},
		"native": {
			`(histogram_quantile(99 / 100, sum(rate(x{a="b"}[5m]))))`,
			shown{Base: "x", Q: 0.99, Matchers: `{a="b"}`, Native: true, Text: `histogram_quantile(99 / 100, sum(rate(x{a="b"}[5m])))`},
		},
		"bucket selector":  {`x_bucket{a="b",le="1"}`, shown{Base: "x", Matchers: `{a="b"}`, Bare: true}},
		"base selector":    {`x`, shown{Base: "x", Native: true, Bare: true}},
		"named by matcher": {`{__name__="x_bucket"}`, shown{Base: "x", Bare: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, ok := promql.Quantile(mustParse(t, tt.text))
			if !ok {
				t.Fatalf("Quantile(%s) = false", tt.text)
			}
			got := shown{Base: h.Base, Q: h.Q, Native: h.Native, Bare: h.Bare, MissingLe: h.MissingLe, Text: tt.text[h.Start:h.End]}
			if len(h.Matchers) > 0 {
				got.Matchers = promql.Selector{Matchers: h.Matchers}.String()
			}
			if tt.want.Text == "" {
				tt.want.Text = tt.text
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Quantile(%s) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestQuantileRefusesOtherShapes(t *testing.T) {
	for _, text := range []string{
		`histogram_quantile(0.9, max by (le) (rate(x_bucket[5m])))`,
		`histogram_quantile(0.9, x_bucket)`,
		`histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m] offset 1h)))`,
		`histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m]) + rate(y_bucket[5m])))`,
		`histogram_quantile(scalar(q), sum by (le) (rate(x_bucket[5m])))`,
		`histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m]))) < 0.3`,
		`histogram_quantile(0.9, sum by (le) (rate({job="x"}[5m])))`,
		`histogram_avg(sum(rate(x[5m])))`,
		`sum(x_bucket)`,
		`x offset 5m`,
		`_bucket`,
		`1`,
	} {
		if h, ok := promql.Quantile(mustParse(t, text)); ok {
			t.Errorf("Quantile(%s) = %+v, want false", text, h)
		}
	}
}
