package prometheusrule

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/alert"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

const shop = `
-- shop.yaml --
service: {name: shop, team: sales, tier: high, type: api, kubernetes: {namespace: sales}}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: calendar-month, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: Alert, name: Slow, spec: {expr: "up == 0\n\nor down > 1\n", for: 5m}}
`

// crd is what the definition of the object takes: fields, and formats of texts.
type crd struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name      string            `yaml:"name"`
		Namespace string            `yaml:"namespace"`
		Labels    map[string]string `yaml:"labels"`
	} `yaml:"metadata"`
	Spec struct {
		Groups []struct {
			Name     string `yaml:"name"`
			Interval string `yaml:"interval"`
			Rules    []struct {
				Record        string            `yaml:"record"`
				Alert         string            `yaml:"alert"`
				Expr          string            `yaml:"expr"`
				For           string            `yaml:"for"`
				KeepFiringFor string            `yaml:"keep_firing_for"`
				Labels        map[string]string `yaml:"labels"`
				Annotations   map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	} `yaml:"spec"`
}

func job(t *testing.T, archive string) generate.Job {
	t.Helper()
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := spectest.Services(t, archive)[0]
	return generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)}
}

// read reads an object as the operator does: a field that its definition does not
// have is an error.
func read(t *testing.T, data []byte) crd {
	t.Helper()
	var out crd
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return out
}

// TestGolden shows an object. One kind of rules is enough: the others are theirs.
func TestGolden(t *testing.T) {
	j := job(t, shop)
	j.Options.RuleObject = generate.RuleObject{Kinds: []generate.Kind{generate.Alerts}, Labels: map[string]string{"release": "monitoring"}}
	filetest.Golden(t, "testdata/prometheusrule.yaml", string(Object{}.Generate(j).Artefacts[0].Bytes))
}

func TestTheObjectIsWhatTheOperatorReads(t *testing.T) {
	j := job(t, shop)
	j.Options.RuleObject.Labels = map[string]string{"release": "monitoring", "example.com/ring": "1"}
	a := Object{}.Generate(j).Artefacts[0]
	got := read(t, a.Bytes)
	head := []string{got.APIVersion, got.Kind, got.Metadata.Name, got.Metadata.Namespace, got.Metadata.Labels["release"], got.Metadata.Labels["example.com/ring"]}
	if diff := cmp.Diff([]string{"monitoring.coreos.com/v1", "PrometheusRule", "nthlayer-shop", "sales", "monitoring", "1"}, head); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	duration := regexp.MustCompile(`^(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?$`)
	names := map[string]bool{}
	rules := 0
	for _, g := range got.Spec.Groups {
		if g.Name == "" || names[g.Name] || !duration.MatchString(g.Interval) {
			t.Errorf("group %+v", g)
		}
		names[g.Name] = true
		for _, r := range g.Rules {
			rules++
			if r.Expr == "" || (r.Alert == "") == (r.Record == "") || !duration.MatchString(r.For) {
				t.Errorf("rule %+v", r)
			}
		}
	}
	if rules != a.Count {
		t.Errorf("%d rules, and it says %d", rules, a.Count)
	}
}

// TestTheRulesAreThoseOfTheRuleFiles compares what Prometheus loads from the rule
// files with what it would be given by the operator.
func TestTheRulesAreThoseOfTheRuleFiles(t *testing.T) {
	j := job(t, shop)
	var want []rulefmt.RuleGroup
	for _, g := range []generate.Generator{record.Rules{}, record.BurnRate{}, alert.Alerts{}} {
		want = append(want, groups(t, g.Generate(j).Artefacts[0].Bytes)...)
	}
	_, spec, found := strings.Cut(string(Object{}.Generate(j).Artefacts[0].Bytes), "\nspec:\n")
	if !found {
		t.Fatal("there is no spec")
	}
	if diff := cmp.Diff(want, groups(t, []byte(spec))); diff != "" {
		t.Errorf("-rule files +object:\n%s", diff)
	}
}

func groups(t *testing.T, data []byte) []rulefmt.RuleGroup {
	t.Helper()
	g, errs := rulefmt.Parse(data, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, data)
	}
	return g.Groups
}

