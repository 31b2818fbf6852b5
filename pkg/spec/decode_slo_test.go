package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSelectorPicksTheSeriesOfQueriesThatNobodyWrote makes sure that two environments in
// one Prometheus can be told apart without writing queries, and that nobody believes in
// a selector that is not read.
func TestSelectorPicksTheSeriesOfQueriesThatNobodyWrote(t *testing.T) {
	const own = `{service="pay",env="prod"`
	tests := []struct{ slo, want, finding string }{
		{`type: availability, selector: {env: "${env}"}`, `sum(rate(http_requests_total` + own + `}[5m]))`, ""},
		{`type: latency, threshold_ms: 250, selector: {env: "${env}"}`, `histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket` + own + `}[5m])))`, ""},
		{`metric: paid_total, success_filter: 'ok="1"', selector: {env: "${env}"}`, `sum(rate(paid_total` + own + `}[5m]))`, ""},
		{`query: 'avg(ok_ratio)', selector: {env: "${env}"}`, `avg(ok_ratio)`, "slo/indicator: selector picks the series of an SLO that writes no query, and this one does"},
		{`type: availability, selector: {"a b": c}`, `sum(rate(http_requests_total{service="pay"}[5m]))`, `spec/value: "a b" in selector is not the name of a label`},
	}
	for _, test := range tests {
		r := load(t, "\n-- pay.yaml --\nname: pay\nteam: money\ntier: high\ntype: api\nenvironments: {prod: {}}\nslos:\n  - {name: main, objective: 99.9, window: 30d, "+test.slo+"}\n", "prod")
		i := r.Services[0].SLOs[0].Indicator
		if diff := cmp.Diff(test.want, i.Total.V+i.Query.V+i.Ratio.V); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.slo, diff)
		}
		var found []string
		for _, f := range r.Findings {
			found = append(found, f.Rule+": "+f.Message)
		}
		if got := strings.Join(found, "\n"); got != test.finding {
			t.Errorf("%s: findings %s", test.slo, got)
		}
	}
}
