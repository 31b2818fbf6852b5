package ruler_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/push/pushtest"
	"github.com/nthlayer/action/pkg/push/ruler"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/transport"
)

const mimir, cortex, loki = "/prometheus/config/v1/rules", "/api/v1/rules", "/loki/api/v1/rules"

// pay is a service with rules for Prometheus in two files, and some for Loki.
func pay() push.Service {
	return push.Service{Name: "pay", All: true, Artefacts: []generate.Artefact{
		{Kind: generate.Alerts, Path: "alerts.yaml", Bytes: []byte(`# Generated.
groups:
  - name: pay-http
    interval: 1m
    rules:
      - alert: Down
        expr: up{service="pay"} == 0
        for: 90m
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.instance }}: down"}
  - name: pay-db
    rules:
      - {alert: DbDown, expr: "pg_up == 0"}
`)},
		{Kind: generate.Recording, Path: "recording-rules.yaml", Bytes: []byte("groups:\n  - name: pay-slo\n    rules:\n      - {record: x:y, expr: 'sum(rate(x[5m]))'}\n")},
		{Kind: generate.Loki, Path: "loki-alerts.yaml", Bytes: []byte("groups:\n  - name: pay-logs\n    rules:\n      - {alert: Panic, expr: 'sum by (app) (count_over_time({app=\"pay\"} |~ `panic` [5m])) > 0'}\n")},
	}}
}

func open(t *testing.T, server *pushtest.Ruler, kind ruler.Kind) *ruler.Ruler {
	t.Helper()
	return ruler.New(pushtest.API(t, "the ruler", server.URL, transport.Bearer("s3cr3ttoken")), kind, "")
}

// actions are the changes in short.
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

func run(t *testing.T, r push.Target, s push.Service, apply bool) push.Outcome {
	t.Helper()
	o := push.Run(context.Background(), r, s, apply)
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	return o
}

