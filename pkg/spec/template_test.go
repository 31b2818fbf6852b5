package spec

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
	if at := s.SLOs[0].Objective.At; at.Position().File != "pay.yaml" || at.Line() != 1 {
		t.Errorf("a template's value is at %s, want the line that names the template", at)
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
	if at := s.SLOs[0].Objective.At; at.Position().File != "svc/.nthlayer/templates/org.yaml" || at.Line() != 8 {
		t.Errorf("a custom template's value is at %s, want its own file", at)
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
	want := `services/pay.yaml:1:1: warning: the service has nothing for the environment "stagin", so its base values are used [did you mean staging? it knows dev, development, staging] (spec/unknown-environment)
`
	if diff := cmp.Diff(want, lines(l.Findings)); diff != "" {
		t.Error(diff)
	}
	if l := load(t, environments, "../etc"); len(l.Unreadable) != 1 || len(l.Services) != 0 {
		t.Errorf("an environment that is a path: %s", lines(l.Unreadable))
	}
}
