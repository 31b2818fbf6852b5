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
