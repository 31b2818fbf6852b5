package exporter

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	operator "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/config"
	"gopkg.in/yaml.v3"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	sigs "sigs.k8s.io/yaml"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// services has a dependency of each technology with an exporter, and some that serve
// metrics themselves.
const services = `
-- shop.yaml --
service: {name: shop, team: 'sales & co', tier: critical, type: api, kubernetes: {namespace: shop}}
resources:
  - kind: Dependencies
    name: d
    spec:
      databases:
        - {name: orders, type: postgresql, host: orders.db.example.com, port: 5433, database: 'orders?x', username: exporter, tls: true, secret: {name: orders-db, key: pass}, exporter: {version: v0.18.0, collectors: [stat_statements, --collector.wal]}}
        - {name: stock, type: mysql, host: stock.example.com, username: 'ex$porter', selector: {cluster: stock, job: 'st$1ock'}}
        - {name: carts, type: mongodb, host: carts.example.com, username: exporter}
        - {name: search, type: elasticsearch, host: search.example.com, username: exporter, tls: true}
        - {name: config, type: etcd, host: etcd.example.com}
      caches:
        - {name: Sessions, type: redis, host: '[fd00::1]', username: exporter}
      queues:
        - {name: events, type: kafka, host: kafka.example.com, username: exporter}
        - {name: mail, type: rabbitmq}
        - {name: registry, type: consul, host: consul.example.com}
      services: [{name: identity}]
      orchestration: [{name: cluster, type: kubernetes}]
`

func jobOf(t testing.TB, archive string, change func(*generate.Exporting)) generate.Job {
	t.Helper()
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := spectest.Services(t, archive)[0]
	job := generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)}
	if change != nil {
		change(&job.Options.Exporters)
	}
	return job
}

func generated(t testing.TB, archive string, change func(*generate.Exporting)) generate.Result {
	t.Helper()
	return Exporters{}.Generate(jobOf(t, archive, change))
}

func file(t testing.TB, r generate.Result, name string) []byte {
	t.Helper()
	i := slices.IndexFunc(r.Artefacts, func(a generate.Artefact) bool { return a.Path == Folder+name })
	if i < 0 {
		var names []string
		for _, a := range r.Artefacts {
			names = append(names, a.Path)
		}
		t.Fatalf("there is no %s among %s", name, names)
	}
	return r.Artefacts[i].Bytes
}

func TestGolden(t *testing.T) {
	all := func(e *generate.Exporting) { e.NetworkPolicy = true }
	r := generated(t, services, all)
	for _, name := range []string{
		"orders-exporter.yaml", "stock-exporter.yaml", "docker-compose.exporters.yaml", "orders-values.yaml", "events-values.yaml",
		"scrape-configs.yaml", "scrape-configs.multi-target.yaml",
	} {
		filetest.Golden(t, "testdata/"+name, string(file(t, r, name)))
	}
	var findings strings.Builder
	for _, f := range r.Findings {
		findings.WriteString(f.Position().String() + ": " + string(f.Severity) + ": " + f.Message + " [" + f.Suggestion + "] (" + f.Rule + ")\n")
	}
	filetest.Golden(t, "testdata/findings.txt", findings.String())
	again := generated(t, services, all)
	for i, a := range r.Artefacts {
		if !bytes.Equal(a.Bytes, again.Artefacts[i].Bytes) {
			t.Errorf("%s differs from run to run", a.Path)
		}
		for _, tr := range a.Trace {
			if tr.Origin.Line() == 0 {
				t.Errorf("%s of %s comes from nowhere", tr.What, a.Path)
			}
		}
	}
}

// strict decodes a document and refuses fields that the type does not have.
func strict(t testing.TB, data []byte, into any) {
	t.Helper()
	if err := sigs.UnmarshalStrict(data, into); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
}

