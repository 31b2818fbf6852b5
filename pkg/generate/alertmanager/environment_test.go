package alertmanager

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// towns is a service that dev answers in business hours alone, with an alert that
// keeps the service label of its series.
const towns = `
-- map.yaml --
service: {name: map, team: geo, tier: critical, type: api}
environments: {dev: {service: {support_model: business_hours}}, qa: {service: {team: quality, tier: low}}, staging: {service: {team: lab}}}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d}}
  - {kind: Alert, name: Queue, spec: {expr: 'sum by (service) (queue) > 5', severity: page}}
`

// TestEnvironmentsOfOneService makes sure that the alerts of an environment reach its
// people and nobody else, and that no alert is lost because a series or a server says
// which environment it is of.
func TestEnvironmentsOfOneService(t *testing.T) {
	const noon, night = "2026-03-04T12:00:00Z", "2026-03-04T23:30:00Z"
	tests := []struct{ environments, labels, at, want string }{
		{"dev prod staging", "service=map env=prod severity=critical", night, "geo-pagerduty"},
		{"dev prod staging", "service=map env=dev severity=critical", night, ""},
		{"dev prod staging", "service=map env=dev severity=critical", noon, "geo-pagerduty"},
		{"dev prod staging", "service=map env=staging severity=critical", night, "lab-pagerduty"},
		{"dev prod staging", "service=other owner_service=map env=prod severity=page", night, "geo-pagerduty"},
		{"dev prod staging", "service=other owner_service=map env=dev severity=page", night, ""},
		{"dev prod staging", "service=map severity=critical", night, "geo-pagerduty"},
		{"dev prod staging", "service=map env=eu-1 severity=critical", night, "geo-pagerduty"},
		{"dev prod staging", "service=map env=eu-1 severity=info", night, "null"},
		{"dev prod staging", "service=other owner_service=map severity=page", night, "geo-pagerduty"},
		{"prod staging", "service=other env=eu-1 severity=critical", night, "null"},
		{"dev qa", "service=map severity=critical", noon, "geo-pagerduty"},
		{"qa staging", "service=map severity=critical", night, "lab-pagerduty"},
		{"dev", "service=map env=prod severity=critical", noon, "geo-pagerduty"},
		{"dev none", "service=map env=dev severity=critical", night, ""},
		{"dev none", "service=map severity=critical", night, "geo-pagerduty"},
		{"none", "service=map env=eu-1 severity=critical", night, "geo-pagerduty"},
		{"staging none", "service=map env=staging severity=critical", night, "lab-pagerduty"},
		{"staging none", "service=x owner_service=map env=staging severity=critical", night, "lab-pagerduty"},
	}
	for _, test := range tests {
		t.Run(test.environments+" "+test.labels+" "+test.at, func(t *testing.T) {
			parts := fragments(t, towns, strings.Fields(strings.ReplaceAll(test.environments, "none", ""))...)
			if strings.Contains(test.environments, "none") && len(parts) == 1 && test.environments != "none" {
				parts = append(parts, fragments(t, towns)...)
			}
			data, err := Merge(nil, parts)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(told(t, load(t, data), test.labels, test.at), " "); got != test.want {
				t.Errorf("%q is told, want %q", got, test.want)
			}
		})
	}
}

// TestObjectsOfEnvironments makes sure that the objects of two environments are two:
// the operator asks the routes of all of them, one after the other.
func TestObjectsOfEnvironments(t *testing.T) {
	var got []string
	for _, e := range []string{"", "dev", "prod"} {
		for _, c := range configs(t, operated(t, spectest.Load(t, towns, e).Services[0], generate.Options{}).Artefacts[0].Bytes) {
			line := c.Name + " of " + c.Labels["app.kubernetes.io/part-of"]
			for _, m := range c.Spec.Route.Matchers {
				line += " " + m.String()
			}
			got = append(got, line)
		}
	}
	want := []string{
		`map-owned of map owner_service="map"`, `map of map service="map" owner_service=""`,
		`map-dev-owned of map owner_service="map" env="dev"`, `map-dev of map service="map" owner_service="" env="dev"`,
		`map-prod-owned of map owner_service="map" env="prod"`, `map-prod of map service="map" owner_service="" env="prod"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestABudgetThatIsSpentIsToldDaily makes sure that what stays true for weeks does not
// page each hour, and that whoever is told otherwise is told of it as well.
func TestABudgetThatIsSpentIsToldDaily(t *testing.T) {
	for model, people := range map[string]string{"self": "geo-pagerduty", "sre": "sre-pagerduty geo-slack", "shared": "geo-pagerduty", "business_hours": "geo-pagerduty"} {
		archive := strings.ReplaceAll(towns, "team: geo", "team: geo, support_model: "+model)
		data, err := Merge(nil, fragments(t, archive))
		if err != nil {
			t.Fatal(err)
		}
		c := load(t, data)
		for alert, want := range map[string]string{
			"SLOErrorBudgetExhausted severity=critical": people + " 24h0m0s", "SLOErrorBudgetLow severity=warning": "geo-slack 24h0m0s",
			"SLOErrorBudgetBurnFast severity=critical": people + " 1h0m0s", "SLOErrorBudgetBurnSlow severity=warning": "geo-slack 1h0m0s",
		} {
			alert = "service=map alertname=" + alert
			got := strings.Join(told(t, c, alert, "2026-03-04T12:00:00Z"), " ")
			for _, r := range matching(c, alert) {
				if !strings.HasSuffix(want, r.RouteOpts.RepeatInterval.String()) {
					t.Errorf("%s: %s of %s is told again after %s, want %s", model, alert, r.RouteOpts.Receiver, r.RouteOpts.RepeatInterval, want)
				}
			}
			if !strings.HasPrefix(want, got+" ") {
				t.Errorf("%s: %s tells %s, want %s", model, alert, got, want)
			}
		}
		night := strings.Join(told(t, c, "service=map alertname=SLOErrorBudgetExhausted severity=critical", "2026-03-04T23:30:00Z"), " ")
		if want := map[string]string{"self": people, "sre": people, "shared": "sre-pagerduty"}[model]; night != want {
			t.Errorf("%s: at night %q is told, want %q", model, night, want)
		}
	}
}
