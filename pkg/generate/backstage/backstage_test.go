package backstage

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

const service = `
-- pay.yaml --
service: {name: pay, team: Money and more, tier: critical, type: api, language: Go, description: Takes payments, runbook: https://runbooks.example.com/pay}
resources:
  - kind: Dependencies
    name: d
    spec:
      databases: [{name: orders, type: postgresql}]
      services: [{name: identity}]
      external_apis: [{name: 'a/b', type: rest}]
  - {kind: PagerDuty, name: p, spec: {service_id: PABC123}}
`

// component has the fields of Backstage's format that are in use.
type component struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name, Description string
		Annotations       map[string]string
		Tags              []string
		Links             []struct{ URL, Title string }
	}
	Spec struct {
		Type, Lifecycle, Owner string
		DependsOn              []string `yaml:"dependsOn"`
	}
}

func decoded(t interface{ Fatalf(string, ...any) }, data []byte) component {
	var c component
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return c
}

func TestGolden(t *testing.T) {
	s := spectest.Services(t, service)[0]
	job := generate.Job{Service: s, Metrics: intent.Offline(s), Options: generate.Options{GrafanaURL: "https://grafana.example.com"}}
	r := Entity{}.Generate(job)
	filetest.Golden(t, "testdata/catalog-info.yaml", string(r.Artefacts[0].Bytes))
	decoded(t, r.Artefacts[0].Bytes)
	if len(r.Findings) != 1 || r.Findings[0].Message != "the dependency a/b has no name that Backstage takes, and is left out" || r.Findings[0].Line != 8 {
		t.Errorf("got %+v", r.Findings)
	}
	if again := (Entity{}).Generate(job); !cmp.Equal(again.Artefacts[0].Bytes, r.Artefacts[0].Bytes) {
		t.Error("the file differs from run to run")
	}
}

// TestReferencesAreOnesThatBackstageTakes makes sure that a text of a service file
// cannot become a reference to something else.
func TestReferencesAreOnesThatBackstageTakes(t *testing.T) {
	hostile := rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("\n\"'#:{}[]/ -_.aB1")), rapid.Rune()), 1, 80, -1)
	rapid.Check(t, func(rt *rapid.T) {
		text := func(what string) spec.Value[string] { return spec.Value[string]{V: hostile.Draw(rt, what)} }
		s := &spec.Service{
			Name: spec.Value[string]{V: "pay"}, Team: text("team"), Description: text("description"), Language: text("language"), Runbook: text("runbook"),
			File: hostile.Draw(rt, "file"), Dependencies: []spec.Dependency{{Name: text("dependency"), Kind: spec.DependencyService}},
		}
		c := decoded(rt, Entity{}.Generate(generate.Job{Service: s}).Artefacts[0].Bytes)
		for _, ref := range append(c.Spec.DependsOn, c.Spec.Owner) {
			_, n, _ := strings.Cut(ref, ":")
			if !name.MatchString(n) {
				rt.Fatalf("%q", ref)
			}
		}
		if c.Metadata.Description != s.Description.V || len(c.Metadata.Links) > 0 && c.Metadata.Links[0].URL != s.Runbook.V {
			rt.Fatalf("%+v", c.Metadata)
		}
	})
}

func TestTeamWithoutAName(t *testing.T) {
	s := &spec.Service{Name: spec.Value[string]{V: "pay"}, Team: spec.Value[string]{V: "---"}, Environment: "staging"}
	r := Entity{}.Generate(generate.Job{Service: s})
	c := decoded(t, r.Artefacts[0].Bytes)
	if c.Spec.Owner != "group:unknown" || c.Spec.Lifecycle != "experimental" || len(r.Findings) != 1 {
		t.Errorf("%+v %+v", c.Spec, r.Findings)
	}
}

// TestDashboardsAreFoundByAnExpression makes sure that the plugin for Grafana, which
// takes letters, digits, underscores and hyphens alone for a tag, reads the selector
// as one comparison with the tag that the dashboard has.
func TestDashboardsAreFoundByAnExpression(t *testing.T) {
	literal := regexp.MustCompile(`^tags @> '((?:[^'\\\n]|\\.)*)'$`)
	for _, name := range []string{"pay", "it's", `a\`, "a\nb", "' || tags @> 'x"} {
		s := &spec.Service{Name: spec.Value[string]{V: name}, Team: spec.Value[string]{V: "money"}}
		r := Entity{}.Generate(generate.Job{Service: s, Metrics: intent.Offline(s)})
		selector := decoded(t, r.Artefacts[0].Bytes).Metadata.Annotations["grafana/dashboard-selector"]
		m := literal.FindStringSubmatch(selector)
		if m == nil || strings.NewReplacer(`\\`, `\`, `\'`, "'", `\n`, "\n").Replace(m[1]) != "service:"+name {
			t.Errorf("%q: got %s", name, selector)
		}
	}
}
