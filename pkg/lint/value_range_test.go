package lint

import (
	"math"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

// hostileSeries hold what samples may be: negative, not a number, infinite, and
// counters that begin again.
const hostileSeries = `load 1m
  gauge{k="falls"} 30-10x60
  gauge{k="nan"} NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN
  gauge{k="inf"} +Inf+0x60
  gauge{k="minus inf"} -Inf+0x60
  gauge{k="swings"} -5 3 -5 3 -5 3 -5 3 -5 3 -5 3 -5 3 -5 3 -5 3 -5 3 -5 3 -5 3 -5 3 -5 3 -5 3 -5 3
  gauge{k="tiny"} 0.3+0x60
  requests_total{k="grows"} 0+10x60
  requests_total{k="resets"} 900 20 30 0 7 900 20 30 0 7 900 20 30 0 7 900 20 30 0 7 900 20 30 0 7 900 20 30 0 7 900 20 30 0 7
  requests_total{k="still"} 4+0x60
  requests_total{k="nan"} NaN+0x60
`

// valueExpressions return series on hostileSeries.
func valueExpressions() []string {
	return []string{
		`gauge`, `-gauge`, `count(gauge)`, `count by (k) (gauge)`, `count_values("v", gauge)`, `group(gauge)`, `sum(gauge)`,
		`avg(gauge{k="tiny"})`, `max(gauge)`, `min by (k) (gauge)`, `sum(count by (k) (gauge))`, `avg(count by (k) (gauge))`,
		`max(count by (k) (gauge))`, `topk(2, count by (k) (gauge))`, `stddev(gauge{k="falls"})`, `quantile(-1, rate(requests_total[5m]))`,
		`rate(requests_total[5m])`, `irate(requests_total[5m])`, `increase(requests_total[10m])`, `rate(gauge[5m])`, `increase(gauge[7m])`,
		`sum(rate(requests_total[5m]))`, `sum by (k) (rate(requests_total[5m])) / sum by (k) (rate(requests_total[5m]))`,
		`rate(requests_total[5m]) * 100`, `100 * rate(requests_total[5m])`, `rate(requests_total[5m]) * -1`, `rate(requests_total[5m]) / -0`,
		`rate(requests_total[5m]) + 1`, `1 - rate(requests_total[5m])`, `rate(requests_total[5m]) ^ 2`, `rate(requests_total[5m]) % 3`,
		`delta(requests_total[5m])`, `deriv(gauge[5m])`, `count(gauge) or vector(0)`, `count(gauge) > 2`, `2 < count(gauge)`, `gauge > 2`,
		`gauge > bool 2`, `gauge and gauge`, `count(gauge) and on () gauge`, `count(gauge) unless on () nothing`, `gauge or rate(requests_total[5m])`,
		`absent(nothing)`, `absent_over_time(nothing[5m])`, `present_over_time(gauge[5m])`, `count_over_time(gauge[5m])`,
		`changes(gauge[5m])`, `resets(gauge[5m])`, `abs(gauge)`, `sqrt(gauge)`, `exp(gauge)`, `sgn(gauge)`, `ceil(rate(requests_total[5m]))`,
		`floor(gauge)`, `sort(count by (k) (gauge))`, `label_replace(count(gauge), "a", "b", "", "")`, `vector(3)`, `vector(-3)`, `vector(time())`,
		`max_over_time(rate(requests_total[5m])[10m:1m])`, `avg_over_time(count(gauge)[10m:1m])`, `sum_over_time(count(gauge)[10m:1m])`,
		`min_over_time(gauge[5m])`, `last_over_time(group(gauge)[5m:1m])`, `max_over_time((rate(gauge[5m]) < 0)[10m:1m])`,
		`month()`, `day_of_month()`, `day_of_week()`, `day_of_year()`, `days_in_month()`, `hour()`, `minute()`, `year()`, `hour(gauge)`,
		`clamp(gauge, -1, 5)`, `clamp_max(gauge, 5)`, `clamp_min(rate(gauge[5m]), 0.1)`, `clamp_max(rate(requests_total[5m]), -3)`,
		`clamp_max(gauge, scalar(count(gauge)))`, `round(rate(requests_total[5m]))`, `round(rate(requests_total[5m]), 0.3)`,
		`stddev(gauge)`, `stdvar by (k) (gauge)`, `stddev_over_time(gauge[5m])`, `sin(gauge)`, `cos(gauge)`, `tanh(gauge)`, `acosh(gauge)`,
		`(count(gauge))`, `sum(gauge > bool 0)`, `clamp_min(gauge, -1)`, `round(gauge)`, `scalar(count(gauge)) * gauge`,
	}
}

// TestValuesOfHoldsOnTheEngine asks Prometheus's own engine for samples outside
// of the values that are claimed.
func TestValuesOfHoldsOnTheEngine(t *testing.T) {
	storage := promqltest.LoadedStorage(t, hostileSeries)
	engine, claims := newEngine(), 0
	for _, text := range valueExpressions() {
		e := newExpr(rulefile.Text{V: text})
		if e.AST == nil {
			t.Fatalf("%s: %v", text, e.Errors)
		}
		values := valuesOf(e, e.AST, valueLevels)
		if !values.all() {
			claims++
		}
		result := evaluate(t, engine, storage, text)
		if len(result) == 0 {
			t.Errorf("%s returns nothing, so it shows nothing", text)
		}
		for _, s := range result {
			if !math.IsNaN(s.F) && !values.has(s.F) {
				t.Errorf("%s returns %v for %s, which is not %s", text, s.F, s.Metric, values)
			}
		}
	}
	if claims < 40 {
		t.Errorf("something is claimed about %d expressions only", claims)
	}
}

// TestComparisonsThatCanHoldAreNotReported holds each of them against the engine.
func TestComparisonsThatCanHoldAreNotReported(t *testing.T) {
	storage := promqltest.LoadedStorage(t, hostileSeries)
	engine := newEngine()
	for _, text := range []string{
		`count(gauge) > 1`, `count(gauge) <= 6`, `count(nothing) or vector(0) == 0`, `(count(nothing) or vector(0)) < 1`, `count(gauge) != 1`,
		`rate(gauge[5m]) < 0`, `rate(requests_total[5m]) <= 0`, `rate(requests_total[5m]) == 0`, `increase(requests_total[10m]) < 1`, `0 <= rate(requests_total[5m])`,
		`rate(requests_total[5m]) != 0`, `absent(nothing) == 1`, `absent(nothing) > 0`, `delta(gauge[5m]) < 0`, `min(gauge) < 0`,
		`(1 - rate(requests_total[5m])) < 1`, `sgn(gauge) < 0`, `count_over_time(gauge[5m]) < 6`, `hour() < 24`, `sum(gauge{k="falls"}) < 0`,
		`gauge != gauge`, `gauge != NaN`, `gauge < Inf`, `gauge >= Inf`, `gauge unless gauge > 1`, `requests_total > 1 unless requests_total > 5`, `gauge > 1 unless gauge != +Inf`,
		`gauge != 7 unless gauge > -Inf`, `gauge unless gauge >= -Inf`, `gauge unless gauge < 9 or gauge{k="nan"}`, `gauge{k="falls"} < 0 unless on () gauge{k="falls"} > 0`, `gauge > 4 and on () gauge < 3`, `sum by (k) (gauge) > 5 and on () sum by (k) (gauge) < 3`,
		`clamp_max(gauge, 5) >= 5`, `round(rate(requests_total[5m])) <= 0`, `stddev(gauge{k="tiny"}) <= 0`, `cos(vector(0)) >= 1`,
		`rate(requests_total[5m]) * -1 < 0`, `count(gauge) < bool 1`, `quantile(-1, rate(requests_total[5m])) < 0`,
	} {
		e := newExpr(rulefile.Text{V: text})
		if found := (promqlImpossible{}).CheckExpr(e); len(found) > 0 {
			t.Errorf("%s: %s", text, found[0].Message)
		}
		if len(evaluate(t, engine, storage, text)) == 0 {
			t.Errorf("%s returns nothing, so it shows nothing", text)
		}
	}
}

// TestNestedComparisonsCostLittle makes sure that comparisons do not each look at
// everything inside of them.
func TestNestedComparisonsCostLittle(t *testing.T) {
	const depth = 2_000
	text := strings.Repeat("(", depth) + "count(a)" + strings.Repeat("+1>-1)", depth)
	e := newExpr(rulefile.Text{V: text})
	if e.AST == nil {
		t.Fatal(e.Errors)
	}
	steps := 0
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		if b, ok := n.(*parser.BinaryExpr); ok && b.Op.IsComparisonOperator() && !valuesOf(e, b.LHS, valueLevels).all() {
			steps++
		}
		return nil
	})
	if want := valueLevels / 2; steps > want {
		t.Errorf("%d of %d comparisons see the count inside, want at most %d", steps, depth, want)
	}
}

