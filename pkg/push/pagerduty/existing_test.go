package pagerduty_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/push/pagerduty"
)

// TestATurnIsNotInterrupted makes sure that a schedule which is changed keeps the turn
// that it is in, unless its hours are those of another time zone.
func TestATurnIsNotInterrupted(t *testing.T) {
	for _, test := range []struct{ zone, start string }{
		{"Europe/Berlin", "2025-06-04T09:00:00+02:00"},
		{"UTC", "2026-03-01T09:00:00Z"},
	} {
		server := account(t)
		run(t, open(t, server, pagerduty.Options{}), service(t, "pay", "tier: low, "+oncall, "timezone: Europe/Berlin"), true)
		layer := server.Find("schedules", "money-primary")["schedule_layers"].([]any)[0].(map[string]any)
		layer["id"], layer["start"], layer["rotation_virtual_start"] = "PLAYER1", "2025-06-04T09:00:00+02:00", "2025-06-04T09:00:00+02:00"
		layer["users"] = []any{}
		s := service(t, "pay", "tier: low, "+oncall, "timezone: "+test.zone)
		if got := run(t, open(t, server, pagerduty.Options{UpdateExisting: true}), s, true); !strings.Contains(got, "update schedule money-primary") {
			t.Errorf("got\n%s", got)
		}
		layer = server.Find("schedules", "money-primary")["schedule_layers"].([]any)[0].(map[string]any)
		if layer["id"] != "PLAYER1" || layer["start"] != test.start || layer["rotation_virtual_start"] != test.start || len(layer["users"].([]any)) != 2 {
			t.Errorf("in %s the layer is %v, want the start %s", test.zone, layer, test.start)
		}
	}
}

// TestAServiceOfAnotherTeam makes sure that it is told and never written, and that a
// policy which the file names may be anybody's.
func TestAServiceOfAnotherTeam(t *testing.T) {
	server := account(t)
	team := server.Add("teams", map[string]any{"name": "search", "summary": "search"})
	policy := server.Add("escalation_policies", map[string]any{"name": "theirs", "teams": []any{map[string]any{"id": team, "summary": "search"}}})
	named := service(t, "pay", "tier: low, "+oncall, "escalation_policy: "+policy)
	run(t, open(t, server, pagerduty.Options{}), named, true)
	if got := run(t, open(t, server, pagerduty.Options{}), named, true); strings.Contains(got, "drifted") {
		t.Errorf("got\n%s", got)
	}
	got := run(t, open(t, server, pagerduty.Options{}), service(t, "pay", "tier: low, "+oncall, ""), true)
	if !strings.Contains(got, "drifted service pay: it escalates by another policy\ndrifted owner of service pay: it belongs to search\n") {
		t.Errorf("got\n%s", got)
	}
	ours := service(t, "pay", "tier: low, "+oncall, "")
	run(t, open(t, server, pagerduty.Options{UpdateExisting: true}), ours, true)
	server.Forget()
	if got := run(t, open(t, server, pagerduty.Options{UpdateExisting: true}), ours, true); writes(server) > 0 || strings.Contains(got, "drifted") {
		t.Errorf("%d writes:\n%s", writes(server), got)
	}
}

// TestKeysStayAtPagerDuty makes sure that the key of an integration is in nothing that
// a run says or has.
func TestKeysStayAtPagerDuty(t *testing.T) {
	server := account(t)
	s := service(t, "pay", "tier: low, "+oncall, "integration_key: s3cr3tfilekey")
	for range 2 {
		o := push.Run(context.Background(), open(t, server, pagerduty.Options{UpdateExisting: true}), s, true)
		data, err := json.Marshal([]any{o, o.Findings(s), string(s.Artefacts[0].Bytes)})
		if err != nil || o.Err != nil || strings.Contains(string(data), "s3cr3t") {
			t.Errorf("%v, %v: %s", err, o.Err, data)
		}
	}
	for _, r := range server.Requests(http.MethodPost, http.MethodPut) {
		if strings.Contains(r.Body, "s3cr3t") {
			t.Errorf("%s %s sends a key", r.Method, r.Path)
		}
	}
	if fmt.Sprint(server.Find("services", "pay")["integrations"]) == "<nil>" {
		t.Error("there is no integration whose key could leak")
	}
}
