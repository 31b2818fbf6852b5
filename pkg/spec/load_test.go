package spec

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
)

// workspace unpacks files in txtar form into a new folder and opens it.
func workspace(t testing.TB, files string) *Workspace {
	t.Helper()
	ws, err := OpenWorkspace(filetest.Unpack(t, files))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

// load reads every service file of a workspace.
func load(t testing.TB, files, environment string) Loaded {
	t.Helper()
	ws := workspace(t, files)
	found, err := ws.Find(context.Background(), []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	return Load(context.Background(), ws, found, Options{Environment: environment})
}

// one is load for a single service without findings.
func one(t testing.TB, files, environment string) *Service {
	t.Helper()
	l := load(t, files, environment)
	if len(l.Unreadable)+len(l.Findings) > 0 {
		t.Fatalf("findings: %s", lines(append(l.Unreadable, l.Findings...)))
	}
	if len(l.Services) != 1 {
		t.Fatalf("%d services, want one", len(l.Services))
	}
	return l.Services[0]
}

// lines prints findings as a user sees them.
func lines(findings []report.Finding) string {
	var b strings.Builder
	for _, f := range report.Normalise(findings) {
		b.WriteString(f.Position().String() + ": " + string(f.Severity) + ": " + f.Message)
		if f.Suggestion != "" {
			b.WriteString(" [" + f.Suggestion + "]")
		}
		b.WriteString(" (" + f.Rule + ")\n")
	}
	return b.String()
}

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

func TestTemplateKeepsWhatAnOverrideDoesNotName(t *testing.T) {
	s := one(t, `
-- pay.yaml --
service: {name: pay, team: money, template: critical-api}
resources:
  - kind: SLO
    name: latency-p95
    spec: {indicator: {threshold_ms: 300}}
`, "")
	if s.Tier.V != TierCritical || s.Type.V != TypeAPI || len(s.Resources) != 3 {
		t.Fatalf("tier %s, type %s, %d resources; want critical, api and 3", s.Tier.V, s.Type.V, len(s.Resources))
	}
	latency := s.SLOs[1]
	if latency.Objective.V.Text != "99.0" || latency.Indicator.Threshold.V != 0.3 || !strings.Contains(latency.Indicator.Query.V, `sum by (le)`) {
		t.Errorf("got %+v; want the template's objective and query with the threshold 0.3", slosOf(s)[1])
	}
	if at := s.SLOs[0].Objective.At; at.File != "pay.yaml" || at.Line != 1 {
		t.Errorf("a template's value is at %s, want the line that names the template", at.Position)
	}
}

func TestEveryBuiltInTemplateMakesASoundService(t *testing.T) {
	ws := workspace(t, "")
	templates, findings := Templates(context.Background(), ws, ".")
	if len(findings) > 0 {
		t.Fatal(lines(findings))
	}
	var names []string
	for _, tpl := range templates {
		names = append(names, tpl.Name)
		s := one(t, "-- x.yaml --\nservice: {name: x, team: t, template: "+tpl.Name+"}\n", "")
		if len(s.SLOs) != 2 || s.SLOs[0].Indicator.Kind != IndicatorEvents || s.SLOs[1].Indicator.Kind != IndicatorLatency {
			t.Errorf("%s: %+v, want an events and a latency SLO", tpl.Name, slosOf(s))
		}
	}
	want := []string{"background-job", "critical-api", "low-api", "ml", "pipeline", "standard-api", "stream", "worker"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestCustomTemplates(t *testing.T) {
	files := `
-- svc/x/service.yaml --
service: {name: x, team: t, template: [org, extra]}
-- .nthlayer/templates/ignored.yaml --
name: org
description: further away
tier: low
type: api
-- svc/.nthlayer/templates/org.yaml --
name: org
description: house standard
tier: standard
type: worker
resources:
  - kind: SLO
    name: success-rate
    spec: {objective: 99.5, window: 30d, query: a / b}
-- svc/.nthlayer/templates/extra.yml --
name: extra
description: on top
tier: low
type: worker
resources:
  - kind: SLO
    name: success-rate
    spec: {window: 7d}
-- svc/.nthlayer/templates/broken.yaml --
name: broken
tier: standart
`
	l := load(t, files, "")
	want := `svc/.nthlayer/templates/broken.yaml:1:1: error: the template has no description [add description:] (spec/template)
svc/.nthlayer/templates/broken.yaml:1:1: error: the template has no type [add type:] (spec/template)
svc/.nthlayer/templates/broken.yaml:2:7: error: "standart" is not a tier [write critical, high, standard, low] (spec/template)
`
	if diff := cmp.Diff(want, lines(append(l.Unreadable, l.Findings...))); diff != "" {
		t.Error(diff)
	}
	s := l.Services[0]
	if diff := cmp.Diff([]slo{{"success-rate", "99.5", "7d", IndicatorRatio, 0, map[string]string{"ratio": "a / b"}}}, slosOf(s)); diff != "" {
		t.Error(diff)
	}
	if s.Tier.V != TierLow {
		t.Errorf("tier %s, want the last template's", s.Tier.V)
	}
	if at := s.SLOs[0].Objective.At; at.File != "svc/.nthlayer/templates/org.yaml" || at.Line != 8 {
		t.Errorf("a custom template's value is at %s, want its own file", at.Position)
	}
	wantInputs := []string{"svc/.nthlayer/templates/extra.yml", "svc/.nthlayer/templates/org.yaml", "svc/x/service.yaml"}
	if diff := cmp.Diff(wantInputs, s.Inputs); diff != "" {
		t.Error(diff)
	}
}

const environments = `
-- services/pay.yaml --
service:
  name: pay
  team: money
  tier: critical
  type: api
  template: critical-api
  metadata: {cost_center: "12345", region: eu}
resources:
  - kind: SLO
    name: availability
    spec: {objective: 99.99}
  - kind: PagerDuty
    name: primary
    spec: {urgency: high}
environments:
  staging:
    tier: standard
    slos: {availability: 99}
-- services/environments/dev.yaml --
environment: dev
service: {tier: low}
resources:
  - {kind: SLO, name: availability, spec: {objective: 97}}
  - {kind: SLO, name: extra, spec: {objective: 90, window: 7d, query: a / b}}
-- services/environments/pay-development.yml --
environment: development
service: {metadata: {region: null}}
resources:
  - {kind: SLO, name: availability, spec: {objective: 95}}
  - {kind: PagerDuty, name: primary, $delete: true}
-- services/environments/empty-prod.yaml --
`

func TestEnvironmentsLayerOverTheTemplate(t *testing.T) {
	for _, tt := range []struct {
		environment, name string
		tier              Tier
		objective         string
		slos, resources   int
		region            string
	}{
		{"", "", TierCritical, "99.99", 2, 3, "eu"},
		{"dev", "dev", TierLow, "95", 3, 3, ""},
		{"Development", "dev", TierLow, "95", 3, 3, ""},
		{"stage", "staging", TierStandard, "99", 2, 3, "eu"},
		{"production", "prod", TierCritical, "99.99", 2, 3, "eu"},
	} {
		t.Run(tt.environment, func(t *testing.T) {
			s := one(t, environments, tt.environment)
			region, _ := s.Label("region")
			if s.Environment != tt.name || s.Tier.V != tt.tier || s.SLOs[0].Objective.V.Text != tt.objective ||
				len(s.SLOs) != tt.slos || len(s.Resources) != tt.resources || region != tt.region {
				t.Errorf("got environment %s, tier %s, objective %s, %d SLOs, %d resources, region %q; want %+v",
					s.Environment, s.Tier.V, s.SLOs[0].Objective.V.Text, len(s.SLOs), len(s.Resources), region, tt)
			}
			if s.SLOs[0].Indicator.Kind != IndicatorEvents {
				t.Error("the override lost the template's query")
			}
		})
	}
}

func TestUnknownEnvironmentWarns(t *testing.T) {
	l := load(t, environments, "stagin")
	want := `services/pay.yaml:1:1: warning: the service has nothing for the environment "stagin", so its base values are used [it knows dev, development, staging] (spec/unknown-environment)
`
	if diff := cmp.Diff(want, lines(l.Findings)); diff != "" {
		t.Error(diff)
	}
	if l := load(t, environments, "../etc"); len(l.Unreadable) != 1 || len(l.Services) != 0 {
		t.Errorf("an environment that is a path: %s", lines(l.Unreadable))
	}
}

func TestNullThresholdTurnsAGateOff(t *testing.T) {
	s := one(t, `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api}
resources:
  - kind: DeploymentGate
    name: g
    spec: {thresholds: {warning: 30, blocking: null}}
`, "")
	if g := s.Gates[0]; !g.Blocking.Given || !g.Blocking.Off || g.Warning.Percent != 30 || g.Warning.Off {
		t.Errorf("got %+v and %+v; want blocking off and warning 30", g.Blocking, g.Warning)
	}
}

// TestLoadReportsEveryProblemWithItsPlace runs the cases of a golden file; -update
// writes what is reported now into it.
func TestLoadReportsEveryProblemWithItsPlace(t *testing.T) {
	const golden = "testdata/problems.txtar"
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, c := range strings.Split(string(data), "==== ")[1:] {
		name, rest, _ := strings.Cut(c, "\n")
		files, _, _ := strings.Cut(rest, "---- want\n")
		got.WriteString("==== " + name + "\n" + files + "---- want\n" + problems(t, files))
	}
	filetest.Golden(t, golden, got.String())
}

func problems(t *testing.T, files string) string {
	t.Helper()
	ws := workspace(t, files)
	var found []Found
	for _, f := range txtar.Parse([]byte(files)).Files {
		found = append(found, Found{Path: f.Name, Named: true})
	}
	l := Load(context.Background(), ws, found, Options{})
	return lines(append(l.Unreadable, l.Findings...))
}

func TestVariables(t *testing.T) {
	s := one(t, `
-- pay.yaml --
service:
  name: pay
  team: money
  tier: t2
  type: background-job
  metadata: {ns: "${team}-${env}", price: "$${env} stays"}
resources:
  - kind: SLO
    name: availability-${env}
    spec:
      objective: 99
      window: 7d
      description: "${service} ${tier} ${type} ${support_model} ${metadata.ns}"
      query: a{${service_label}="${service}"} / b
`, "staging")
	if got := s.SLOs[0]; got.Name.V != "availability-staging" || got.Description.V != "pay standard worker self money-staging" ||
		got.Indicator.Ratio.V != `a{service="pay"} / b` {
		t.Errorf("got %q, %q and %q", got.Name.V, got.Description.V, got.Indicator.Ratio.V)
	}
	if got, _ := s.Label("price"); got != "${env} stays" {
		t.Errorf("escaped variable gives %q", got)
	}
}

func TestUnresolvedExpressionIsNotMeasured(t *testing.T) {
	l := load(t, `
-- pay.yaml --
service: {name: pay, team: money, tier: low, type: api}
resources:
  - {kind: SLO, name: a, spec: {objective: 99, window: 7d, query: 'x{service="${servce}"} / y'}}
`, "")
	if k := l.Services[0].SLOs[0].Indicator.Kind; k != IndicatorNone {
		t.Errorf("kind %s, want none: the server would be asked about a service named ${servce}", k)
	}
}

func TestFolderScanPassesOverOtherFiles(t *testing.T) {
	l := load(t, `
-- services/a/service.yaml --
name: a
team: t
tier: low
type: api
-- services/a/rules.yaml --
groups: []
-- services/a/values.yaml --
image: {tag: 1}
-- services/a/environments/dev.yaml --
environment: dev
service: {tier: low}
-- services/a/list.yaml --
[1, 2]
-- .github/workflows/ci.yml --
name: ci
team: nobody
-- node_modules/x/service.yaml --
name: no
team: t
`, "")
	if len(l.Services) != 1 || len(l.Findings)+len(l.Unreadable) != 0 {
		t.Errorf("%d services, findings %s", len(l.Services), lines(append(l.Unreadable, l.Findings...)))
	}
}

func TestMultiDocumentFileIsSeveralServices(t *testing.T) {
	l := load(t, "-- all.yaml --\nname: a\nteam: t\ntier: low\ntype: api\n---\nname: b\nteam: t\ntier: low\ntype: api\n", "")
	if len(l.Services) != 2 || l.Services[1].Name.At.Line != 6 {
		t.Errorf("got %d services, the second at line %d; want 2 and line 6", len(l.Services), l.Services[len(l.Services)-1].Name.At.Line)
	}
}
