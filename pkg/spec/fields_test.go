package spec

import (
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

func TestManifestObservabilityDeclaresMetrics(t *testing.T) {
	s := one(t, `
-- services/checkout.yaml --
apiVersion: srm/v1
kind: ServiceReliabilityManifest
metadata: {name: checkout, team: shop, tier: low}
spec:
  type: api
  observability:
    prometheus_job: checkout
    metrics: [orders_created_total]
`, "")
	if len(s.Metrics) != 1 || s.Metrics[0].Name.V != "orders_created_total" {
		t.Errorf("metrics %+v, want orders_created_total", s.Metrics)
	}
}

func TestFieldThatIsNotReadIsReported(t *testing.T) {
	l := load(t, `
-- services/checkout.yaml --
name: checkout
team: shop
tier: low
type: api
alerts: [CheckoutErrors]
`, "")
	if len(l.Findings) != 1 || l.Findings[0].Rule != "spec/unknown-field" || l.Findings[0].Severity != report.Warning || l.Findings[0].Line != 5 {
		t.Errorf("findings %s, want spec/unknown-field at line 5", lines(l.Findings))
	}
}

// TestNameOfAHistogramIsThatOfTheService makes sure that the short form of a latency
// reads the service's own series, as that of a counter does.
func TestNameOfAHistogramIsThatOfTheService(t *testing.T) {
	for metric, want := range map[string]string{
		"http_request_duration_seconds":               `http_request_duration_seconds{service="pay"}`,
		`'http_request_duration_seconds{job="pay"}'`:  `http_request_duration_seconds{job="pay"}`,
		"'sum(rate(http_request_seconds_count[5m]))'": `sum(rate(http_request_seconds_count[5m]))`,
	} {
		s := one(t, `
-- pay.yaml --
service: {name: pay, team: money, tier: low, type: api}
resources:
  - {kind: SLO, name: fast, spec: {objective: 99, indicator: {type: latency, metric: `+metric+`, threshold_ms: 300}, window: 30d}}
`, "")
		if got := s.SLOs[0].Indicator; got.Query.V != want || got.Kind != IndicatorLatency || got.Query.At.Line() != 3 {
			t.Errorf("%s is read as %s at line %d, want %s", metric, got.Query.V, got.Query.At.Line(), want)
		}
	}
}