func TestComparisonsThatNeverHold(t *testing.T) {
	storage := promqltest.LoadedStorage(t, hostileSeries)
	engine := newEngine()
	for text, want := range map[string]string{
		`count(gauge) < 0`:                    "count(gauge) is always 1 or more, so this is never true",
		`count(gauge{k="x"}) < 1`:             `count(gauge{k="x"}) is always 1 or more, so this is never true`,
		`count by (k) (gauge) == 0`:           "count by (k) (gauge) is always 1 or more, so this is never true",
		`0 == count(gauge)`:                   "count(gauge) is always 1 or more, so this is never true",
		`count(gauge == 7) <= 0`:              "count(gauge == 7) is always 1 or more, so this is never true",
		`rate(requests_total[5m]) < 0`:        "rate(requests_total[5m]) is always 0 or more, so this is never true",
		`0 > sum(rate(requests_total[5m]))`:   "sum(rate(requests_total[5m])) is always 0 or more, so this is never true",
		`absent(nothing) == 0`:                "absent(nothing) is always 1, so this is never true",
		`absent(nothing) != 1`:                "absent(nothing) is always 1, so this is never true",
		`day_of_week() == 7`:                  "day_of_week() is always from 0 to 6, so this is never true",
		`count_over_time(gauge[5m]) < 1`:      "count_over_time(gauge[5m]) is always 1 or more, so this is never true",
		`gauge > 5 and gauge < 3`:             "no value of gauge fulfils all of these conditions",
		`stddev(gauge) < 0`:                   "stddev(gauge) is always 0 or more, so this is never true",
		`stdvar by (k) (gauge) < 0`:           "stdvar by (k) (gauge) is always 0 or more, so this is never true",
		`cos(gauge) > 1`:                      "cos(gauge) is always from -1 to 1, so this is never true",
		`clamp_max(gauge, 5) > 10`:            "clamp_max(gauge, 5) is always 5 or less, so this is never true",
		`clamp(gauge, 1, 5) < 1`:              "clamp(gauge, 1, 5) is always from 1 to 5, so this is never true",
		`round(rate(requests_total[5m])) < 0`: "round(rate(requests_total[5m])) is always 0 or more, so this is never true",
		`gauge > Inf`:                         "no value is greater than Inf",
		`-Inf > gauge`:                        "no value is less than -Inf",
		`gauge == NaN`:                        "no value compares with NaN, and NaN is not equal to itself either",
		`gauge > NaN`:                         "no value compares with NaN, and NaN is not equal to itself either",
		`NaN <= gauge`:                        "no value compares with NaN, and NaN is not equal to itself either",
		`gauge > 1 unless gauge > 1`:          "unless leaves nothing: whatever fulfils the left side fulfils the right side",
		`gauge > 5 unless on () gauge > 1`:    "unless leaves nothing: whatever fulfils the left side fulfils the right side",
		`gauge > 1 unless gauge`:              "unless leaves nothing: whatever fulfils the left side fulfils the right side",
		`gauge unless gauge`:                  "unless leaves nothing: whatever fulfils the left side fulfils the right side",
		`hour() > 22 and on () hour() < 6`:    "no value of hour() fulfils all of these conditions",
		`sum by (k) (gauge) > 9 and on (k) sum by (k) (gauge) < 6`: "no value of sum by (k) (gauge) fulfils all of these conditions",
	} {
		e := newExpr(rulefile.Text{V: text})
		found := (promqlImpossible{}).CheckExpr(e)
		if len(found) != 1 || found[0].Message != want || found[0].Suggestion == "" {
			t.Errorf("%s: %+v, want %q", text, found, want)
		}
		if result := evaluate(t, engine, storage, text); len(result) > 0 {
			t.Errorf("%s returns %v", text, result)
		}
	}
}