// TestPushingTwiceChangesNothing makes sure that each ruler gets one group a request
// at the path that it has, and nothing more the second time.
func TestPushingTwiceChangesNothing(t *testing.T) {
	for _, test := range []struct {
		path string
		kind ruler.Kind
		want []string
	}{
		{mimir, ruler.Prometheus, []string{"pay-db", "pay-http", "pay-slo"}},
		{cortex, ruler.Prometheus, []string{"pay-db", "pay-http", "pay-slo"}},
		{loki, ruler.Loki, []string{"pay-logs"}},
	} {
		t.Run(test.path, func(t *testing.T) {
			server := pushtest.NewRuler(t, test.path)
			run(t, open(t, server, test.kind), pay(), true)
			if diff := cmp.Diff(test.want, server.Groups("", "nthlayer-pay")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			posts := server.Requests(http.MethodPost)
			if len(posts) != len(test.want) {
				t.Errorf("%d requests for %d groups", len(posts), len(test.want))
			}
			for _, p := range posts {
				var g map[string]any
				if err := yaml.Unmarshal([]byte(p.Body), &g); err != nil || g["name"] == nil || p.Header.Get("Content-Type") != "application/yaml" {
					t.Errorf("sent %q as %s", p.Body, p.Header.Get("Content-Type"))
				}
			}
			server.Forget()
			again := run(t, open(t, server, test.kind), pay(), true)
			if sent := server.Requests(http.MethodPost, http.MethodDelete, http.MethodPut); len(sent) > 0 || again.Done != len(test.want) {
				t.Errorf("the second time %d requests are sent, %d changes are done:\n%s", len(sent), again.Done, actions(again))
			}
		})
	}
}

// TestAPlanOnlyReads makes sure that a plan holds the requests that apply sends, and
// sends none of them.
func TestAPlanOnlyReads(t *testing.T) {
	server := pushtest.NewRuler(t, mimir)
	r := open(t, server, ruler.Prometheus)
	plan := run(t, r, pay(), false)
	if sent := server.Requests(http.MethodPost, http.MethodDelete, http.MethodPut); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
	run(t, r, pay(), true)
	for i, sent := range server.Requests(http.MethodPost) {
		want := plan.Changes[i].Requests[0]
		if want.Method != sent.Method || want.Path != sent.Path || string(want.Body) != sent.Body {
			t.Errorf("planned %s %s\n%s\nsent %s %s\n%s", want.Method, want.Path, want.Body, sent.Method, sent.Path, sent.Body)
		}
	}
}

// TestDriftIsToldAndUndone makes sure that what somebody changed in our namespace is
// named and set right, and that nothing else is touched.
func TestDriftIsToldAndUndone(t *testing.T) {
	server := pushtest.NewRuler(t, mimir)
	r := open(t, server, ruler.Prometheus)
	run(t, r, pay(), true)
	server.Set(t, "", "nthlayer-pay", "{name: pay-http, interval: 1m0s, rules: [{alert: Down, expr: 'up{service=\"pay\"} == 1', for: 1h30m0s}]}")
	server.Set(t, "", "nthlayer-pay", "{name: pay-old, rules: [{record: a, expr: b}]}")
	server.Set(t, "", "theirs", "{name: pay-old, rules: [{record: a, expr: b}]}")
	plan := run(t, r, pay(), false)
	const want = `update group pay-http of nthlayer-pay: the expression of Down is another one; the labels of Down are others; the texts of Down are others
unchanged group pay-db of nthlayer-pay
unchanged group pay-slo of nthlayer-pay
delete group pay-old of nthlayer-pay: it is not generated any more
`
	if diff := cmp.Diff(want, actions(plan)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	run(t, r, pay(), true)
	if diff := cmp.Diff([]string{"pay-db", "pay-http", "pay-slo"}, server.Groups("", "nthlayer-pay")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := server.Groups("", "theirs"); len(got) != 1 {
		t.Errorf("the namespace of others has %v", got)
	}
}

func TestWhatCountsAsADifference(t *testing.T) {
	for deployed, want := range map[string]string{
		"{name: pay-slo, interval: 0s, rules: [{record: 'x:y', expr: 'sum( rate(x[5m]) )', for: 0s, labels: {}}]}": "",
		"{name: pay-slo, interval: 30s, rules: [{record: 'x:y', expr: 'sum(rate(x[5m]))'}]}":                       "its interval is 30s, not 0s",
		"{name: pay-slo, rules: [{record: 'x:z', expr: 'sum(rate(x[5m]))'}]}":                                      "it lacks x:y; it has x:z, which is not generated",
		"{name: pay-slo, rules: [{record: 'x:y', expr: 'sum(rate(x[6m]))'}]}":                                      "the expression of x:y is another one",
		"{name: pay-slo, rules: [{record: 'x:y', expr: '}'}]}":                                                     "the expression of x:y is another one",
		"{name: pay-slo, rules: [{record: 'x:y', expr: 'sum(rate(x[5m]))', for: 1m}]}":                             "x:y waits 1m, not 0s",
		"{name: pay-slo, rules: [{record: 'x:y', expr: 'sum(rate(x[5m]))', labels: {a: b}}]}":                      "the labels of x:y are others",
		"{name: pay-slo, rules: [{record: 'x:y', expr: 'sum(rate(x[5m]))', annotations: {a: b}}]}":                 "the texts of x:y are others",
		"{name: pay-slo, rules: [{record: 'x:y', expr: 'sum(rate(x[5m]))'}, {record: b, expr: c}]}":                "it has b, which is not generated",
		"{name: pay-slo, rules: []}": "it lacks x:y",
		"{name: pay-slo, rules: [{alert: 'x:y', expr: 'sum(rate(x[5m]))', keep_firing_for: 1h}]}":                                        "x:y is an alert on one side and a recording rule on the other; x:y keeps firing for 1h, not 0s",
		"{name: pay-slo, interval: 1m, rules: [{record: 'x:y', expr: y, for: 1m, labels: {a: b}, annotations: {a: b}}]}":                 "its interval is 1m, not 0s; the expression of x:y is another one; x:y waits 1m, not 0s; and 2 more",
		"{name: pay-slo, rules: [{record: 'x:y', expr: 'sum(rate(x[5m]))'}, {record: 'x:y', expr: 'sum(rate(x[5m]))', labels: {a: b}}]}": "it has x:y, which is not generated",
	} {
		server := pushtest.NewRuler(t, mimir)
		server.Set(t, "", "nthlayer-pay", deployed)
		s := pay()
		s.All, s.Artefacts = false, s.Of(generate.Recording)
		if got := run(t, open(t, server, ruler.Prometheus), s, false).Changes[0]; got.Why != want {
			t.Errorf("%s: %q, want %q", deployed, got.Why, want)
		}
	}
}

// TestOrderCounts makes sure that rules which stand in another order are told: a
// recording rule may read what the one before it has written.
func TestOrderCounts(t *testing.T) {
	server := pushtest.NewRuler(t, mimir)
	server.Set(t, "", "nthlayer-pay", "{name: g, rules: [{record: b, expr: y}, {record: a, expr: x}]}")
	s := push.Service{Name: "pay", Artefacts: []generate.Artefact{{Kind: generate.Recording, Bytes: []byte("groups: [{name: g, rules: [{record: a, expr: x}, {record: b, expr: y}]}]")}}}
	if got := run(t, open(t, server, ruler.Prometheus), s, false).Changes[0]; got.Action != push.Update || got.Why != "its rules stand in another order" {
		t.Errorf("got %s: %s", got.Action, got.Why)
	}
}

// TestAPartPrunesNothing makes sure that --only alerts does not remove the recording
// rules.
func TestAPartPrunesNothing(t *testing.T) {
	server := pushtest.NewRuler(t, mimir)
	r := open(t, server, ruler.Prometheus)
	run(t, r, pay(), true)
	part := pay()
	part.All, part.Artefacts = false, part.Of(generate.Alerts)
	run(t, r, part, true)
	if got := server.Groups("", "nthlayer-pay"); len(got) != 3 {
		t.Errorf("the namespace has %v", got)
	}
	none := push.Service{Name: "pay", All: true}
	run(t, r, none, true)
	if got := server.Groups("", "nthlayer-pay"); len(got) != 0 {
		t.Errorf("a service without rules keeps %v", got)
	}
}

func TestEnvironmentsAndTenantsAreApart(t *testing.T) {
	server := pushtest.NewRuler(t, mimir)
	staging := pay()
	staging.Environment = "staging"
	r := open(t, server, ruler.Prometheus)
	run(t, r, pay(), true)
	run(t, r, staging, true)
	if a, b := server.Groups("", "nthlayer-pay"), server.Groups("", "nthlayer-pay.staging"); len(a) != 3 || len(b) != 3 {
		t.Errorf("the namespaces have %v and %v", a, b)
	}
}

func TestFailures(t *testing.T) {
	tests := []struct {
		name  string
		fault pushtest.Fault
		want  string
	}{
		{"no credentials", pushtest.Fault{Status: 401, Body: "token s3cr3ttoken is invalid"}, "status 401: token *** is invalid; check the credentials in THE_TOKEN"},
		{"no permission", pushtest.Fault{Method: "POST", Status: 403}, "group pay-http of nthlayer-pay: the ruler at URL refused POST " + mimir + "/nthlayer-pay with status 403; give the credentials in THE_TOKEN the permission to do that"},
		{"a rule it does not take", pushtest.Fault{Method: "POST", Status: 400, Body: "group pay-http:\nparse error"}, "status 400: group pay-http: parse error; raise the limit"},
		{"no ruler", pushtest.Fault{Status: 404, Body: "404 page not found"}, "refused GET " + cortex + "/nthlayer-pay with status 404: 404 page not found; check the address: nothing is there"},
		{"down", pushtest.Fault{Status: 503}, "status 503; run it again when the server is well"},
		{"something else", pushtest.Fault{Status: 200, Body: "<html>Sign in</html>"}, "answered the list of rules with something else"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := pushtest.NewRuler(t, mimir)
			server.Break(test.fault)
			o := push.Run(context.Background(), open(t, server, ruler.Prometheus), pay(), true)
			if o.Err == nil || !strings.Contains(strings.ReplaceAll(o.Err.Error(), server.URL, "URL"), test.want) || o.Done > 0 {
				t.Errorf("got %v after %d changes, want %q", o.Err, o.Done, test.want)
			}
			if o.Err != nil && strings.Contains(o.Err.Error(), "s3cr3t") {
				t.Errorf("a secret is in the error: %v", o.Err)
			}
			// What failed once is done the next time.
			server.Mend()
			run(t, open(t, server, ruler.Prometheus), pay(), true)
			if got := server.Groups("", "nthlayer-pay"); len(got) != 3 {
				t.Errorf("afterwards the namespace has %v", got)
			}
		})
	}
}

// TestABusyRulerIsAskedAgain makes sure that a limit is waited for, and that a group
// is sent again that may have been taken: it takes the place of itself.
func TestABusyRulerIsAskedAgain(t *testing.T) {
	server := pushtest.NewRuler(t, mimir)
	server.Break(pushtest.Fault{Method: "POST", Status: 429, RetryAfter: "1", Times: 1})
	server.Break(pushtest.Fault{Method: "POST", Status: 503, Times: 1})
	run(t, open(t, server, ruler.Prometheus), pay(), true)
	if n := len(server.Requests(http.MethodPost)); n != 5 {
		t.Errorf("%d requests, want 5", n)
	}
}

func TestGroupsOfOneName(t *testing.T) {
	s := pay()
	s.Artefacts[1].Bytes = []byte("groups: [{name: pay-db, rules: [{record: a, expr: b}]}]")
	o := push.Run(context.Background(), open(t, pushtest.NewRuler(t, mimir), ruler.Prometheus), s, true)
	if o.Err == nil || !strings.Contains(o.Err.Error(), "two groups of pay are called pay-db") {
		t.Errorf("got %v", o.Err)
	}
}

// TestARefusedGroupIsToldAtItsLine makes sure that a group that the server refuses is
// told where it comes from, and that nobody looks for a limit in a service file.
func TestARefusedGroupIsToldAtItsLine(t *testing.T) {
	server := pushtest.NewRuler(t, mimir)
	server.Break(pushtest.Fault{Method: http.MethodPost, Status: http.StatusBadRequest, Body: "per-user rules per rule group limit (limit: 20 actual: 33) exceeded"})
	s := pay()
	at := func(line int) spec.Origin { return spec.OriginAt(report.Position{File: "pay.yaml", Line: line}, "") }
	s.Origin = at(1)
	s.Artefacts[0].Trace = []generate.Trace{{Line: 6, EndLine: 10, Origin: at(7)}, {Line: 13, EndLine: 13, Origin: at(9)}}
	s.Artefacts = s.Artefacts[:1]
	o := push.Run(context.Background(), open(t, server, ruler.Prometheus), s, true)
	found := o.Findings(s)
	if len(found) != 1 || found[0].Line != 7 || !strings.Contains(found[0].Message, "group pay-http of nthlayer-pay: the ruler") ||
		!strings.Contains(found[0].Message, "raise the limit of the tenant at the server") {
		t.Errorf("got %+v", found)
	}
	server.Mend()
	server.Break(pushtest.Fault{Method: http.MethodGet, Status: http.StatusBadRequest, Body: "no"})
	if found := push.Run(context.Background(), open(t, server, ruler.Prometheus), s, true).Findings(s); len(found) != 1 || found[0].Line != 1 {
		t.Errorf("before any group: %+v", found)
	}
}