// TestEveryLineLeadsToItsRule makes sure that what is wrong with a rule is told at
// the place of the service file that it came from.
func TestEveryLineLeadsToItsRule(t *testing.T) {
	a := Object{}.Generate(job(t, shop)).Artefacts[0]
	rule := regexp.MustCompile(`^ +- (?:alert|record): (\S+)$`)
	seen := 0
	for i, line := range strings.Split(string(a.Bytes), "\n") {
		m := rule.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		seen++
		if at, ok := a.At(i + 1); !ok || at.What != m[1] || at.Line != i+1 || !at.Origin.Written() {
			t.Errorf("line %d, %s: %+v", i+1, m[1], at)
		}
	}
	if seen != a.Count || a.Trace[len(a.Trace)-1].EndLine != bytes.Count(a.Bytes, []byte("\n")) {
		t.Errorf("%d of %d rules, the last one up to line %d", seen, a.Count, a.Trace[len(a.Trace)-1].EndLine)
	}
}

// TestObjectsDoNotReplaceEachOther makes sure that those with some rules only, and
// those of other environments and services, have names of their own.
func TestObjectsDoNotReplaceEachOther(t *testing.T) {
	var names []string
	add := func(change func(*generate.Job)) {
		j := job(t, shop)
		change(&j)
		names = append(names, read(t, Object{}.Generate(j).Artefacts[0].Bytes).Metadata.Name)
	}
	add(func(*generate.Job) {})
	add(func(j *generate.Job) { j.Options.RuleObject.Kinds = []generate.Kind{generate.Alerts} })
	add(func(j *generate.Job) { j.Options.RuleObject.Kinds = []generate.Kind{generate.Recording} })
	add(func(j *generate.Job) { j.Service.Environment = "dev" })
	add(func(j *generate.Job) { j.Service.Name.V = "Shop" })
	add(func(j *generate.Job) { j.Service.Name.V = strings.Repeat("shop", 20) })
	if len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Errorf("%v", names)
	}
	name := regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	for _, n := range names {
		if !name.MatchString(n) {
			t.Errorf("Kubernetes does not take the name %s", n)
		}
	}
}

func TestOnlyTheRulesThatAreAskedFor(t *testing.T) {
	j := job(t, shop)
	j.Options.RuleObject.Kinds = []generate.Kind{generate.BurnRate}
	for _, g := range read(t, Object{}.Generate(j).Artefacts[0].Bytes).Spec.Groups {
		if g.Name != "nthlayer-burnrate-shop" {
			t.Errorf("there is the group %s", g.Name)
		}
	}
	j.Service.SLOs = nil
	if r := (Object{}).Generate(j); len(r.Artefacts) > 0 {
		t.Errorf("a service without rules gives %s", r.Artefacts[0].Bytes)
	}
}

func TestNamespaces(t *testing.T) {
	j := job(t, strings.Replace(shop, "namespace: sales", "namespace: Sales", 1))
	r := Object{}.Generate(j)
	if n := read(t, r.Artefacts[0].Bytes).Metadata.Namespace; n != "" || !slices.ContainsFunc(r.Findings, isNamespace) {
		t.Errorf("namespace %q, %+v", n, r.Findings)
	}
	j.Options.RuleObject.Namespace = "monitoring"
	r = Object{}.Generate(j)
	if n := read(t, r.Artefacts[0].Bytes).Metadata.Namespace; n != "monitoring" || slices.ContainsFunc(r.Findings, isNamespace) {
		t.Errorf("namespace %q, %+v", n, r.Findings)
	}
}

func TestLabelsThatKubernetesDoesNotTake(t *testing.T) {
	long := strings.Repeat("x", 64)
	for key, value := range map[string]string{"a b": "c", "": "c", "-a": "c", "/a": "c", "a/": "c", "A.com/x": "c", "a/b/c": "d", long: "c", "a": long, "b": "x y", "c": "-", "d": "${{ x }}\n"} {
		if err := CheckLabels(map[string]string{key: value}); err == nil {
			t.Errorf("%q: %q is taken", key, value)
		}
	}
	for key, value := range map[string]string{"release": "kube-prometheus-stack", "example.com/ring": "1", "a": "", "x_y.z": long[1:]} {
		if err := CheckLabels(map[string]string{key: value}); err != nil {
			t.Error(err)
		}
	}
}

func isNamespace(f report.Finding) bool { return f.Rule == "generate/prometheusrule" }
