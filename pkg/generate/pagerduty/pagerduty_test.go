package pagerduty

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

func generated(t testing.TB, archive string) generate.Result {
	t.Helper()
	return Documents{}.Generate(generate.Job{Service: spectest.Load(t, archive, "").Services[0]})
}

// service is an archive with one service.
func service(head, pagerDuty string) string {
	return "-- pay.yaml --\nservice:\n  name: pay-api\n  team: Money Team\n  type: api\n" + head + "\nresources:\n  - {kind: PagerDuty, name: primary, spec: {" + pagerDuty + "}}\n"
}

func plan(t testing.TB, r generate.Result) Plan {
	t.Helper()
	var p Plan
	if len(r.Artefacts) != 1 {
		t.Fatalf("%d artefacts", len(r.Artefacts))
	}
	if err := json.Unmarshal(r.Artefacts[0].Bytes, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestGolden(t *testing.T) {
	archive := service("  tier: critical\n  support_model: shared\n  oncall: {primary: [ann@example.com, bob@example.com], manager: [cat@example.com]}",
		"urgency: high, timezone: Europe/Berlin, auto_resolve_timeout: 14400, integration_key: s3cr3tkey")
	r := generated(t, archive)
	filetest.Golden(t, "testdata/pagerduty.json", string(r.Artefacts[0].Bytes))
	if again := generated(t, archive); !cmp.Equal(again, r, cmp.AllowUnexported(spec.Origin{}), cmp.Comparer(spec.Origin.Equal)) {
		t.Error("the file differs from run to run")
	}
	if strings.Contains(string(r.Artefacts[0].Bytes), "s3cr3tkey") {
		t.Error("a key is in the file")
	}
}

// TestTiers holds the plan to the table of tiers: who is told after how many
// minutes, how often, and whether it rings.
func TestTiers(t *testing.T) {
	for tier, want := range map[string]string{
		"critical": "primary 5 secondary 15 manager 30 loops 3 high",
		"high":     "primary 15 secondary 30 manager 60 loops 2 high",
		"standard": "primary 30 secondary 60 loops 1 low",
		"low":      "primary 60 loops 0 low",
	} {
		p := plan(t, generated(t, service("  tier: "+tier, "")))
		var got strings.Builder
		for i, r := range p.EscalationPolicy.Rules {
			fmt.Fprintf(&got, "%s %d ", strings.TrimPrefix(r.Schedule, "money-team-"), r.DelayMinutes)
			if p.Schedules[i].Name != r.Schedule {
				t.Errorf("tier %s: the rule tells %s, and the schedule is %s", tier, r.Schedule, p.Schedules[i].Name)
			}
		}
		fmt.Fprintf(&got, "loops %d %s", p.EscalationPolicy.Loops, p.Service.Urgency)
		if got.String() != want || len(p.Schedules) != len(p.EscalationPolicy.Rules) {
			t.Errorf("tier %s: %s with %d schedules, want %s", tier, got.String(), len(p.Schedules), want)
		}
		if p.EscalationPolicy.Name != "money-team-"+tier+"-escalation" {
			t.Errorf("tier %s: the policy is %s, which another tier of the team may have, too", tier, p.EscalationPolicy.Name)
		}
	}
}

func TestSupportModels(t *testing.T) {
	for model, want := range map[string]string{
		"self":           "hours 0 support false conditions 0",
		"shared":         "hours 5 support false conditions 3",
		"sre":            "hours 0 support false conditions 1",
		"business_hours": "hours 5 support true conditions 0",
	} {
		p := plan(t, generated(t, service("  tier: low\n  support_model: "+model, "")))
		conditions := 0
		if p.Orchestration != nil {
			conditions = len(p.Orchestration.Conditions)
		}
		got := fmt.Sprintf("hours %d support %v conditions %d", len(p.Schedules[0].Restrictions), p.Service.SupportHours != nil, conditions)
		if got != want {
			t.Errorf("%s: %s, want %s", model, got, want)
		}
		// A service that is answered in business hours must not take the others of
		// its team off call at night.
		if restricted := strings.Contains(p.Schedules[0].Name, "business-hours"); restricted != (len(p.Schedules[0].Restrictions) > 0) {
			t.Errorf("%s: the schedule is called %s", model, p.Schedules[0].Name)
		}
	}
}

func TestSettings(t *testing.T) {
	p := plan(t, generated(t, service("  tier: high\n  pagerduty: {timezone: Asia/Tokyo, team_id: PTEAM01}",
		"auto_create: false, escalation_policy: PABC123, service_id: PSRV001, urgency: use_support_hours, team: Other")))
	if p.AutoCreate || p.EscalationPolicy.ID != "PABC123" || len(p.Schedules) > 0 || p.Service.ID != "PSRV001" || p.Team.ID != "PTEAM01" || p.Team.Name != "other" ||
		p.TimeZone != "Asia/Tokyo" || p.Service.SupportHours == nil {
		t.Errorf("got %+v", p)
	}
	p = plan(t, generated(t, service("  tier: high", "escalation_policy: Payments default")))
	if p.EscalationPolicy.Name != "Payments default" || len(p.EscalationPolicy.Rules) > 0 {
		t.Errorf("got %+v", p.EscalationPolicy)
	}
	p = plan(t, generated(t, service("  tier: high", "escalation_delay: 7")))
	if p.EscalationPolicy.Name != "pay-api-escalation" || p.EscalationPolicy.Rules[2].DelayMinutes != 7 {
		t.Errorf("a delay of one service is in the policy of all: %+v", p.EscalationPolicy)
	}
	r := generated(t, service("  tier: high", "timezone: Mars/Olympus"))
	if len(r.Findings) != 1 || r.Findings[0].Line != 7 || r.Findings[0].Rule != "generate/timezone" {
		t.Errorf("got %+v", r.Findings)
	}
}

// TestNothingWithoutASetting makes sure that nobody gets objects who did not ask
// for them.
func TestNothingWithoutASetting(t *testing.T) {
	for _, archive := range []string{
		"-- pay.yaml --\nservice: {name: pay, team: t, tier: low, type: api}\n", service("  tier: low", "enabled: false"),
	} {
		if diff := cmp.Diff(generate.Result{}, generated(t, archive)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{"My Team": "my-team", "a_b": "a-b", " x ": "x", "payments": "payments"} {
		if got := Slug(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.String().Draw(rt, "name")
		if got := Slug(name); got == "" || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			rt.Fatalf("%q gives %q", name, got)
		}
	})
}
