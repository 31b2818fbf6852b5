package dashboard

import (
	"testing"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

func counter(name, selector string) tech.Intent {
	return tech.Intent{Name: name, Type: tech.Counter, Help: "What " + name + " counts.", Candidates: []tech.Candidate{{Selector: selector}}}
}

func gaugeOf(name, selector, by string) tech.Intent {
	return tech.Intent{Name: name, Type: tech.Gauge, Help: "The number of " + name + ".", Candidates: []tech.Candidate{{Selector: selector, By: by}}}
}

func chart(title, unit string, targets ...tech.Target) tech.Panel {
	return tech.Panel{Title: title, Type: "timeseries", Unit: unit, Help: title + ", as it is.", Overview: true, Targets: targets}
}

// shown returns a panel of the catalogue with a change.
func shown(p tech.Panel, change func(*tech.Panel)) tech.Panel {
	change(&p)
	return p
}

// small is a catalogue that stays as it is, whatever becomes known of real
// technologies.
func small(t testing.TB) *tech.Catalog {
	t.Helper()
	c, err := tech.New(http(), postgresql(), redis(), kubernetes())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func http() tech.Technology {
	return tech.Technology{
		Name: "http", Title: "HTTP", Kind: tech.KindService, Types: []string{"api", "web"}, Outcome: &tech.Outcome{Labels: []string{"status"}, Errors: "5.."},
		Intents: []tech.Intent{
			counter("requests", "http_requests_total"),
			{Name: "errors", Type: tech.Counter, ErrorsOf: "requests"},
			{Name: "duration", Type: tech.Histogram, Candidates: []tech.Candidate{{Selector: "http_request_duration_seconds_bucket"}}},
		},
		Panels: []tech.Panel{
			chart("Requests", "reqps", tech.Target{Expr: "sum(rate(http:requests[5m]))", Legend: "requests"}),
			chart("Error Ratio", "percentunit", tech.Target{Expr: "sum(rate(http:errors[5m])) / sum(rate(http:requests[5m]))", Legend: "errors"}),
			chart("Latency", "s", tech.Target{Expr: "histogram_quantile(0.95, sum by (le) (rate(http:duration[5m])))", Legend: "p95"}),
		},
	}
}

func postgresql() tech.Technology {
	return tech.Technology{
		Name: "postgresql", Title: "PostgreSQL", Kind: tech.KindDatabase, Aliases: []string{"postgres"}, Docs: "https://example.com/postgres_exporter",
		Exporter: &tech.Exporter{
			Name: "postgres_exporter", Image: "quay.io/example/postgres-exporter", Version: "v1.0.0", Probe: "pg_up",
			Helm: &tech.Helm{Chart: "example/postgres-exporter"},
		},
		Intents: []tech.Intent{
			gaugeOf("connections", "pg_stat_activity_count", "datname"), gaugeOf("max", "pg_settings_max_connections", ""),
			counter("hit", "pg_blks_hit"), counter("read", "pg_blks_read"), gaugeOf("lag", "pg_replication_lag_seconds", ""),
			{Name: "time", Type: tech.Derived, Help: "The mean time.", Candidates: []tech.Candidate{{Expr: "sum(rate(pg_seconds_total[5m])) / sum(rate(pg_calls_total[5m]))", Needs: "--collector.stat_statements"}}},
		},
		Panels: []tech.Panel{
			chart("Connections", "short", tech.Target{Expr: "sum by (by_connections) (postgresql:connections)", Legend: "{{by_connections}}"}, tech.Target{Expr: "max(postgresql:max)", Legend: "limit"}),
			shown(chart("Cache Hit Ratio", "percentunit", tech.Target{Expr: "sum(rate(postgresql:hit[5m])) / (sum(rate(postgresql:hit[5m])) + sum(rate(postgresql:read[5m])) > 0)", Legend: "hits"}), func(p *tech.Panel) {
				p.Type, p.Decimals = "gauge", new(2)
				p.Thresholds = []tech.Threshold{{Color: "red"}, {Color: "green", Value: new(0.99)}}
			}),
			shown(chart("Query Time", "s", tech.Target{Expr: "postgresql:time", Legend: "mean"}), func(p *tech.Panel) { p.Optional = true }),
			shown(chart("Replication Lag", "s", tech.Target{Expr: "max by (instance) (postgresql:lag)", Legend: "{{instance}}"}), func(p *tech.Panel) { p.Overview = false }),
		},
	}
}

func redis() tech.Technology {
	return tech.Technology{
		Name: "redis", Title: "Redis", Kind: tech.KindCache,
		Intents: []tech.Intent{gaugeOf("connections", "redis_connected_clients", ""), gaugeOf("state", "redis_state", "")},
		Panels: []tech.Panel{
			chart("Connections", "short", tech.Target{Expr: "sum(redis:connections)", Legend: "clients"}),
			shown(chart("State", "short", tech.Target{Expr: "max(redis:state)", Legend: "state"}), func(p *tech.Panel) {
				p.Type, p.Mappings = "stat", map[string]string{"0": "down", "1": "up"}
			}),
		},
	}
}

func kubernetes() tech.Technology {
	return tech.Technology{
		Name: "kubernetes", Title: "Kubernetes", Kind: tech.KindInfrastructure, Workload: true,
		Metrics: []tech.Metric{{Name: "kube_pod_status_ready", Labels: []string{"pod"}}},
		Intents: []tech.Intent{gaugeOf("ready", "kube_pod_status_ready", "")},
		Panels:  []tech.Panel{chart("Ready Pods", "short", tech.Target{Expr: "sum(kubernetes:ready)", Legend: "ready"})},
	}
}

// rich is a service with something in every row.
const rich = `
-- services/pay.yaml --
service:
  {name: pay, team: money, tier: critical, type: api, runbook: "https://runbooks.example.com/pay", kubernetes: {namespace: shop}, metadata: {repo: "https://git.example.com/money/pay"}}
resources:
  - kind: SLO
    name: availability
    spec: {objective: 99.9, window: 30d, indicator: {type: availability, good_query: 'sum(rate(http_requests_total{service="pay",status!~"5.."}[5m]))', total_query: 'sum(rate(http_requests_total{service="pay"}[5m]))'}}
  - kind: Dependencies
    name: d
    spec:
      databases:
        - {name: orders, type: postgres, selector: {job: orders-db}}
        - {name: ledger, type: foodb}
      caches: [{name: sessions, type: redis}]
`

func jobOf(t testing.TB, s *spec.Service, seen map[string]intent.Presence) generate.Job {
	t.Helper()
	return generate.Job{Service: s, Catalog: small(t), Metrics: intent.Seen(s, seen)}
}

func load(t testing.TB, archive, environment string) *spec.Service {
	t.Helper()
	return spectest.Load(t, archive, environment).Services[0]
}
