package settings

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

const file = `
-- pay.yaml --
service:
  name: pay
  team: core
  tier: critical
  type: api
  pagerduty: {escalation_policy: core-oncall}
resources:
  - kind: SLO
    name: availability
    spec:
      objective: 99.9
      window: 30d
      indicator: {good_query: 'sum(rate(ok_total[5m]))', total_query: 'sum(rate(all_total[5m]))'}
  - {kind: PagerDuty, name: primary, spec: {urgency: high, levels: [a, b]}}
  - kind: Dependencies
    name: d
    spec: {databases: [{name: main, type: postgresql, selector: {job: main}}]}
environments:
  dev:
    service: {tier: low}
    resources:
      - {kind: SLO, name: availability, spec: {objective: 95.0}}
      - {kind: SLO, name: extra, spec: {objective: 90, window: 7d, indicator: {query: avg(x)}}}
      - {kind: PagerDuty, name: primary, $delete: true}
`

func load(t *testing.T, environment string) *spec.Service {
	t.Helper()
	services := spectest.Load(t, file, environment).Services
	if len(services) != 1 {
		t.Fatalf("%d services", len(services))
	}
	return services[0]
}

func TestOf(t *testing.T) {
	got := map[string]string{}
	last := ""
	for _, s := range Of(load(t, "")) {
		if s.Name <= last {
			t.Errorf("%s stands behind %s", s.Name, last)
		}
		last, got[s.Name] = s.Name, s.Value+" "+s.At.String()
	}
	for name, want := range map[string]string{
		"name":                                 "pay pay.yaml:2:9",
		"tier":                                 "critical pay.yaml:4:9",
		"slos.availability.objective":          "99.9 pay.yaml:11:18",
		"slos.availability.window":             "30d pay.yaml:12:15",
		"slos.availability.indicator.total":    "sum(rate(all_total[5m])) pay.yaml:13:71",
		"dependencies.main.type":               "postgresql pay.yaml:17:43",
		"dependencies.main.selector.job":       "main pay.yaml:17:71",
		"dependencies.main.criticality":        "medium ",
		"resources.PagerDuty/primary.urgency":  "high pay.yaml:14:54",
		"resources.PagerDuty/primary.levels.1": "b pay.yaml:14:72",
		"tier_gate.blocking":                   "10 % pay.yaml:4:9",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestCompare(t *testing.T) {
	var got []string
	side := func(s *Setting) string {
		if s == nil {
			return "-"
		}
		return s.Value + " " + s.At.String()
	}
	for _, d := range Compare(load(t, ""), load(t, "dev")) {
		if !strings.HasPrefix(d.Name, "slos.extra") && !strings.HasPrefix(d.Name, "tier_gate") {
			got = append(got, d.Name+": "+side(d.From)+", "+side(d.To))
		}
	}
	want := []string{
		"resources.PagerDuty/primary.levels.0: a pay.yaml:14:69, -",
		"resources.PagerDuty/primary.levels.1: b pay.yaml:14:72, -",
		"resources.PagerDuty/primary.urgency: high pay.yaml:14:54, -",
		"slos.availability.objective: 99.9 pay.yaml:11:18, 95.0 pay.yaml:22:59",
		"tier: critical pay.yaml:4:9, low pay.yaml:20:21",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if d := Compare(load(t, ""), load(t, "")); len(d) > 0 {
		t.Errorf("a service differs from itself: %+v", d)
	}
}

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{"SLOs": "slos", "SupportModel": "support_model", "PagerDuty": "pagerduty", "TLS": "tls", "OnCall": "on_call"} {
		if got := snake(in); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}
