package verify

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
)

// declared returns what a service wants, as selectors; optional ones end in a
// question mark.
func declared(s *spec.Service, targetLabels bool) []string {
	var out []string
	for _, w := range (contract{label: "service", targetLabels: targetLabels}).of(0, s) {
		text := w.selector("service")
		if !w.required {
			text += "?"
		}
		out = append(out, text)
	}
	return out
}

func TestContractOfExpressions(t *testing.T) {
	tests := []struct {
		expr string
		want []string
	}{
		{`up == 0`, []string{`up{service="checkout"}`}},
		{`max(kafka_consumer_lag_seconds) > 5`, []string{`kafka_consumer_lag_seconds{service="checkout"}`}},
		{`absent(foo_metric)`, []string{`foo_metric{service="checkout"}`}},
		{`a + b`, []string{`a{service="checkout"}`, `b{service="checkout"}`}},
		{`http_requests_total offset 5m`, []string{`http_requests_total{service="checkout"}`}},
		{`{__name__="foo_total"}`, []string{`foo_total{service="checkout"}`}},
		{`sum(rate(m{path="metric_in_label{x}"}[5m]))`, []string{`m{path="metric_in_label{x}",service="checkout"}`}},
		{`x{a="b[1]"}`, []string{`x{a="b[1]",service="checkout"}`}},
		{"foo # comment{a}\n+ bar{a=\"b\"}", []string{`foo{service="checkout"}`, `bar{a="b",service="checkout"}`}},
		{`avg{a="b"}`, []string{`avg{a="b",service="checkout"}`}},
		{`job:foo:rate5m{service="a"}`, []string{`job:foo:rate5m{service="a"}`}},
		{`histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))`, []string{`x_bucket{service="checkout"}`}},
		{`{"http.requests"}`, []string{`{"http.requests",service="checkout"}`}},
		{`{__name__=~"foo_.*"}`, []string{`{__name__=~"foo_.*",service="checkout"}`}},
		{`a{service=~"x|y"}`, []string{`a{service=~"x|y"}`}},
		{`a{service="x"} * on (pod) group_left () kube_pod_info`, []string{`a{service="x"}`, `kube_pod_info`}},
		{`up{job="db"} == 0`, []string{`up{job="db"}`}},
		{`up{job=~".*"} == 0`, []string{`up{job=~".*",service="checkout"}`}},
		{`up{job!="db"} == 0`, []string{`up{job!="db",service="checkout"}`}},
		{`a{x="1",y="2"} / a{y="2",x="1"}`, []string{`a{service="checkout",x="1",y="2"}`}},
		{`1 + 1`, nil},
		{`ALERTS{alertname="x"}`, nil},
		{`sum(rate(`, nil},
		{strings.Repeat("a + ", 3) + "a", []string{`a{service="checkout"}`}},
	}
	for _, tt := range tests {
		s := &spec.Service{
			Name:   spec.Value[string]{V: "checkout"},
			Alerts: []spec.Alert{{Expr: spec.Value[string]{V: tt.expr}}},
		}
		if diff := cmp.Diff(tt.want, declared(s, true)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.expr, diff)
		}
	}
}

func TestContractReadsEverySpellingOfAnIndicator(t *testing.T) {
	s := checkout(t, `
  - kind: SLO
    name: a
    spec: {objective: 99.9, window: 30d, indicator: {query: 'sum(rate(a_good[5m])) / sum(rate(a_all[5m]))'}}
  - kind: SLO
    name: b
    spec: {objective: 99.9, window: 30d, indicators: [{success_ratio: {good_query: 'sum(rate(b_good[5m]))', total_query: 'sum(rate(b_all[5m]))'}}]}
  - kind: SLO
    name: c
    spec: {objective: 99.9, window: 30d, indicator: {error_query: 'sum(rate(c_bad[5m]))', total_query: 'sum(rate(c_all[5m]))'}}
  - kind: SLO
    name: d
    spec: {objective: 99, window: 30d, indicators: [{latency_query: 'histogram_quantile(0.9, sum by (le) (rate(d_bucket[5m])))', threshold_ms: 200}]}
  - kind: Observability
    name: signals
    spec:
      metrics:
        - plain
        - {name: needed, required: true, labels: {kind: x}}
        - otel.name
`)
	want := []string{
		`a_good{service="checkout"}`, `a_all{service="checkout"}`, `b_good{service="checkout"}`, `b_all{service="checkout"}`,
		`c_bad{service="checkout"}`, `c_all{service="checkout"}`, `d_bucket{service="checkout"}`,
		`plain{service="checkout"}?`, `needed{kind="x",service="checkout"}`,
		`{"otel.name",service="checkout"}?`,
	}
	if diff := cmp.Diff(want, declared(s, true)); diff != "" {
		t.Errorf("contract (-want +got):\n%s", diff)
	}
}

