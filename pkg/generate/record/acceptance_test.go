package record

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/source/ruler"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

const availability = `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
`

// history is the time of clean traffic before the test begins.
const history = 3 * 24 * time.Hour

// traffic runs the generated rules of the service pay every 30 seconds over series
// with a sample each 30 seconds.
func traffic(t *testing.T, until time.Duration, watch []time.Time, series ...string) *ruler.Ruler {
	t.Helper()
	return simulate(t, []generate.Job{job(spectest.Services(t, availability)[0])}, until, watch, series...)
}

// simulate does the same with the rules of several jobs in one server.
func simulate(t *testing.T, jobs []generate.Job, until time.Duration, watch []time.Time, series ...string) *ruler.Ruler {
	t.Helper()
	var groups []rulefmt.RuleGroup
	for _, j := range jobs {
		for _, g := range []generate.Generator{Rules{}, BurnRate{}} {
			groups = append(groups, parsed(t, g.Generate(j)).Groups...)
		}
	}
	var inputs []ruler.Input
	for _, s := range series {
		lset, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(s)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, ruler.Input{Labels: lset, Step: 30 * time.Second, Values: values})
	}
	r, err := ruler.New(groups, inputs, ruler.Options{Start: time.Unix(0, 0), End: time.Unix(0, 0).Add(until), Step: 30 * time.Second, Watch: watch})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// after is a time of the test, in minutes since the errors began.
func after(minutes int) time.Time {
	return time.Unix(0, 0).Add(history + time.Duration(minutes)*time.Minute)
}

// TestBurnRateAlertsFireInTheirMinute runs three clean days and then a constant share
// of errors. The figures follow from the definition: with 2 % errors the last hour
// holds more than 1.44 % after 43.2 minutes, and the alert waits 2 more; with 0.5 %
// the last day holds more than 0.3 % after 864 minutes, and the alert waits an hour.
func TestBurnRateAlertsFireInTheirMinute(t *testing.T) {
	const never = -1
	tests := []struct {
		name      string
		good, bad int // events each 30 seconds once the errors begin
		until     int
		first     map[string]int
	}{
		{"2 % errors", 980, 20, 50, map[string]int{"SLOErrorBudgetBurnFast": 46, "SLOErrorBudgetBurnHigh": never, "SLOErrorBudgetBurnMedium": never, "SLOErrorBudgetBurnSlow": never}},
		{"0.5 % errors", 995, 5, 1400, map[string]int{"SLOErrorBudgetBurnFast": never, "SLOErrorBudgetBurnHigh": never, "SLOErrorBudgetBurnMedium": 924, "SLOErrorBudgetBurnSlow": 1044}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clean, rest := int(history/(30*time.Second)), 2*test.until+1
			var watch []time.Time
			for m := range test.until + 1 {
				watch = append(watch, after(m))
			}
			r := traffic(t, history+time.Duration(test.until)*time.Minute, watch,
				fmt.Sprintf(`req_total{service="pay",code="200"} 0+1000x%d %d+%dx%d`, clean, clean*1000+test.good, test.good, rest),
				fmt.Sprintf(`req_total{service="pay",code="500"} 0x%d %d+%dx%d`, clean, test.bad, test.bad, rest))
			first := map[string]int{}
			for name := range test.first {
				first[name] = slices.IndexFunc(watch, func(at time.Time) bool { return len(r.Firing(name, at)) > 0 })
			}
			if diff := cmp.Diff(test.first, first); diff != "" {
				t.Errorf("the minute of the first alert, -want +got:\n%s", diff)
			}
		})
	}
}

// TestErrorRatioAtItsEnds makes sure that a service whose requests all fail has an
// error ratio of 1 and not none, for then it has no series of successes, and that
// one without failures has 0.
func TestErrorRatioAtItsEnds(t *testing.T) {
	const at = 30 * time.Minute
	tests := []struct {
		name   string
		series []string
		ratio  []float64
		alerts []string
	}{
		{"only failures", []string{`req_total{service="pay",code="500"} 0+10x60`}, []float64{1}, []string{"SLOErrorBudgetBurnFast", "SLOErrorBudgetBurnHigh"}},
		{"only successes", []string{`req_total{service="pay",code="200"} 0+10x60`}, []float64{0}, nil},
		{"no traffic", []string{`req_total{service="pay",code="200"} 7x60`, `req_total{service="pay",code="500"} 3x60`}, nil, nil},
		{"no metric", nil, nil, []string{"SLOMetricsAbsent"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := traffic(t, at, nil, test.series...)
			for _, w := range []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"} {
				if diff := cmp.Diff(test.ratio, query(t, r, "slo:sli_error:ratio_rate"+w, at)); diff != "" {
					t.Errorf("the error ratio of %s, -want +got:\n%s", w, diff)
				}
			}
			var alerts []string
			v, err := r.Query(t.Context(), `count by (alertname) (ALERTS{alertstate="firing"})`, time.Unix(0, 0).Add(at))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range v {
				alerts = append(alerts, s.Metric.Get("alertname"))
			}
			if diff := cmp.Diff(test.alerts, alerts); diff != "" {
				t.Errorf("alerts, -want +got:\n%s", diff)
			}
		})
	}
}

func query(t *testing.T, r *ruler.Ruler, expr string, at time.Duration) []float64 {
	t.Helper()
	v, err := r.Query(t.Context(), expr, time.Unix(0, 0).Add(at))
	if err != nil {
		t.Fatal(err)
	}
	var out []float64
	for _, s := range v {
		out = append(out, s.F)
	}
	return out
}
