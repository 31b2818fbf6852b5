package pagerduty_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate"
	plan "github.com/nthlayer/action/pkg/generate/pagerduty"
	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/push/pagerduty"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// shop is a service that staging answers in business hours alone.
const shop = `
-- pay.yaml --
service:
  name: pay
  team: money
  tier: critical
  type: api
  oncall:
    primary: [ann@example.com]
    secondary:
      - bob@example.com
    manager: [cat@example.com]
environments:
  staging:
    service:
      tier: high
      support_model: shared
resources:
  - {kind: PagerDuty, name: p, spec: {SETTINGS}}
`

// in is the service in an environment.
func in(t *testing.T, environment, settings string) push.Service {
	t.Helper()
	return of(t, strings.ReplaceAll(shop, "SETTINGS", settings), environment)
}

func of(t *testing.T, archive, environment string) push.Service {
	t.Helper()
	s := spectest.Load(t, archive, environment).Services[0]
	return push.Service{
		Name: "pay", Team: "money", Environment: s.Environment, All: true, Origin: s.At,
		Artefacts: plan.Documents{}.Generate(generate.Job{Service: s}).Artefacts,
	}
}

// TestAnEnvironmentKeepsItsHandsOffAnother makes sure that a push for staging changes
// nothing that production pages with, also where it may change what is there.
func TestAnEnvironmentKeepsItsHandsOffAnother(t *testing.T) {
	for _, production := range []string{"", "prod"} {
		server := account(t)
		server.Add("escalation_policies", map[string]any{"name": "sre-escalation"})
		options := pagerduty.Options{UpdateExisting: true}
		run(t, open(t, server, options), in(t, production, ""), true)
		server.Forget()
		const want = `unchanged team money
create schedule money-staging-business-hours-primary
create schedule money-staging-business-hours-secondary
create schedule money-staging-business-hours-manager
create escalation policy money-staging-high-business-hours-escalation
create service pay (staging)
create integration nthlayer of service pay (staging)
create orchestration of service pay (staging)
`
		if diff := cmp.Diff(want, run(t, open(t, server, options), in(t, "staging", ""), true)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if got := server.Find("services", "pay")["description"]; got != "pay of money, "+plan.MarkerFor(production) {
			t.Errorf("the service of production is %v", got)
		}
		for _, e := range []string{production, "staging"} {
			if again := run(t, open(t, server, options), in(t, e, ""), true); strings.Contains(again, "create") || strings.Contains(again, "update") || strings.Contains(again, "drifted") {
				t.Errorf("in %q the second time:\n%s", e, again)
			}
		}
	}
}

// TestAnObjectOfAnotherEnvironmentIsLeftAlone makes sure that an id in the file does
// not let staging write over what production made.
func TestAnObjectOfAnotherEnvironmentIsLeftAlone(t *testing.T) {
	server := account(t)
	server.Add("escalation_policies", map[string]any{"name": "sre-escalation"})
	options := pagerduty.Options{UpdateExisting: true}
	run(t, open(t, server, options), in(t, "prod", ""), true)
	before := server.Find("services", "pay")
	id, _ := before["id"].(string)
	for _, environment := range []string{"staging", ""} {
		o := push.Run(context.Background(), open(t, server, options), in(t, environment, "urgency: low, service_id: "+id), true)
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		told := false
		for _, c := range o.Changes {
			told = told || c.Action == push.Drifted && strings.HasPrefix(c.What, "service pay") && strings.Contains(c.Fix, "it was made for prod: push with --env prod")
			if strings.Contains(c.What, "of service") {
				t.Errorf("in %q: %s %s", environment, c.Action, c.What)
			}
		}
		if diff := cmp.Diff(before, server.Find("services", "pay")); diff != "" || !told {
			t.Errorf("in %q production's service is told: %v, and changed:\n%s", environment, told, diff)
		}
	}
}

// TestNoWayInIsAddedToAnotherEnvironment makes sure that a service of production that
// lacks our integration does not get one from staging.
func TestNoWayInIsAddedToAnotherEnvironment(t *testing.T) {
	server := account(t)
	server.Add("services", map[string]any{"name": "pay", "description": "managed by NthLayer for prod"})
	id, _ := server.Find("services", "pay")["id"].(string)
	got := run(t, open(t, server, pagerduty.Options{}), in(t, "staging", "sre_escalation_policy: none, service_id: "+id), true)
	if strings.Contains(got, "integration") {
		t.Errorf("got\n%s", got)
	}
}

// TestWhatWasMadeBeforeIsProductions makes sure that a mark of no environment is not in
// the way of production.
func TestWhatWasMadeBeforeIsProductions(t *testing.T) {
	server := account(t)
	run(t, open(t, server, pagerduty.Options{}), in(t, "", ""), true)
	run(t, open(t, server, pagerduty.Options{UpdateExisting: true}), in(t, "prod", ""), true)
	if got := server.Find("services", "pay")["description"]; got != "pay of money, managed by NthLayer for prod" {
		t.Errorf("it is %v", got)
	}
}

// TestSchedulesWithoutPeopleAreThoseOfTheTeam makes sure that whoever is on call at
// PagerDuty already is found for each environment, and stays.
func TestSchedulesWithoutPeopleAreThoseOfTheTeam(t *testing.T) {
	server := account(t)
	server.Add("schedules", map[string]any{"name": "money-primary"})
	got := run(t, open(t, server, pagerduty.Options{}), of(t, "-- pay.yaml --\nservice: {name: pay, team: money, tier: low, type: api}\nresources: [{kind: PagerDuty, name: p}]\n", "staging"), true)
	const want = "create team money\nunchanged schedule money-primary\ncreate escalation policy money-staging-low-escalation\ncreate service pay (staging)\ncreate integration nthlayer of service pay (staging)\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestPlaces makes sure that what is refused is told at the line that is to be
// corrected.
func TestPlaces(t *testing.T) {
	tests := []struct {
		name, archive, environment string
		what                       string
		line, column               int
	}{
		{"an address", strings.ReplaceAll(shop, "bob@example.com", "eve@example.com"), "", "schedule money-secondary", 9, 9},
		{"who answers at night", shop, "staging", "orchestration of service pay (staging)", 15, 22},
		{"a policy of that name", strings.ReplaceAll(shop, "SETTINGS", "sre_escalation_policy: ops"), "staging", "orchestration of service pay (staging)", 17, 62},
		{"an id of a team", strings.ReplaceAll(shop, "SETTINGS", "team_id: PNONE01"), "", "team money", 17, 48},
		{"an id of a service", strings.ReplaceAll(shop, "SETTINGS", "service_id: PNONE01"), "", "service pay", 17, 51},
		{"an id of a policy", strings.ReplaceAll(shop, "SETTINGS", "escalation_policy: PNONE01"), "", "escalation policy PNONE01", 17, 58},
		{"a level of nobody", strings.ReplaceAll(shop, "manager: [cat@example.com]", "sre: [cat@example.com]"), "", "schedule money-manager", 2, 9},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := of(t, strings.ReplaceAll(test.archive, "SETTINGS", ""), test.environment)
			o := push.Run(context.Background(), open(t, account(t), pagerduty.Options{}), s, false)
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			for _, f := range o.Findings(s) {
				if strings.HasPrefix(f.Message, test.what+" of PagerDuty") {
					if f.Line != test.line || f.Column != test.column {
						t.Errorf("%d:%d, want %d:%d: %s", f.Line, f.Column, test.line, test.column, f.Message)
					}
					return
				}
			}
			t.Errorf("nothing is said of %s: %+v", test.what, o.Findings(s))
		})
	}
}
