package pagerduty_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate"
	plan "github.com/nthlayer/action/pkg/generate/pagerduty"
	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/push/pagerduty"
	"github.com/nthlayer/action/pkg/push/pushtest"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/transport"
)

const oncall = "oncall: {primary: [ann@example.com, bob@example.com], secondary: [bob@example.com], manager: [cat@example.com]}"

// service is one of a team with people, whose head and settings are given.
func service(t *testing.T, name, head, settings string) push.Service {
	t.Helper()
	s := spectest.Services(t, "-- "+name+".yaml --\nservice: {name: "+name+", team: money, type: api, "+head+"}\nresources:\n  - {kind: PagerDuty, name: p, spec: {"+settings+"}}\n")[0]
	return push.Service{Name: name, Team: "money", All: true, Origin: s.At, Artefacts: plan.Documents{}.Generate(generate.Job{Service: s}).Artefacts}
}

// account has three people among many.
func account(t *testing.T) *pushtest.PagerDuty {
	t.Helper()
	server := pushtest.NewPagerDuty(t)
	for i := range 120 {
		server.Add("users", map[string]any{"name": fmt.Sprint("User ", i), "email": fmt.Sprintf("user%d.ann@example.com", i)})
	}
	for _, name := range []string{"Ann", "Bob", "Cat"} {
		server.Add("users", map[string]any{"name": name, "email": strings.ToLower(name) + "@example.com"})
	}
	return server
}

func open(t *testing.T, server *pushtest.PagerDuty, o pagerduty.Options) *pagerduty.PagerDuty {
	t.Helper()
	o.Now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	api := pushtest.API(t, "PagerDuty", server.URL, transport.Header("Authorization", "Token token=s3cr3tkey"))
	api.Secret = "s3cr3tkey"
	return pagerduty.New(api, o)
}

