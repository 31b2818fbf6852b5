package exporter

import (
	"bytes"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/config"
	"gopkg.in/yaml.v3"
	apps "k8s.io/api/apps/v1"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// TestNoSecretLeaves makes sure that no value of a secret that somebody wrote into a
// service file, wherever that is, is in any generated file.
func TestNoSecretLeaves(t *testing.T) {
	const canary = "hunter2canary"
	r := generated(t, strings.ReplaceAll(`
-- shop.yaml --
service: {name: shop, team: t, tier: critical, type: api}
resources:
  - kind: Dependencies
    name: d
    spec:
      databases:
        - {name: a, type: postgresql, host: 'exporter:CANARY@db.example.com', database: d, username: u}
        - {name: b, type: mysql, host: db.example.com, username: u, secret: {name: 'CANARY/=', key: k}, exporter: {args: ['--mysqld.password=CANARY', '--x.api-key=CANARY', '--y=mysql://u:CANARY@db', '--auth.token=CANARY', --fine]}}
        - {name: c, type: redis, host: 'redis://:CANARY@db', username: u}
`, "CANARY", canary), nil)
	if len(r.Artefacts) < 6 {
		t.Fatalf("only %d files", len(r.Artefacts))
	}
	for _, a := range r.Artefacts {
		if bytes.Contains(a.Bytes, []byte(canary)) {
			t.Errorf("%s holds the secret:\n%s", a.Path, a.Bytes)
		}
	}
	refused := 0
	for _, f := range r.Findings {
		if strings.Contains(f.Message+f.Suggestion, canary) {
			t.Errorf("the finding holds the secret: %s", f.Message)
		}
		if f.Severity == "error" {
			refused++
		}
	}
	if refused != 7 {
		t.Errorf("%d of 7 secrets were refused: %+v", refused, r.Findings)
	}
	if !strings.Contains(string(file(t, r, "b-exporter.yaml")), "- --fine\n") {
		t.Error("an argument without a secret is gone")
	}
}

// TestHostileTextsStayTexts makes sure that no text of a service file becomes anything
// but the value that it is.
func TestHostileTextsStayTexts(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	hostile := rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("\n\t\"'#:{}[]&*!|>%@`$()- \\aé~,")), rapid.Rune()), 1, 30, -1)
	rapid.Check(t, func(rt *rapid.T) {
		text := func(what string) spec.Value[string] { return spec.Value[string]{V: hostile.Draw(rt, what)} }
		name, user, label := text("name"), text("username"), text("label")
		s := &spec.Service{
			Name: spec.Value[string]{V: "shop"}, Team: text("team"), Tier: spec.Value[spec.Tier]{V: spec.TierLow}, File: hostile.Draw(rt, "file"),
			Workload: spec.Workload{Namespace: text("namespace")},
			Dependencies: []spec.Dependency{{
				Name: name, Kind: spec.DependencyDatabase, Type: spec.Value[string]{V: rapid.SampledFrom([]string{"postgresql", "mysql", "redis", "mongodb", "kafka", "etcd"}).Draw(rt, "type")},
				Selector: []spec.Entry{{Key: "cluster", Value: label}},
				Connection: spec.Connection{
					Host: text("host"), Database: text("database"), Username: user, SecretName: text("secret"), SecretKey: text("key"),
				},
				Exporter: spec.ExporterChoice{Image: text("image"), Version: text("version"), Args: []spec.Value[string]{text("arg")}, Collectors: []spec.Value[string]{text("collector")}},
			}},
		}
		job := generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)}
		for _, a := range (Exporters{}).Generate(job).Artefacts {
			checkHostile(t, rt, a, name.V, label.V)
		}
	})
}

func checkHostile(t *testing.T, rt *rapid.T, a generate.Artefact, name, label string) {
	t.Helper()
	docs := bytes.Split(a.Bytes, []byte("\n---\n"))
	switch {
	case strings.HasSuffix(a.Path, "-exporter.yaml"):
		var d apps.Deployment
		strict(t, docs[0], &d)
		if len(docs) != 3 || len(d.Spec.Template.Spec.Containers) != 1 || d.Spec.Template.Spec.HostNetwork {
			rt.Fatalf("not as it was:\n%s", a.Bytes)
		}
	case strings.Contains(a.Path, "scrape-configs"):
		if _, err := config.Load(string(a.Bytes), slog.New(slog.DiscardHandler)); err != nil {
			rt.Fatalf("%v in\n%s", err, a.Bytes)
		}
		jobs := scrapeConfigs(t, a.Bytes)
		if len(jobs) != 1 || jobs[0].Job != "shop/"+name || jobs[0].Static[0].Labels["cluster"] != label {
			rt.Fatalf("%s is not the job of %s with %s:\n%s", strconv.Quote(jobs[0].Job), strconv.Quote(name), strconv.Quote(label), a.Bytes)
		}
	default:
		var read map[string]any
		if err := yaml.Unmarshal(a.Bytes, &read); err != nil {
			rt.Fatalf("%v in\n%s", err, a.Bytes)
		}
	}
}

// TestNamesFit makes sure that long names are cut, and do not become one.
func TestNamesFit(t *testing.T) {
	long := strings.Repeat("a", 60)
	r := generated(t, strings.ReplaceAll(`
-- shop.yaml --
service: {name: LONG, team: t, tier: low, type: api}
resources:
  - {kind: Dependencies, name: d, spec: {caches: [{name: LONGb, type: redis, host: h, username: u}, {name: LONGc, type: redis, host: h, username: u}]}}
`, "LONG", long), func(e *generate.Exporting) { e.Formats = []string{Kubernetes} })
	seen := map[string]bool{}
	for _, a := range r.Artefacts {
		var d apps.Deployment
		strict(t, bytes.Split(a.Bytes, []byte("\n---\n"))[0], &d)
		if len(d.Name) > 63 || seen[d.Name] {
			t.Errorf("%s has %d characters, among %v", d.Name, len(d.Name), seen)
		}
		seen[d.Name] = true
	}
	if len(seen) != 2 {
		t.Errorf("%d exporters", len(seen))
	}
}

// TestVariablesOfOthersStayTexts makes sure that neither Kubernetes nor Compose
// expands what looks like a variable to it, and that a selector cannot say where to
// scrape.
func TestVariablesOfOthersStayTexts(t *testing.T) {
	r := generated(t, `
-- shop.yaml --
service: {name: shop, team: t, tier: low, type: api}
resources:
  - {kind: Dependencies, name: d, spec: {databases: [{name: a, type: mysql, host: h, username: $(HOME)$x, selector: {__address__: evil.example.com}}]}}
`, nil)
	for name, want := range map[string]string{
		"a-exporter.yaml": "--mysqld.username=$$(HOME)$x\n", "docker-compose.exporters.yaml": "--mysqld.username=$$(HOME)$$x\n",
	} {
		if data := file(t, r, name); !strings.Contains(string(data), want) {
			t.Errorf("%s has no %s:\n%s", name, want, data)
		}
	}
	for _, a := range r.Artefacts {
		if bytes.Contains(a.Bytes, []byte("evil")) {
			t.Errorf("%s:\n%s", a.Path, a.Bytes)
		}
	}
}
