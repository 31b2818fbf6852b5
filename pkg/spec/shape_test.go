package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// slo is what the tests compare of an SLO.
type slo struct {
	Name, Objective, Window string
	Kind                    IndicatorKind
	Threshold               float64
	Expr                    map[string]string
}

func slosOf(s *Service) []slo {
	var out []slo
	for _, o := range s.SLOs {
		x := slo{
			Name: o.Name.V, Objective: o.Objective.V.Text, Window: o.Window.V.Text,
			Kind: o.Indicator.Kind, Threshold: o.Indicator.Threshold.V, Expr: map[string]string{},
		}
		for _, e := range o.Indicator.Expressions() {
			x.Expr[e.Field] = strings.TrimSpace(e.Text.V)
		}
		out = append(out, x)
	}
	return out
}

func TestLoadReadsEveryShape(t *testing.T) {
	const good, total = `sum(rate(http_requests_total{service="pay",status!~"5.."}[5m]))`, `sum(rate(http_requests_total{service="pay"}[5m]))`
	quantile := `histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="pay"}[5m])))`
	events := slo{"availability", "99.9", "30d", IndicatorEvents, 0, map[string]string{"good": good, "total": total}}
	latency := slo{"latency-p99", "99", "30d", IndicatorLatency, 0.2, map[string]string{"query": quantile}}
	for _, tt := range []struct {
		name, file string
		shape      Shape
		want       []slo
	}{
		{"nested with success_ratio", `
-- pay.yaml --
apiVersion: nthlayer.dev/v1
kind: Service
service: {name: pay, team: money, tier: 1, type: service}
resources:
  - kind: SLO
    name: availability
    spec:
      objective: 99.9
      window: 30d
      indicators:
        - success_ratio:
            good_query: sum(rate(http_requests_total{service="${service}",status!~"5.."}[5m]))
            total_query: sum(rate(http_requests_total{service="${service}"}[5m]))
`, ShapeNested, []slo{events}},
		{"nested with success_rate and an error query", `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api}
resources:
  - kind: SLO
    name: availability
    spec:
      objective: 99.9
      window: 30d
      indicator:
        success_rate:
          error_query: sum(rate(http_errors_total{service="${service}"}[5m]))
          total_query: sum(rate(http_requests_total{service="${service}"}[5m]))
`, ShapeNested, []slo{{"availability", "99.9", "30d", IndicatorEvents, 0, map[string]string{"bad": `sum(rate(http_errors_total{service="pay"}[5m]))`, "total": total}}}},
		{"flat with short forms", `
-- pay.yaml --
name: pay
team: money
tier: T1
type: api
slos: {availability: 99.9, latency_p99_ms: 200, error_rate: 0.1}
`, ShapeFlat, []slo{
			events, latency,
			{"error-rate", "99.9", "30d", IndicatorEvents, 0, map[string]string{"good": good, "total": total}},
		}},
		{"flat with a list", `
-- pay.yaml --
name: pay
team: money
tier: critical
type: api
slos:
  - {name: paid, target: 99.9, window: 4w, metric: payments_total, success_filter: 'state="ok"'}
  - {name: lag, objective: 99, window: 7d, metric: 'max(lag_seconds{service="pay"})', threshold: 120}
  - {name: rate, objective: 99, window: 7d, query: 'sum(rate(http_requests_total{service="pay"}[5m]))', threshold_rps: 3}
`, ShapeFlat, []slo{
			{"paid", "99.9", "4w", IndicatorEvents, 0, map[string]string{
				"good": `sum(rate(payments_total{service="pay",state="ok"}[5m]))`, "total": `sum(rate(payments_total{service="pay"}[5m]))`,
			}},
			{"lag", "99", "7d", IndicatorThreshold, 120, map[string]string{"metric": `max(lag_seconds{service="pay"})`}},
			{"rate", "99", "7d", IndicatorThreshold, 3, map[string]string{"metric": total}},
		}},
		{"OpenSRM", `
-- pay.reliability.yaml --
apiVersion: opensrm/v1
kind: ServiceReliabilityManifest
metadata: {name: pay, tier: high}
spec:
  type: api
  ownership: {team: money, runbook: https://runbooks.example/pay}
  contract: {availability: 0.999}
  slos:
    availability: {target: 99.9, window: 30d}
    latency-p99: {type: latency, target: 200, unit: ms, percentile: p99, window: 30d}
    errors: {type: error_rate, target: 0.1, window: 30d}
    throughput: {minimum: 50, window: 7d, query: 'sum(rate(http_requests_total{service="${service}"}[5m]))'}
`, ShapeOpenSRM, []slo{
			events, latency,
			{"errors", "99.9", "30d", IndicatorEvents, 0, map[string]string{"good": good, "total": total}},
			{"throughput", "99", "7d", IndicatorThreshold, 50, map[string]string{"metric": total}},
		}},
		{"a quantile is latency whatever it is called", `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api}
resources:
  - kind: SLO
    name: latency-p99
    spec:
      objective: 99
      window: 30d
      threshold_ms: 200
      indicator:
        type: availability
        query: histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="${service}"}[5m])))
`, ShapeNested, []slo{latency}},
		{"several indicators are several SLOs", `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api}
resources:
  - kind: SLO
    name: edge
    spec:
      objective: 99
      window: 30d
      indicators:
        - {query: a / b}
        - {query: c / d}
`, ShapeNested, []slo{
			{"edge", "99", "30d", IndicatorRatio, 0, map[string]string{"ratio": "a / b"}},
			{"edge-2", "99", "30d", IndicatorRatio, 0, map[string]string{"ratio": "c / d"}},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := one(t, tt.file, "")
			if s.Name.V != "pay" || s.Team.V != "money" || s.Tier.V == "" || s.Type.V != TypeAPI || s.Shape != tt.shape {
				t.Errorf("got %s of team %s, tier %q, type %q, shape %s", s.Name.V, s.Team.V, s.Tier.V, s.Type.V, s.Shape)
			}
			if diff := cmp.Diff(tt.want, slosOf(s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOpenSRMGateDependenciesAndContract(t *testing.T) {
	s := one(t, `
-- pay.yaml --
apiVersion: srm/v1
kind: ServiceReliabilityManifest
metadata: {name: pay, team: money, tier: critical}
spec:
  type: api
  contract: {availability: 0.999}
  dependencies:
    - {name: ledger, type: api, critical: true, slo: {availability: 99.99}}
    - {name: orders, type: database, database_type: postgresql}
  deployment:
    gates:
      error_budget:
        policy: {thresholds: {warning: .20, critical: 0.125}, on_exhausted: [freeze_deploys]}
`, "")
	if got := s.Contract.Availability.V.Text; got != "99.9" {
		t.Errorf("contract %s, want 99.9", got)
	}
	g := s.Gates[0]
	if g.Warning.Percent != 20 || g.Blocking.Percent != 12.5 || g.OnExhausted[0].V != "freeze_deploys" {
		t.Errorf("gate %+v, want 20, 12.5 and freeze_deploys", g)
	}
	type dep struct{ Name, Kind, Type, Criticality, SLA string }
	var deps []dep
	for _, d := range s.Dependencies {
		deps = append(deps, dep{d.Name.V, string(d.Kind), d.Type.V, d.Criticality.V, d.SLA.V.Text})
	}
	want := []dep{{"ledger", "service", "", "critical", "99.99"}, {"orders", "database", "postgresql", "medium", ""}}
	if diff := cmp.Diff(want, deps); diff != "" {
		t.Error(diff)
	}
}
