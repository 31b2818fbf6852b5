package alertmanager

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

const shop = `
-- pay.yaml --
service: {name: pay, team: Money Team, tier: critical, type: api}
resources:
  - {kind: PagerDuty, name: p, spec: {integration_key: s3cr3tkey}}
  - {kind: Alert, name: Queue, spec: {expr: 'sum by (service) (queue) > 5', severity: page, labels: {routing: sre}}}
-- cart.yaml --
service: {name: cart, team: Money Team, tier: low, type: api, support_model: business_hours, pagerduty: {timezone: Europe/Berlin}}
-- search.yaml --
service: {name: search, team: discovery, tier: high, type: api, support_model: sre}
-- stock.yaml --
service: {name: stock, team: discovery, tier: standard, type: api, support_model: shared, pagerduty: {timezone: Europe/Berlin}}
`

// fragments are the parts of the services of an archive: of no environment when none
// is named, else of those that are.
func fragments(t testing.TB, archive string, environments ...string) []Part {
	t.Helper()
	catalog, err := tech.New()
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"other/alerts.yaml": {Data: []byte("groups: []")}}
	if len(environments) == 0 {
		environments = []string{""}
	}
	for _, e := range environments {
		for _, s := range spectest.Load(t, archive, e).Services {
			r := Routes{}.Generate(generate.Job{Service: s, Catalog: catalog})
			if len(r.Artefacts) != 1 || len(r.Findings) > 0 {
				t.Fatalf("%s: %+v", s.Name.V, r)
			}
			files[path.Join(e, s.Name.V, File)] = &fstest.MapFile{Data: r.Artefacts[0].Bytes}
		}
	}
	parts, err := Find(files)
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func load(t testing.TB, data []byte) *config.Config {
	t.Helper()
	c, err := config.Load(string(data))
	if err != nil {
		t.Fatalf("Alertmanager refuses the configuration: %v\n%s", err, data)
	}
	return c
}

func TestGolden(t *testing.T) {
	parts := fragments(t, shop)
	merged, err := Merge(nil, parts)
	if err != nil {
		t.Fatal(err)
	}
	load(t, merged)
	for _, p := range parts {
		if strings.HasPrefix(p.Path, "stock/") {
			filetest.Golden(t, "testdata/fragment.yaml", string(p.Data))
		}
	}
	filetest.Golden(t, "testdata/merged.yaml", string(merged))
	if strings.Contains(string(merged), "s3cr3tkey") {
		t.Error("a key is in the configuration")
	}
	parts[0], parts[3] = parts[3], parts[0]
	if again, err := Merge(nil, parts); err != nil || !cmp.Equal(again, merged) {
		t.Errorf("the order of the files matters: %v", err)
	}
}

