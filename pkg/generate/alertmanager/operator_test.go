package alertmanager

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	crd "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"gopkg.in/yaml.v3"
	core "k8s.io/api/core/v1"
	sigs "sigs.k8s.io/yaml"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// utc is the same shop, whose people all work in UTC.
var utc = strings.ReplaceAll(shop, "Europe/Berlin", "UTC")

// ownerless is a service one of whose alerts keeps a service label of its own.
const ownerless = `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api, kubernetes: {namespace: shop}}
resources:
  - {kind: Alert, name: Queue, spec: {expr: 'sum by (service) (queue{service!=""}) > 5', severity: page}}
`

func operated(t testing.TB, s *spec.Service, o generate.Options) generate.Result {
	t.Helper()
	catalog, err := tech.New()
	if err != nil {
		t.Fatal(err)
	}
	return Operator{}.Generate(generate.Job{Service: s, Catalog: catalog, Options: o})
}

// configs decodes a file into the operator's own types, which refuses fields that
// they do not have.
func configs(t testing.TB, data []byte) []crd.AlertmanagerConfig {
	t.Helper()
	var out []crd.AlertmanagerConfig
	for doc := range bytes.SplitSeq(data, []byte("\n---\n")) {
		var c crd.AlertmanagerConfig
		if err := sigs.UnmarshalStrict(doc, &c); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		out = append(out, c)
	}
	return out
}

func TestOperatorGolden(t *testing.T) {
	r := operated(t, spectest.Services(t, utc)[3], generate.Options{RouteObject: generate.RouteObject{Labels: map[string]string{"alertmanager": "main"}, Namespace: "monitoring"}})
	if len(r.Findings) > 0 {
		t.Error(r.Findings)
	}
	filetest.Golden(t, "testdata/alertmanagerconfig.yaml", string(r.Artefacts[0].Bytes))
}

// TestOperatorTellsTheSamePeople puts what the operator makes of the objects, which
// it adds to its own route one after the other, beside what the fragments say.
func TestOperatorTellsTheSamePeople(t *testing.T) {
	for _, archive := range []string{utc, ownerless, strings.ReplaceAll(towns, "team: geo", "team: geo, support_model: shared")} {
		parts := fragments(t, archive)
		for _, s := range spectest.Services(t, archive) {
			var want Fragment
			for _, p := range parts {
				if p.Path == s.Name.V+"/"+File {
					if err := yaml.Unmarshal(p.Data, &want); err != nil {
						t.Fatal(err)
					}
				}
			}
			r := operated(t, s, generate.Options{})
			if len(r.Artefacts) != 1 || len(r.Findings) > 0 {
				t.Fatalf("%s: %d files, %+v", s.Name.V, len(r.Artefacts), r.Findings)
			}
			all := configs(t, r.Artefacts[0].Bytes)
			if len(all) != len(want.Routes) || r.Artefacts[0].Count != len(all) {
				t.Fatalf("%s: %d objects for %d routes", s.Name.V, len(all), len(want.Routes))
			}
			names := map[string]bool{}
			for j, c := range all {
				got := Fragment{Routes: []Route{plainRoute(t, *c.Spec.Route)}}
				for _, r := range c.Spec.Receivers {
					got.Receivers = append(got.Receivers, plainReceiver(r))
				}
				for _, r := range c.Spec.InhibitRules {
					got.InhibitRules = append(got.InhibitRules, InhibitRule{plainMatchers(r.SourceMatch), plainMatchers(r.TargetMatch), r.Equal})
				}
				for _, m := range c.Spec.MuteTimeIntervals {
					got.TimeIntervals = append(got.TimeIntervals, plainInterval(m))
				}
				expected := want
				expected.Routes = want.Routes[j : j+1]
				if diff := cmp.Diff(expected, got); diff != "" {
					t.Errorf("%s: -fragment +object:\n%s", s.Name.V, diff)
				}
				names[c.Name] = true
				if c.APIVersion != "monitoring.coreos.com/v1alpha1" || c.Kind != "AlertmanagerConfig" || c.Namespace != s.Workload.Namespace.V {
					t.Errorf("got %s %s in %q", c.APIVersion, c.Kind, c.Namespace)
				}
			}
			if len(names) != len(all) {
				t.Errorf("%s: several objects are called alike: %v", s.Name.V, names)
			}
		}
	}
}