func TestASelectorDeclaredTwiceIsOneMetricOfTheHighestCriticality(t *testing.T) {
	s := checkout(t, `
  - kind: Observability
    name: signals
    spec: {metrics: [orders_total]}
  - kind: Alert
    name: no-orders
    spec: {expr: 'rate(orders_total[5m]) == 0'}
`)
	m := verifyOne(t, newEngine(t, ""), s).Services[0].Metrics
	if len(m) != 1 || !m[0].Required {
		t.Fatalf("metrics %+v, want one that is required", m)
	}
	want := []report.MetricSource{
		{Kind: "Alert", Resource: "no-orders", Field: "spec.expr", Line: 12},
		{Kind: "Observability", Resource: "signals", Field: "spec.metrics[0]", Line: 9},
	}
	if diff := cmp.Diff(want, m[0].Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}

func TestADefaultQuerySaysThatNobodyWroteIt(t *testing.T) {
	s := checkout(t, `
  - kind: SLO
    name: availability
    spec: {objective: 99.9, window: 30d, indicator: {type: availability}}
`)
	r := verifyOne(t, newEngine(t, ""), s)
	if len(r.Findings) == 0 {
		t.Fatal("no finding")
	}
	for _, f := range r.Findings {
		if !strings.Contains(f.Message, "default of service type api") || f.Line == 0 {
			t.Errorf("%s: %q does not name the default, or the place", f.Position(), f.Message)
		}
	}
}

func TestAServiceThatDeclaresNothingWarns(t *testing.T) {
	e := newEngine(t, "")
	r := verifyOne(t, e, checkout(t, "\n  - kind: Dependencies\n    name: deps\n    spec: {}\n"))
	if got := rules(r.Findings); !cmp.Equal(got, []string{RuleNoMetrics}) || r.Services[0].Verdict != report.Warn {
		t.Errorf("findings %v, verdict %s; want a warning", got, r.Services[0].Verdict)
	}
	if len(e.calls) > 0 {
		t.Errorf("asked %v for nothing", e.calls)
	}
}

func TestAPageOfMetricsNeedsNoTargetLabels(t *testing.T) {
	src, err := source.NewDump("metrics.prom", []byte("requests_total{code=\"200\"} 7\nlatency_seconds_bucket{le=\"+Inf\"} 7\nlatency_seconds_count 7\nlatency_seconds_sum 1\n"), source.Options{Now: evaluation()})
	if err != nil {
		t.Fatal(err)
	}
	s := checkout(t, `
  - kind: Alert
    name: a
    spec: {expr: 'rate(requests_total{service="checkout",job="shop",instance="i",code="200"}[5m]) > 1'}
  - kind: Alert
    name: b
    spec: {expr: 'rate(requests_total{code="201"}[5m]) > 1'}
  - kind: Observability
    name: signals
    spec: {metrics: [latency_seconds, request_total]}
`)
	r := Run(t.Context(), src, []*spec.Service{s}, Options{At: evaluation()})
	want := []report.MetricState{report.MetricOK, report.MetricWrongLabels, report.MetricOK, report.MetricMissing}
	if diff := cmp.Diff(want, states(r)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if got := r.Findings[1].Suggestion; !strings.Contains(got, "requests_total") {
		t.Errorf("suggestion %q does not name requests_total", got)
	}
}

func TestTheServiceLabelIsAnOption(t *testing.T) {
	e := newEngine(t, `requests_total{app="checkout"} `+always)
	s := checkout(t, alert("requests_total > 1"))
	for label, want := range map[string]report.MetricState{"service": report.MetricOtherService, "app": report.MetricOK, "k8s.app": report.MetricOtherService} {
		r := Run(t.Context(), e, []*spec.Service{s}, Options{At: evaluation(), ServiceLabel: label})
		if got := r.Services[0].Metrics[0].State; got != want {
			t.Errorf("--service-label %s: state %s, want %s", label, got, want)
		}
	}
}
