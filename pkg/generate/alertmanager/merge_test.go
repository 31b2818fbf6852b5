package alertmanager

import (
	"strings"
	"testing"
	"testing/fstest"
)

const base = `# Ours.
global: {resolve_timeout: 10m}
route:
  receiver: ops
  routes:
    - {matchers: [alertname="Watchdog"], receiver: watchdog}
receivers:
  - name: ops
  - name: watchdog # of our own
  - name: "null"
  - name: discovery-pagerduty-old
time_intervals:
  - name: nights
    time_intervals: [{times: [{start_time: "00:00", end_time: "06:00"}]}]
`

func TestBase(t *testing.T) {
	data, err := Merge(&Part{Path: "own.yaml", Data: []byte(base)}, fragments(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	c := load(t, data)
	for labels, want := range map[string]string{
		"service=unknown": "ops", "alertname=Watchdog service=pay": "watchdog", "service=pay severity=critical": "money-team-pagerduty",
	} {
		if got := strings.Join(told(t, c, labels, "2026-03-04T12:00:00Z"), " "); got != want {
			t.Errorf("%s: %q is told, want %q", labels, got, want)
		}
	}
	if !strings.Contains(string(data), "# of our own") {
		t.Error("the base lost its comments")
	}
	// What was merged is a base to which the same can be added.
	again, err := Merge(&Part{Path: "own.yaml", Data: data}, fragments(t, shop))
	if err != nil || len(load(t, again).Receivers) != len(c.Receivers) {
		t.Errorf("the same receivers are refused or there twice: %v", err)
	}
}

// TestABaseThatMeansSomebodyElse makes sure that no page goes to a receiver or is held
// back by hours that only have the name of ours.
func TestABaseThatMeansSomebodyElse(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"a receiver of nobody":   {"receivers:\n  - name: ops\n  - name: discovery-pagerduty\n", "own.yaml:5 has a receiver discovery-pagerduty that is not the one of search/alertmanager-fragment.yaml"},
		"a receiver with more":   {"receivers:\n  - name: ops\n  - name: \"null\"\n    webhook_configs: [{url: \"http://example.com\"}]\n", "own.yaml:5 has a receiver null that is not the one of cart/alertmanager-fragment.yaml"},
		"other hours":            {"receivers: [{name: ops}]\ntime_intervals:\n  - {name: business-hours Europe/Berlin, time_intervals: [{months: [may]}]}\n", "own.yaml:5 has a time interval business-hours Europe/Berlin that is not the one of cart/"},
		"a receiver with a name": {"receivers: [{name: ops}, {name: money-team-slack, slack_configs: [{channel: '#all'}]}]\n", "give the one of own.yaml another name"},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := Merge(&Part{Path: "own.yaml", Data: []byte("# Ours.\nroute: {receiver: ops}\n" + test.text)}, fragments(t, shop))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q:\n%s", err, test.want, data)
			}
		})
	}
}

// TestPartsAreFoundInEveryLayout makes sure that nobody's routes are lost because
// files lie by type, and that those of environments can be left out.
func TestPartsAreFoundInEveryLayout(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{
		"pay/alertmanager-fragment.yaml", "alertmanager-fragment/cart.yaml", "prod/pay/alertmanager-fragment.yaml", "prod/alertmanager-fragment/cart.yaml",
		"alerts/pay.yaml", "pay/alerts.yaml", "alertmanager-fragment/README.md", ".nthlayer/pay.json",
	} {
		files[name] = &fstest.MapFile{Data: []byte("x")}
	}
	parts, err := Find(files)
	if err != nil {
		t.Fatal(err)
	}
	names := func(parts []Part) string {
		var out []string
		for _, p := range parts {
			out = append(out, p.Path)
		}
		return strings.Join(out, " ")
	}
	if got := names(parts); got != "alertmanager-fragment/cart.yaml pay/alertmanager-fragment.yaml prod/alertmanager-fragment/cart.yaml prod/pay/alertmanager-fragment.yaml" {
		t.Errorf("found %s", got)
	}
	if got := names(OfNoEnvironment(parts)); got != "alertmanager-fragment/cart.yaml pay/alertmanager-fragment.yaml" {
		t.Errorf("of no environment are %s", got)
	}
}

func TestWhatCannotBeMerged(t *testing.T) {
	good := fragments(t, shop)
	other := strings.ReplaceAll(string(good[1].Data), "send_resolved: true", "send_resolved: false")
	tests := []struct {
		name  string
		base  string
		parts []Part
		want  string
	}{
		{"nothing", "", nil, "run nthlayer apply first"},
		{"no part", "", []Part{{"a", []byte("groups: []")}}, "a is no part that nthlayer has written"},
		{"empty", "", []Part{{"a", nil}}, "a is no part that nthlayer has written"},
		{"a key of its own", "", []Part{{"a", []byte("receivers: [{name: x, webhook_configs: [{url: 'http://example.com'}]}]")}}, "a is no part"},
		{"everybody's alerts", "", []Part{{"a", []byte(`routes: [{receiver: x, matchers: ['severity="critical"']}]`)}}, "a has a route that is not for one service alone"},
		{"no service", "", []Part{{"a", []byte(`routes: [{receiver: x, matchers: ['service=""']}]`)}}, "not for one service alone"},
		{"two versions", "", []Part{good[0], {"b", []byte(other)}}, "of b is another one than that of cart/"},
		{"two environments", "", []Part{good[0], {"prod/" + good[0].Path, good[0].Data}}, `cart/alertmanager-fragment.yaml and prod/cart/alertmanager-fragment.yaml both have a route for service="cart"`},
		{"a base without a route", "receivers: []", good, "own.yaml has no route with a receiver"},
		{"a base that is a list", "[]", good, "own.yaml is no configuration"},
		{"a base that is no YAML", "{", good, "own.yaml is no configuration"},
		{"a base with another list", "route: {receiver: x}\nreceivers: x", good, "line 2: receivers is no list"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var own *Part
			if test.base != "" {
				own = &Part{Path: "own.yaml", Data: []byte(test.base)}
			}
			if data, err := Merge(own, test.parts); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v and %d bytes, want %q", err, len(data), test.want)
			}
		})
	}
}