func plainRoute(t *testing.T, r crd.Route) Route {
	t.Helper()
	out := Route{
		Matchers: plainMatchers(r.Matchers), Receiver: r.Receiver, GroupBy: r.GroupBy, ActiveTimeIntervals: r.ActiveTimeIntervals, Continue: r.Continue,
	}
	if r.GroupWait != nil { // only the first route of a service has all timings
		out.GroupWait, out.GroupInterval = string(*r.GroupWait), string(*r.GroupInterval)
	}
	if r.RepeatInterval != nil {
		out.RepeatInterval = string(*r.RepeatInterval)
	}
	children, err := r.ChildRoutes()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range children {
		out.Routes = append(out.Routes, plainRoute(t, c))
	}
	return out
}

func plainMatchers(all []crd.Matcher) []string {
	var out []string
	for _, m := range all {
		if m.Validate() != nil || m.Regex {
			m.Name = "refused " + m.Name
		}
		out = append(out, m.String())
	}
	return out
}

// plainReceiver reads the name of a Secret as that of a file, which the fragments
// have in its place.
func plainReceiver(r crd.Receiver) Receiver {
	out := Receiver{Name: r.Name}
	file := func(s *core.SecretKeySelector, key string) string {
		if s == nil || s.Key != key {
			return "no secret"
		}
		return secrets + s.Name
	}
	for _, p := range r.PagerDutyConfigs {
		details := map[string]string{}
		for _, d := range p.Details {
			details[d.Key] = d.Value
		}
		out.PagerDuty = append(out.PagerDuty, PagerDuty{file(p.RoutingKey, "routing-key"), *p.SendResolved, *p.Severity, *p.Class, *p.Component, *p.Group, details})
	}
	for _, s := range r.SlackConfigs {
		out.Slack = append(out.Slack, Slack{file(s.APIURL, "api-url"), *s.SendResolved, *s.Title, *s.Text})
	}
	return out
}

func plainInterval(m crd.MuteTimeInterval) TimeInterval {
	out := TimeInterval{Name: m.Name}
	for _, i := range m.TimeIntervals {
		s := Span{Location: "UTC"}
		for _, d := range i.Weekdays {
			s.Weekdays = append(s.Weekdays, string(d))
		}
		for _, c := range i.Times {
			s.Times = append(s.Times, Clock{string(c.StartTime), string(c.EndTime)})
		}
		out.Intervals = append(out.Intervals, s)
	}
	return out
}

// TestOperatorKnowsNoTimeZones makes sure that nobody is paged at hours that are not
// theirs.
func TestOperatorKnowsNoTimeZones(t *testing.T) {
	s := spectest.Services(t, shop)[0]
	r := operated(t, s, generate.Options{})
	if len(r.Artefacts) != 0 || len(r.Findings) != 1 {
		t.Fatalf("%d files, %+v", len(r.Artefacts), r.Findings)
	}
	f := r.Findings[0]
	if f.Rule != "generate/timezone" || f.Severity != report.Error || !strings.Contains(f.Message, "business hours of Europe/Berlin") || f.Line == 0 || f.Column < 100 {
		t.Errorf("got %+v", f)
	}
	if r := operated(t, &spec.Service{}, generate.Options{}); len(r.Artefacts)+len(r.Findings) > 0 {
		t.Error("a service without a team has receivers")
	}
}

// TestOperatorTakesEveryName makes sure that names of services and teams stay texts,
// and that those of objects are ones that Kubernetes takes.
func TestOperatorTakesEveryName(t *testing.T) {
	for _, name := range []string{"a\"b\\n\n", `x"} or up{`, strings.Repeat("long", 30), "{{ .Labels }}", "---", "Ü"} {
		s := &spec.Service{Name: spec.Value[string]{V: name}, Team: spec.Value[string]{V: name}}
		s.Workload.Namespace.V = "No Namespace"
		for _, c := range configs(t, operated(t, s, generate.Options{}).Artefacts[0].Bytes) {
			matchers := c.Spec.Route.Matchers
			if matchers[0].Name != "service" || matchers[0].Value != name || len(c.Name) > 63 || strings.ToLower(c.Name) != c.Name || c.Namespace != "" {
				data, _ := json.Marshal(c) // it was decoded from text
				t.Errorf("%q: got %s", name, data)
			}
		}
	}
}