// TestAlertsReachTheirPeople asks Alertmanager's own tree of routes who is told at
// a time. A route that is not active then tells nobody.
func TestAlertsReachTheirPeople(t *testing.T) {
	merged, err := Merge(nil, fragments(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	c := load(t, merged)
	const noon, night, sunday = "2026-03-04T12:00:00+01:00", "2026-03-04T23:30:00+01:00", "2026-03-08T12:00:00+01:00"
	tests := []struct {
		labels string
		at     string
		want   string
	}{
		{"service=pay severity=critical", noon, "money-team-pagerduty"},
		{"service=pay severity=critical", night, "money-team-pagerduty"},
		{"service=pay severity=critical dependency=db", noon, "money-team-pagerduty"},
		{"service=pay severity=page", night, "money-team-pagerduty"},
		{"service=pay severity=page routing=sre", night, "sre-pagerduty"},
		{"service=pay severity=warning", noon, "money-team-slack"},
		{"service=pay severity=ticket", noon, "money-team-slack"},
		{"service=pay severity=info", noon, "null"},
		{"service=pay", noon, "money-team-slack"},
		{"service=search owner_service=pay severity=critical", noon, "money-team-pagerduty"},

		{"service=cart severity=critical", noon, "money-team-pagerduty"},
		{"service=cart severity=critical", night, ""},
		{"service=cart severity=critical", sunday, ""},
		{"service=cart severity=warning", night, "money-team-slack"},

		{"service=search severity=critical routing=sre", night, "sre-pagerduty discovery-slack"},
		{"service=search severity=critical", night, "sre-pagerduty discovery-slack"},
		{"service=search severity=warning routing=sre", night, "discovery-slack"},

		{"service=stock severity=critical routing=shared", noon, "discovery-pagerduty"},
		{"service=stock severity=critical routing=shared", night, "sre-pagerduty"},
		{"service=stock severity=critical routing=shared", sunday, "sre-pagerduty"},
		{"service=stock severity=critical routing=sre", noon, "sre-pagerduty"},

		{"service=unknown severity=critical", noon, "null"},
		{"severity=critical", noon, "null"},
		{"routing=sre severity=critical service=other", noon, "null"},
	}
	for _, test := range tests {
		t.Run(test.labels+" "+test.at, func(t *testing.T) {
			if got := strings.Join(told(t, c, test.labels, test.at), " "); got != test.want {
				t.Errorf("%q is told, want %q", got, test.want)
			}
		})
	}
}

// told are the receivers of an alert at a time.
func told(t *testing.T, c *config.Config, alert, at string) []string {
	t.Helper()
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	times := map[string][]timeinterval.TimeInterval{}
	for _, i := range c.TimeIntervals {
		times[i.Name] = i.TimeIntervals
	}
	var out []string
	for _, r := range matching(c, alert) {
		active, _, err := timeinterval.NewIntervener(times).Mutes(r.RouteOpts.ActiveTimeIntervals, now)
		if err != nil {
			t.Fatal(err)
		}
		if active || len(r.RouteOpts.ActiveTimeIntervals) == 0 {
			out = append(out, r.RouteOpts.Receiver)
		}
	}
	return out
}

// matching are the routes that Alertmanager follows for an alert.
func matching(c *config.Config, alert string) []*dispatch.Route {
	return dispatch.NewRoute(c.Route, nil).Match(labelSet(alert))
}

func TestTimings(t *testing.T) {
	for tier, want := range map[string]string{"critical": "10s 1h", "high": "30s 2h", "standard": "1m 4h", "low": "5m 12h"} {
		c := merged(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: "+tier+", type: api}\n")
		r := c.Route.Routes[0]
		if got := fmt.Sprint(r.GroupWait, " ", r.RepeatInterval); got != want {
			t.Errorf("tier %s: %s, want %s", tier, got, want)
		}
	}
}

func merged(t testing.TB, archive string) *config.Config {
	t.Helper()
	data, err := Merge(nil, fragments(t, archive))
	if err != nil {
		t.Fatal(err)
	}
	return load(t, data)
}

func labelSet(pairs string) model.LabelSet {
	set := model.LabelSet{}
	for pair := range strings.FieldsSeq(pairs) {
		name, value, _ := strings.Cut(pair, "=")
		set[model.LabelName(name)] = model.LabelValue(value)
	}
	return set
}

// TestEveryNameIsAccepted makes sure that no name of a service or a team breaks the
// configuration, and that its alerts still reach it.
func TestEveryNameIsAccepted(t *testing.T) {
	catalog, err := tech.New()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("\n\"'`\\{}[]#:&*!|>%@,$-~ ")), rapid.Rune()), 1, 20, -1)
		s := &spec.Service{Name: spec.Value[string]{V: name.Draw(rt, "name")}, Team: spec.Value[string]{V: name.Draw(rt, "team")}}
		s.SupportModel.V = "shared"
		r := Routes{}.Generate(generate.Job{Service: s, Catalog: catalog})
		data, err := Merge(nil, []Part{{Path: "x", Data: r.Artefacts[0].Bytes}})
		if err != nil {
			rt.Fatal(err)
		}
		c, err := config.Load(string(data))
		if err != nil {
			rt.Fatalf("%v\n%s", err, data)
		}
		routes := dispatch.NewRoute(c.Route, nil).Match(model.LabelSet{"service": model.LabelValue(s.Name.V), "severity": "warning"})
		if routes[0].RouteOpts.Receiver == Nobody {
			rt.Fatalf("the alerts of %q reach nobody:\n%s", s.Name.V, data)
		}
	})
}