func actions(o push.Outcome) string {
	var b strings.Builder
	for _, c := range o.Changes {
		fmt.Fprintf(&b, "%s %s", c.Action, c.What)
		if c.Why != "" {
			b.WriteString(": " + c.Why)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func run(t *testing.T, target push.Target, s push.Service, apply bool) string {
	t.Helper()
	o := push.Run(context.Background(), target, s, apply)
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	return actions(o)
}

func writes(s *pushtest.PagerDuty) int {
	return len(s.Requests(http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete))
}

const everything = `create team money
create schedule money-primary
create schedule money-secondary
create schedule money-manager
create escalation policy money-critical-escalation
create service pay
create integration nthlayer of service pay
`

// TestPushingTwiceChangesNothing makes sure that everything is made once, in the
// order in which it is needed, with the people that the file names.
func TestPushingTwiceChangesNothing(t *testing.T) {
	server := account(t)
	s := service(t, "pay", "tier: critical, "+oncall, "timezone: Europe/Berlin")
	if diff := cmp.Diff(everything, run(t, open(t, server, pagerduty.Options{}), s, false)); diff != "" || writes(server) > 0 {
		t.Errorf("a plan writes %d times; -want +got:\n%s", writes(server), diff)
	}
	run(t, open(t, server, pagerduty.Options{}), s, true)
	schedule := server.Find("schedules", "money-primary")
	layer := schedule["schedule_layers"].([]any)[0].(map[string]any)
	if layer["rotation_virtual_start"] != "2026-03-01T09:00:00+01:00" {
		t.Errorf("the turn changes at %v, which is not nine in the morning of Berlin", layer["rotation_virtual_start"])
	}
	var on []string
	for _, u := range layer["users"].([]any) {
		on = append(on, u.(map[string]any)["user"].(map[string]any)["id"].(string))
	}
	if want := []string{server.Find("users", "Ann")["id"].(string), server.Find("users", "Bob")["id"].(string)}; !cmp.Equal(want, on) {
		t.Errorf("on call are %v, want %v", on, want)
	}
	if teams := server.Find("escalation_policies", "money-critical-escalation")["teams"].([]any); len(teams) != 1 {
		t.Errorf("the policy belongs to %v", teams)
	}
	server.Forget()
	again := run(t, open(t, server, pagerduty.Options{UpdateExisting: true}), s, true)
	if writes(server) > 0 || strings.Contains(again, "create") || strings.Contains(again, "update") {
		t.Errorf("the second time there are %d writes:\n%s", writes(server), again)
	}
}

// TestServicesShareWhatTheirTeamHas makes sure that a second service of a run makes
// no second team, also in a plan, and a policy of its own tier.
func TestServicesShareWhatTheirTeamHas(t *testing.T) {
	for _, apply := range []bool{false, true} {
		server := account(t)
		target := open(t, server, pagerduty.Options{})
		run(t, target, service(t, "pay", "tier: critical, "+oncall, ""), apply)
		got := run(t, target, service(t, "cart", "tier: low, "+oncall, ""), apply)
		const want = "create escalation policy money-low-escalation\ncreate service cart\ncreate integration nthlayer of service cart\n"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("apply %v: -want +got:\n%s", apply, diff)
		}
	}
}

// TestLargeAccounts makes sure that what is on a later page of a list is found.
func TestLargeAccounts(t *testing.T) {
	server := account(t)
	for i := range 130 {
		server.Add("teams", map[string]any{"name": fmt.Sprint("money-", i)})
		server.Add("schedules", map[string]any{"name": fmt.Sprint("money-primary-", i)})
	}
	server.Add("teams", map[string]any{"name": "Money"})
	got := run(t, open(t, server, pagerduty.Options{}), service(t, "pay", "tier: low, "+oncall, ""), true)
	if !strings.HasPrefix(got, "unchanged team money\ncreate schedule money-primary\n") || server.Count("teams") != 131 {
		t.Errorf("got\n%s", got)
	}
}

// TestNobodyIsPagedWhoIsNotNamed makes sure that without people nothing is made that
// would page the first user of the account.
func TestNobodyIsPagedWhoIsNotNamed(t *testing.T) {
	for head, want := range map[string]string{
		"tier: low": "names nobody for it",
		"tier: low, oncall: {primary: [nobody@example.com]}":   "no user with the address nobody@example.com",
		"tier: low, oncall: {primary: [ser1.ann@example.com]}": "no user with the address ser1.ann@example.com",
	} {
		server := account(t)
		o := push.Run(context.Background(), open(t, server, pagerduty.Options{}), service(t, "pay", head, ""), true)
		if o.Err != nil || !strings.Contains(actions(o), want) || server.Count("schedules")+server.Count("escalation_policies")+server.Count("services") > 0 {
			t.Errorf("%s: %v\n%s", head, o.Err, actions(o))
		}
		for _, f := range o.Findings(service(t, "pay", head, "")) {
			if f.Severity != "error" || f.Suggestion == "" || f.File != "pay.yaml" {
				t.Errorf("got %+v", f)
			}
		}
	}
	server := account(t)
	server.Add("schedules", map[string]any{"name": "money-primary"})
	if got := run(t, open(t, server, pagerduty.Options{}), service(t, "pay", "tier: low", ""), true); !strings.Contains(got, "unchanged schedule money-primary\ncreate escalation policy") {
		t.Errorf("a schedule that is there is not used:\n%s", got)
	}
}

// TestWhatIsThereIsNotChanged makes sure that a difference is told, and changed only
// when that is asked for and the object is marked as ours.
func TestWhatIsThereIsNotChanged(t *testing.T) {
	server := account(t)
	s := service(t, "pay", "tier: critical, "+oncall, "")
	run(t, open(t, server, pagerduty.Options{}), s, true)
	policy := server.Find("escalation_policies", "money-critical-escalation")
	policy["num_loops"] = 9.0
	policy["escalation_rules"].([]any)[0].(map[string]any)["escalation_delay_in_minutes"] = 45.0
	server.Find("services", "pay")["incident_urgency_rule"] = map[string]any{"type": "constant", "urgency": "low"}
	server.Find("schedules", "money-primary")["schedule_layers"].([]any)[0].(map[string]any)["users"] = []any{}
	server.Find("schedules", "money-primary")["description"] = "ours alone"
	server.Find("schedules", "money-manager")["description"] = "Bosses, managed by NthLayer"
	server.Forget()
	const drift = `unchanged team money
drifted schedule money-primary: other people are on call
unchanged schedule money-secondary
drifted schedule money-manager: its description is another one
drifted escalation policy money-critical-escalation: it is repeated 9 times, not 3; level 1 waits 45 minutes, not 5
drifted service pay: its urgency is low, not high
`
	if diff := cmp.Diff(drift, run(t, open(t, server, pagerduty.Options{}), s, true)); diff != "" || writes(server) > 0 {
		t.Errorf("%d writes; -want +got:\n%s", writes(server), diff)
	}
	got := run(t, open(t, server, pagerduty.Options{UpdateExisting: true}), s, true)
	if want := strings.NewReplacer("drifted e", "update e", "drifted service", "update service", "drifted schedule money-m", "update schedule money-m").Replace(drift); got != want {
		t.Errorf("-want +got:\n%s", cmp.Diff(want, got))
	}
	if policy["num_loops"] != 3.0 || len(server.Requests(http.MethodDelete)) > 0 {
		t.Errorf("the policy is repeated %v times", policy["num_loops"])
	}
	again := run(t, open(t, server, pagerduty.Options{UpdateExisting: true}), s, true)
	if strings.Contains(again, "update") {
		t.Errorf("the second time:\n%s", again)
	}
}

func TestReferences(t *testing.T) {
	server := account(t)
	policy := server.Add("escalation_policies", map[string]any{"name": "Theirs"})
	team := server.Add("teams", map[string]any{"name": "Somebody"})
	settings := "team_id: " + team + ", escalation_policy: " + policy
	got := run(t, open(t, server, pagerduty.Options{}), service(t, "pay", "tier: high", settings), true)
	if diff := cmp.Diff("unchanged team money\nunchanged escalation policy "+policy+"\ncreate service pay\ncreate integration nthlayer of service pay\n", got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for settings, want := range map[string]string{
		"team_id: PNONE01":             "refused team money: there is no team with the id PNONE01",
		"escalation_policy: PNONE01":   "refused escalation policy PNONE01: it is not there",
		"escalation_policy: Nobody's":  "refused escalation policy Nobody's: it is not there",
		"service_id: PNONE01":          "refused service pay: there is no service with the id PNONE01",
		"auto_create: false":           "refused team money: it is not there, and auto_create is false",
		"auto_create: false, team: ''": "refused team money: it is not there, and auto_create is false",
	} {
		server := account(t)
		got := run(t, open(t, server, pagerduty.Options{}), service(t, "pay", "tier: low, "+oncall, settings), true)
		if !strings.Contains(got, want) || server.Count("services") > 0 {
			t.Errorf("%s: got\n%s", settings, got)
		}
	}
}

// TestOrchestration makes sure that the rules of others stay, in every field, that
// ours works (it is active and names a policy by its id), and is there once.
func TestOrchestration(t *testing.T) {
	server := account(t)
	sre := server.Add("escalation_policies", map[string]any{"name": "sre-escalation"})
	s := service(t, "pay", "tier: critical, support_model: sre, "+oncall, "")
	if got := run(t, open(t, server, pagerduty.Options{}), s, true); !strings.HasSuffix(got, "create orchestration of service pay\n") {
		t.Errorf("got\n%s", got)
	}
	id := server.Find("services", "pay")["id"].(string)
	check := func(more string) {
		t.Helper()
		o, active := server.Orchestration(id)
		data, err := json.Marshal(o["sets"])
		if err != nil {
			t.Fatal(err)
		}
		ours := `{"actions":{"escalation_policy":"` + sre + `"},"conditions":[{"expression":"event.custom_details.routing matches 'sre'"}],"label":"Route to SRE, managed by NthLayer"}`
		if want := `[{"id":"start","rules":[` + ours + more + `]}]`; string(data) != want || !active {
			t.Errorf("active %v, got\n%s, want\n%s", active, data, want)
		}
	}
	check("")
	server.Forget()
	if got := run(t, open(t, server, pagerduty.Options{}), s, true); writes(server) > 0 {
		t.Errorf("the second time %d writes:\n%s", writes(server), got)
	}

	theirs := map[string]any{"label": "Theirs", "actions": map[string]any{"suspend": 60.0, "new_field": "x"}, "conditions": []any{}}
	server.Orchestrate(id, map[string]any{"sets": []any{map[string]any{"id": "start", "rules": []any{theirs}}}, "catch_all": map[string]any{"actions": map[string]any{"suppress": true}}})
	if got := run(t, open(t, server, pagerduty.Options{}), s, true); !strings.HasSuffix(got, "update orchestration of service pay: the rule is not there\n") {
		t.Errorf("got\n%s", got)
	}
	check(`,{"actions":{"new_field":"x","suspend":60},"conditions":[],"label":"Theirs"}`)
	if o, _ := server.Orchestration(id); fmt.Sprint(o["catch_all"]) != "map[actions:map[suppress:true]]" {
		t.Errorf("what is for all other events is lost: %v", o["catch_all"])
	}

	server.Deactivate(id)
	if got := run(t, open(t, server, pagerduty.Options{}), s, true); !strings.HasSuffix(got, "update orchestration of service pay: it is not active\n") {
		t.Errorf("got\n%s", got)
	}
	check(`,{"actions":{"new_field":"x","suspend":60},"conditions":[],"label":"Theirs"}`)

	shared := service(t, "pay", "tier: critical, support_model: sre, "+oncall, "sre_escalation_policy: other")
	if got := run(t, open(t, server, pagerduty.Options{}), shared, true); !strings.Contains(got, "refused orchestration of service pay: there is no escalation policy other") {
		t.Errorf("got\n%s", got)
	}
	server.Add("escalation_policies", map[string]any{"name": "other"})
	if got := run(t, open(t, server, pagerduty.Options{}), shared, true); !strings.Contains(got, "drifted orchestration of service pay: its rule sends to another escalation policy") {
		t.Errorf("got\n%s", got)
	}
	if got := run(t, open(t, server, pagerduty.Options{UpdateExisting: true}), shared, true); !strings.Contains(got, "update orchestration of service pay") {
		t.Errorf("got\n%s", got)
	}
}

// TestFailures makes sure that a run that breaks off anywhere is finished by the
// next one, without making anything twice.
func TestFailures(t *testing.T) {
	for _, path := range []string{"/teams", "/schedules", "/escalation_policies", "/services"} {
		for _, status := range []int{400, 403, 500, 503} {
			t.Run(fmt.Sprint(path, status), func(t *testing.T) {
				server := account(t)
				s := service(t, "pay", "tier: critical, "+oncall, "")
				target := open(t, server, pagerduty.Options{})
				server.Break(pushtest.Fault{Method: "POST", Path: path, Status: status, Body: "no, s3cr3tkey"})
				o := push.Run(context.Background(), target, s, true)
				if push.StatusOf(o.Err) != status || strings.Contains(o.Err.Error(), "s3cr3t") {
					t.Fatalf("got %v", o.Err)
				}
				server.Mend()
				run(t, target, s, true)
				got := []int{server.Count("teams"), server.Count("schedules"), server.Count("escalation_policies"), server.Count("services")}
				if diff := cmp.Diff([]int{1, 3, 1, 1}, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

// TestLimitsAreWaitedFor makes sure that what was not taken for its number is sent
// again, and that a request that may have been taken is not.
func TestLimitsAreWaitedFor(t *testing.T) {
	server := account(t)
	server.Break(pushtest.Fault{Method: "POST", Status: 429, RetryAfter: "2", Times: 2})
	server.Break(pushtest.Fault{Method: "GET", Path: "/users", Status: 429, RetryAfter: "2", Times: 2})
	run(t, open(t, server, pagerduty.Options{}), service(t, "pay", "tier: low, "+oncall, ""), true)
	if server.Count("services") != 1 {
		t.Error("the service was not made")
	}
	server = account(t)
	server.Break(pushtest.Fault{Method: "POST", Path: "/schedules", Status: 503})
	_ = push.Run(context.Background(), open(t, server, pagerduty.Options{}), service(t, "pay", "tier: low, "+oncall, ""), true)
	n := 0
	for _, r := range server.Requests(http.MethodPost) {
		if r.Path == "/schedules" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("a schedule was sent %d times and may be there as often", n)
	}
}