// TestManifestsAreKubernetes decodes every manifest into Kubernetes's own types, and
// makes sure that its parts find each other.
func TestManifestsAreKubernetes(t *testing.T) {
	r := generated(t, services, func(e *generate.Exporting) { e.NetworkPolicy, e.Namespace = true, "monitoring" })
	files := 0
	for _, a := range r.Artefacts {
		if !strings.HasSuffix(a.Path, "-exporter.yaml") {
			continue
		}
		files++
		docs := bytes.Split(a.Bytes, []byte("\n---\n"))
		if len(docs) != 4 || a.Count != 4 {
			t.Fatalf("%s has %d documents", a.Path, len(docs))
		}
		var deployment apps.Deployment
		var service core.Service
		var monitor operator.ServiceMonitor
		var policy networking.NetworkPolicy
		strict(t, docs[0], &deployment)
		strict(t, docs[1], &service)
		strict(t, docs[2], &monitor)
		strict(t, docs[3], &policy)
		pod := deployment.Spec.Template
		for what, selector := range map[string]map[string]string{
			"Deployment": deployment.Spec.Selector.MatchLabels, "Service": service.Spec.Selector, "NetworkPolicy": policy.Spec.PodSelector.MatchLabels,
		} {
			if !picks(selector, pod.Labels) {
				t.Errorf("%s: the %s does not pick the pods", a.Path, what)
			}
		}
		if !picks(monitor.Spec.Selector.MatchLabels, service.Labels) || monitor.Spec.Endpoints[0].Port != service.Spec.Ports[0].Name || pod.Spec.Containers[0].Ports[0].Name != service.Spec.Ports[0].TargetPort.StrVal {
			t.Errorf("%s: nobody would scrape it", a.Path)
		}
		c := pod.Spec.Containers[0]
		if deployment.Namespace != "monitoring" || !*pod.Spec.SecurityContext.RunAsNonRoot || *c.SecurityContext.AllowPrivilegeEscalation || !*c.SecurityContext.ReadOnlyRootFilesystem ||
			c.Resources.Limits.Memory().IsZero() || *deployment.Spec.Replicas != 1 || len(deployment.Name) > 63 {
			t.Errorf("%s: not as it should be:\n%s", a.Path, docs[0])
		}
	}
	if files != 6 {
		t.Errorf("%d exporters, not 6", files)
	}
}

func picks(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return len(selector) > 0
}

