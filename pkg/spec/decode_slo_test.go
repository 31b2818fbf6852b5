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
		{`type: latency, metric: paid_seconds, threshold_ms: 250, selector: {env: "${env}"}`, `paid_seconds` + own + `}`, ""},
		{`metric: paid_queue, threshold: 5, selector: {env: "${env}"}`, `paid_queue` + own + `}`, ""},
		{`query: 'avg(ok_ratio)', selector: {env: "${env}"}`, `avg(ok_ratio)`, "slo/indicator: selector picks the series of an SLO that writes no query, and this one does"},
		{`type: availability, selector: {"a b": c}`, `sum(rate(http_requests_total{service="pay"}[5m]))`, `spec/value: "a b" in selector is not the name of a label`},
	}
	for _, test := range tests {
		r := load(t, "\n-- pay.yaml --\nname: pay\nteam: money\ntier: high\ntype: api\nenvironments: {prod: {}}\nslos:\n  - {name: main, objective: 99.9, window: 30d, "+test.slo+"}\n", "prod")
		i := r.Services[0].SLOs[0].Indicator
		if diff := cmp.Diff(test.want, i.Total.V+i.Query.V+i.Ratio.V+i.Metric.V); diff != "" {
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

// TestSelectorOfTheServiceGoesIntoQueriesThatNobodyWrote makes sure that a label is
// written once for all SLOs, in every shape, and that the SLO's own goes before.
func TestSelectorOfTheServiceGoesIntoQueriesThatNobodyWrote(t *testing.T) {
	const (
		flat     = "name: pay\nteam: money\ntier: high\ntype: api\n"
		slo      = "slos:\n  - {name: main, objective: 99.9, window: 30d, "
		selector = "selector: {region: eu, env: \"${env}\"}\n"
	)
	for name, test := range map[string]struct{ file, want, finding string }{
		"default":     {flat + selector + slo + "type: availability}", `sum(rate(http_requests_total{service="pay",env="prod",region="eu"}[5m]))`, ""},
		"slo":         {flat + selector + slo + "type: availability, selector: {region: us, zone: a}}", `sum(rate(http_requests_total{service="pay",env="prod",region="us",zone="a"}[5m]))`, ""},
		"query":       {flat + selector + slo + "query: avg(ok_ratio)}", `avg(ok_ratio)`, ""},
		"environment": {flat + "environments: {prod: {selector: {env: live}}}\n" + slo + "type: availability}", `sum(rate(http_requests_total{service="pay",env="live"}[5m]))`, ""},
		"nested": {
			"service: {name: pay, team: money, tier: high, type: api, selector: {env: \"${env}\"}}\nresources:\n  - {kind: SLO, name: main, spec: {objective: 99.9, window: 30d, type: availability}}",
			`sum(rate(http_requests_total{service="pay",env="prod"}[5m]))`, "",
		},
		"manifest": {
			"apiVersion: srm/v1\nkind: ServiceReliabilityManifest\nmetadata: {name: pay, team: money, tier: high}\nspec:\n  type: api\n  selector: {env: \"${env}\"}\n  slos: {availability: {target: 99.9, window: 30d}}",
			`sum(rate(http_requests_total{service="pay",env="prod"}[5m]))`, "",
		},
		"service label": {
			flat + "selector: {service: pay2}\n" + slo + "type: availability}", `sum(rate(http_requests_total{service="pay"}[5m]))`,
			"spec/value: selector names the label service, which is the name of the service in all queries",
		},
	} {
		r := load(t, "\n-- pay.yaml --\n"+test.file+"\n", "prod")
		i := r.Services[0].SLOs[0].Indicator
		if got := i.Total.V + i.Ratio.V; got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
		var found []string
		for _, f := range r.Findings {
			if f.Rule != "slo/query-missing" {
				found = append(found, f.Rule+": "+f.Message)
			}
		}
		if got := strings.Join(found, "\n"); got != test.finding {
			t.Errorf("%s: findings %s, want %s", name, got, test.finding)
		}
	}
}
