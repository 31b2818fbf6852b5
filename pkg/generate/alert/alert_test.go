package alert

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

func catalogue(t *testing.T) *tech.Catalog {
	t.Helper()
	high, ratio := 0.8, 0.05
	alert := func(name string, severity tech.Severity, expr string) tech.Alert {
		return tech.Alert{Name: name, Severity: severity, Expr: expr, For: "5m", Summary: name + " on {{ $labels.instance }}", Description: "Look."}
	}
	connections := alert("PostgresqlConnectionsHigh", tech.Warning, "sum by (instance) (pg_connections) / max by (instance) (pg_max) > 0.8")
	connections.Threshold = &high
	wraparound := alert("PostgresqlWraparound", tech.Critical, "pg_wraparound > 1")
	wraparound.Needs = "--collector.wraparound"
	errorsHigh := alert("ServiceErrorRatioHigh", tech.Critical, "sum(rate(http:errors[5m])) / sum(rate(http:requests[5m])) > 0.05")
	errorsHigh.Threshold = &ratio
	c, err := tech.New(
		tech.Technology{Name: "postgresql", Title: "PostgreSQL", Kind: tech.KindDatabase, Aliases: []string{"postgres"}, Alerts: []tech.Alert{
			alert("PostgresqlDown", tech.Critical, "pg_up == 0"), alert("PostgresqlAbsent", tech.Warning, "absent(pg_up)"),
			connections, wraparound, alert("PostgresqlCacheLow", tech.Info, "pg_cache < 1"),
		}},
		tech.Technology{Name: "traefik", Title: "Traefik", Kind: tech.KindProxy, Alerts: []tech.Alert{alert("TraefikDown", tech.Critical, "min by (service) (traefik_up) == 0")}},
		tech.Technology{
			Name: "kubernetes", Title: "Kubernetes", Kind: tech.KindInfrastructure, Workload: true,
			Metrics: []tech.Metric{{Name: "kube_pod", Labels: []string{"pod"}}, {Name: "kube_deployment", Labels: []string{"deployment"}}, {Name: "kube_node"}},
			Alerts:  []tech.Alert{alert("KubeDown", tech.Critical, "kube_pod + kube_deployment + kube_node == 0")},
		},
		tech.Technology{
			Name: "http", Title: "HTTP", Kind: tech.KindService, Types: []string{"api"}, Outcome: &tech.Outcome{Labels: []string{"status"}, Errors: "5.."},
			Intents: []tech.Intent{
				{Name: "requests", Type: tech.Counter, Candidates: []tech.Candidate{{Selector: "http_requests_total"}}},
				{Name: "errors", Type: tech.Counter, ErrorsOf: "requests"},
			},
			Alerts: []tech.Alert{errorsHigh},
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const pay = `
-- pay.yaml --
service:
  {name: pay, team: money, tier: critical, type: api, runbook: '', kubernetes: {namespace: shop}}
resources:
  - kind: Dependencies
    name: d
    spec:
      databases:
        - {name: orders, type: postgres, selector: {job: orders-db}, alerts: {overrides: {PostgresqlConnectionsHigh: {threshold: 0.9, for: 10m, severity: info}}}}
        - {name: audit, type: postgresql, exporter: {collectors: [--collector.wraparound]}, alerts: {overrides: {PostgresqlDown: {disabled: true}, PostgresqlDwn: {for: 1m}, PostgresqlCacheLow: {threshold: 2}}}}
        - {name: ledger, type: cassandra}
      proxies: [traefik]
      external_apis: [{name: stripe, type: rest}]
      services: [{name: identity}]
  - {kind: Alert, name: QueueLong, spec: {expr: 'queue > 5', for: 5m, severity: critical, labels: {team: other}, annotations: {description: "{{ $value }} jobs"}}}
`

func generated(t *testing.T, archive, environment string) generate.Result {
	t.Helper()
	s := spectest.Load(t, archive, environment).Services[0]
	job := generate.Job{Service: s, Catalog: catalogue(t), Metrics: intent.Offline(s), Options: generate.Options{RunbookURL: "https://runbooks.example.com/", GrafanaURL: "https://grafana.example.com"}}
	r := Alerts{}.Generate(job)
	for _, a := range r.Artefacts {
		_, errs := rulefmt.Parse(a.Bytes, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
		for _, err := range errs {
			t.Errorf("%v in\n%s", err, a.Bytes)
		}
	}
	return r
}

func TestGolden(t *testing.T) {
	r := generated(t, pay, "")
	filetest.Golden(t, "testdata/alerts.yaml", string(r.Artefacts[0].Bytes))
	var findings strings.Builder
	for _, f := range r.Findings {
		findings.WriteString(f.Position().String() + ": " + string(f.Severity) + ": " + f.Message + " [" + f.Suggestion + "] (" + f.Rule + ")\n")
	}
	for _, l := range r.LeftOut {
		findings.WriteString("left out: " + l.Why + "\n")
	}
	filetest.Golden(t, "testdata/findings.txt", findings.String())
	if again := generated(t, pay, ""); !cmp.Equal(again.Artefacts[0].Bytes, r.Artefacts[0].Bytes) {
		t.Error("the file differs from run to run")
	}
}

// TestNoSelectorIsLeftUnscoped makes sure that ten services with a database do not
// page ten teams for all databases.
func TestNoSelectorIsLeftUnscoped(t *testing.T) {
	var file rulefmt.RuleGroups
	r := generated(t, pay, "")
	groups, _ := rulefmt.Parse(r.Artefacts[0].Bytes, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
	file = *groups
	for _, g := range file.Groups {
		if g.Name == "pay-own" {
			continue
		}
		for _, rule := range g.Rules {
			expr, err := parser.NewParser(parser.Options{}).ParseExpr(rule.Expr)
			if err != nil {
				t.Fatal(err)
			}
			for _, selectors := range parser.ExtractSelectors(expr) {
				if len(selectors) < 2 {
					t.Errorf("%s of %s reads %v of everybody", rule.Alert, g.Name, selectors)
				}
			}
		}
	}
}

// TestFilters makes sure that a tier and an environment decide together what is
// generated.
// TestAlertsStayWhereTheServerHasNothing makes sure that nobody's alerts go because what
// they watch is down, or was not scraped yet.
func TestAlertsStayWhereTheServerHasNothing(t *testing.T) {
	s := spectest.Load(t, pay, "").Services[0]
	offline := Alerts{}.Generate(generate.Job{Service: s, Catalog: catalogue(t), Metrics: intent.Offline(s)})
	up := intent.Presence{Asked: true, Names: map[string]bool{"up": true}}
	seen := map[string]intent.Presence{intent.Key("http", ""): up, intent.Key("postgresql", "orders"): up, intent.Key("postgresql", "audit"): {Asked: true}}
	got := Alerts{}.Generate(generate.Job{Service: s, Catalog: catalogue(t), Metrics: intent.Seen(s, seen)})
	for line := range strings.Lines(string(offline.Artefacts[0].Bytes)) {
		if strings.Contains(line, "alert: ") && strings.Count(string(got.Artefacts[0].Bytes), line) < strings.Count(string(offline.Artefacts[0].Bytes), line) {
			t.Errorf("gone: %s", line)
		}
	}
	var said []string
	for _, f := range got.Findings {
		if f.Rule == intent.RuleDiscovery {
			said = append(said, string(f.Severity)+" "+f.Message)
		}
	}
	want := []string{
		"info the server does not have the metrics of ServiceErrorRatioHigh for pay, so that they read those that are common",
		"info the server does not have the metrics of PostgresqlDown, PostgresqlAbsent, PostgresqlConnectionsHigh, PostgresqlWraparound, PostgresqlCacheLow for orders, so that they read those that are common",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFilters(t *testing.T) {
	tests := []struct {
		tier, environment string
		want              []string
	}{
		{"critical", "", []string{"Absent warning", "CacheLow info", "ConnectionsHigh warning", "Down critical"}},
		{"high", "", []string{"Absent warning", "ConnectionsHigh warning", "Down critical"}},
		{"standard", "prod", []string{"Absent warning", "ConnectionsHigh warning", "Down critical"}},
		{"low", "", []string{"Down warning"}},
		{"critical", "staging", []string{"Absent warning", "ConnectionsHigh warning", "Down critical"}},
		{"critical", "dev", []string{"Down critical"}},
		{"low", "dev", []string{"Down warning"}},
	}
	for _, test := range tests {
		t.Run(test.tier+" "+test.environment, func(t *testing.T) {
			r := generated(t, strings.ReplaceAll(`
-- pay.yaml --
service: {name: pay, team: money, tier: TIER, type: worker}
resources:
  - {kind: Dependencies, name: d, spec: {databases: [{name: orders, type: postgres, selector: {job: x}}]}}
`, "TIER", test.tier), test.environment)
			groups, _ := rulefmt.Parse(r.Artefacts[0].Bytes, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
			var got []string
			for _, rule := range groups.Groups[0].Rules {
				got = append(got, strings.TrimPrefix(rule.Alert, "Postgresql")+" "+rule.Labels["severity"])
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			left := 0
			for _, l := range r.LeftOut {
				left += l.Count
			}
			if left != 5-len(got) {
				t.Errorf("%d of 5 are there and %d left out: %+v", len(got), left, r.LeftOut)
			}
		})
	}
}

// TestWithoutAnything makes sure that a service that gives nothing to watch gives no
// file.
func TestWithoutAnything(t *testing.T) {
	r := generated(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: low, type: worker}\n", "")
	if diff := cmp.Diff(generate.Result{}, r); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