// TestScrapeConfigsLoad reads the scrape configurations as Prometheus does.
func TestScrapeConfigsLoad(t *testing.T) {
	r := generated(t, services, nil)
	for name, want := range map[string]int{"scrape-configs.yaml": 9, "scrape-configs.multi-target.yaml": 4} {
		c, err := config.Load(string(file(t, r, name)), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		jobs, err := c.GetScrapeConfigs()
		if err != nil || len(jobs) != want {
			t.Errorf("%s: %d jobs: %v", name, len(jobs), err)
		}
	}
}

// scrapeConfig is one job with static targets.
type scrapeConfig struct {
	Job    string `yaml:"job_name"`
	Path   string `yaml:"metrics_path"`
	Params map[string][]string
	Static []struct {
		Targets []string
		Labels  map[string]string
	} `yaml:"static_configs"`
	Relabel []map[string]any `yaml:"relabel_configs"`
}

func scrapeConfigs(t testing.TB, data []byte) []scrapeConfig {
	t.Helper()
	var read struct {
		Jobs []scrapeConfig `yaml:"scrape_configs"`
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&read); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return read.Jobs
}

// TestTargetsHaveTheLabelsThatAlertsLookFor makes sure that what is deployed is what
// alerts and dashboards of the same service file see.
func TestTargetsHaveTheLabelsThatAlertsLookFor(t *testing.T) {
	job := jobOf(t, services, nil)
	r := Exporters{}.Generate(job)
	labels := map[string][]map[string]string{}
	for _, name := range []string{"scrape-configs.yaml", "scrape-configs.multi-target.yaml"} {
		for _, j := range scrapeConfigs(t, file(t, r, name)) {
			dependency := path.Base(j.Job)
			labels[dependency] = append(labels[dependency], j.Static[0].Labels)
		}
	}
	for _, a := range r.Artefacts {
		if !strings.HasSuffix(a.Path, "-exporter.yaml") {
			continue
		}
		var m operator.ServiceMonitor
		strict(t, bytes.Split(a.Bytes, []byte("\n---\n"))[2], &m)
		set := map[string]string{}
		for _, l := range m.Spec.Endpoints[0].RelabelConfigs {
			// As Prometheus replaces: $$ is a dollar sign, and $1 a group of (.*).
			set[l.TargetLabel] = string(regexp.MustCompile("(.*)").ExpandString(nil, *l.Replacement, "source", []int{0, 6, 0, 6}))
		}
		labels[set["dependency"]] = append(labels[set["dependency"]], set)
	}
	uses, _ := job.Dependencies()
	for _, u := range uses {
		if u.Name() == "" {
			continue
		}
		if len(labels[u.Name()]) == 0 {
			t.Errorf("%s is not scraped", u.Name())
		}
		for _, set := range labels[u.Name()] {
			for _, m := range u.Scope.Matchers {
				if set[m.Name] != m.Value {
					t.Errorf("%s has %v, and alerts look for %s", u.Name(), set, m)
				}
			}
			if set["team"] != "sales & co" || set["tier"] != "critical" || set[job.OwnerLabel(u.Technology)] != "shop" {
				t.Errorf("%s has %v", u.Name(), set)
			}
		}
	}
}

// TestTargetsHideNoLabelOfTheirSeries makes sure that Prometheus renames none of the
// labels by which alerts and panels tell series apart.
func TestTargetsHideNoLabelOfTheirSeries(t *testing.T) {
	job := jobOf(t, services, nil)
	for _, technology := range job.Catalog.All() {
		label := job.OwnerLabel(technology)
		for _, m := range technology.Metrics {
			if slices.Contains(m.Labels, label) || slices.Contains(m.Labels, generate.DependencyLabel) {
				t.Errorf("%s of %s has the label %s, and so have its targets", m.Name, technology.Name, label)
			}
		}
		if own := technology.Name == "traefik"; own != (label == "owner_service") {
			t.Errorf("%s is owned by the label %s", technology.Name, label)
		}
	}
}

// TestComposeKeepsToThisMachine makes sure that no port is open to others, and that
// nothing is interpolated.
func TestComposeKeepsToThisMachine(t *testing.T) {
	var read struct {
		Services map[string]struct {
			Image, User, Restart string
			Command              []string
			Environment          map[string]string
			EnvFile              []string `yaml:"env_file"`
			Ports                []string
			Networks             []string
			ReadOnly             bool     `yaml:"read_only"`
			CapDrop              []string `yaml:"cap_drop"`
			SecurityOpt          []string `yaml:"security_opt"`
		}
	}
	d := yaml.NewDecoder(bytes.NewReader(file(t, generated(t, services, nil), "docker-compose.exporters.yaml")))
	d.KnownFields(true)
	if err := d.Decode(&read); err != nil || !errors.Is(d.Decode(new(any)), io.EOF) || len(read.Services) != 6 {
		t.Fatal(err, len(read.Services))
	}
	for name, s := range read.Services {
		if len(s.Ports) != 1 || !strings.HasPrefix(s.Ports[0], "127.0.0.1:") || len(s.EnvFile) != 1 {
			t.Errorf("%s: ports %v, secrets %v", name, s.Ports, s.EnvFile)
		}
	}
	if got := read.Services["shop-stock-exporter"].Command; !slices.Contains(got, "--mysqld.username=ex$$porter") {
		t.Errorf("got %v", got)
	}
}

func TestFormatsAndTechnologies(t *testing.T) {
	tests := []struct {
		change func(*generate.Exporting)
		want   []string
	}{
		{func(e *generate.Exporting) { e.Formats = []string{Prometheus} }, []string{"scrape-configs.yaml"}},
		{func(e *generate.Exporting) { e.Formats = []string{MultiTarget} }, []string{"scrape-configs.multi-target.yaml"}},
		{func(e *generate.Exporting) { e.Formats, e.Technologies = []string{Kubernetes}, []string{"pg"} }, []string{"orders-exporter.yaml"}},
		{func(e *generate.Exporting) {
			e.Formats, e.Technologies = []string{DockerCompose, Helm}, []string{"redis"}
		}, []string{"docker-compose.exporters.yaml", "sessions-6fa3cbf4-values.yaml"}},
		{func(e *generate.Exporting) { e.Technologies = []string{"nats"} }, nil},
		{func(e *generate.Exporting) {
			e.Formats, e.Technologies = []string{Kubernetes, DockerCompose, Helm}, []string{"etcd"}
		}, nil},
	}
	for _, test := range tests {
		var got []string
		for _, a := range generated(t, services, test.change).Artefacts {
			got = append(got, strings.TrimPrefix(a.Path, Folder))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func TestNothingToMeasure(t *testing.T) {
	r := generated(t, "-- shop.yaml --\nservice: {name: shop, team: t, tier: low, type: api}\n", nil)
	if diff := cmp.Diff(generate.Result{}, r); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
