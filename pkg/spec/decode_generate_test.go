package spec

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhatGeneratorsRead makes sure that how a dependency is reached and measured
// comes out of the file as it was written.
func TestWhatGeneratorsRead(t *testing.T) {
	s := one(t, `
-- pay.yaml --
service:
  name: pay
  team: money
  tier: critical
  type: api
  kubernetes: {namespace: shop, workload: pay-api}
  alerts: {overrides: {ServiceTrafficAbsent: {threshold: 5}}}
  oncall: {secondary: [bob@example.com], primary: [ann@example.com]}
resources:
  - kind: Dependencies
    name: d
    spec:
      databases:
        - name: orders
          type: postgresql
          selector: {job: orders-db}
          labels: {cluster: main}
          host: db.example.com
          port: 5433
          username: watcher
          secret: {name: orders-db, key: password}
          tls: true
          exporter: {version: v0.17.0, args: [--log.level=warn], collectors: [--collector.postmaster]}
          alerts:
            overrides:
              PostgresqlConnectionsHigh: {threshold: 0.9, for: 10m, severity: info}
              PostgresqlDeadlocks: {disabled: true}
            owner: ledger
  - kind: Observability
    name: o
    spec:
      metrics: {port: 8080, http.requests_total: 'requests{job="x"}'}
      metric_overrides: {redis.latency: {metric: redis_ms_bucket, scale: 0.001}}
      logs: {selector: '{app="pay"}', dependency_selector: '{app="${service}-${dependency_name}"}', format: json}
`, "")
	d := s.Dependencies[0]
	var selector []string
	for _, e := range d.Selector {
		selector = append(selector, e.Key+"="+e.Value.V)
	}
	want := map[string]any{
		"selector":   []string{"cluster=main", "job=orders-db"},
		"connection": []any{"db.example.com", "5433", "", "watcher", "orders-db", "password", true},
		"exporter":   []string{"v0.17.0", "--log.level=warn", "--collector.postmaster"},
		"alerts":     []any{"PostgresqlConnectionsHigh", 0.9, "10m", "info", "PostgresqlDeadlocks", true, "ledger"},
		"own alerts": []any{"ServiceTrafficAbsent", 5.0},
		"overrides":  []any{"http.requests_total", `requests{job="x"}`, 1.0, "redis.latency", "redis_ms_bucket", 0.001},
		"logs":       []string{`{app="pay"}`, `{app="pay-${dependency_name}"}`, "json"},
		"workload":   []string{"shop", "pay-api"},
		"oncall":     []string{"primary", "ann@example.com", "secondary", "bob@example.com"},
	}
	c, e, a, m := d.Connection, d.Exporter, d.Alerts, s.MetricOverrides
	got := map[string]any{
		"selector":   selector,
		"connection": []any{c.Host.V, c.Port.V, c.Database.V, c.Username.V, c.SecretName.V, c.SecretKey.V, c.TLS.V},
		"exporter":   []string{e.Version.V, e.Args[0].V, e.Collectors[0].V},
		"alerts":     []any{a[0].Alert.V, a[0].Threshold.V, a[0].For.V, a[0].Severity.V, a[1].Alert.V, a[1].Disabled.V, d.AlertOwner.V},
		"own alerts": []any{s.AlertOverrides[0].Alert.V, s.AlertOverrides[0].Threshold.V},
		"overrides":  []any{m[0].Intent.V, m[0].Metric.V, m[0].Scale.V, m[1].Intent.V, m[1].Metric.V, m[1].Scale.V},
		"logs":       []string{s.Logs.Selector.V, s.Logs.DependencySelector.V, s.Logs.Format.V},
		"workload":   []string{s.Workload.Namespace.V, s.Workload.Name.V},
		"oncall":     []string{s.OnCall[0].Level, s.OnCall[0].Users[0].V, s.OnCall[1].Level, s.OnCall[1].Users[0].V},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
