package deploygate

import (
	"bytes"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"pgregory.net/rapid"
	sigs "sigs.k8s.io/yaml"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

const service = `
-- services/pay.yaml --
service: {name: pay, team: money, tier: critical, type: api, kubernetes: {namespace: shop}}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, metric: http_requests_total, success_filter: 'status!~"5.."'}}
  - {kind: DeploymentGate, name: careful, spec: {thresholds: {blocking: 5}}}
`

func generated(t *testing.T, archive, environment string, o generate.Options) map[string][]byte {
	t.Helper()
	s := spectest.Load(t, archive, environment).Services[0]
	r := Gates{}.Generate(generate.Job{Service: s, Metrics: intent.Offline(s), Options: o})
	if len(r.Findings) > 0 {
		t.Errorf("%+v", r.Findings)
	}
	out := map[string][]byte{}
	for _, a := range r.Artefacts {
		out[a.Path] = a.Bytes
		for _, tr := range a.Trace {
			if tr.Origin.Line() != 4 {
				t.Errorf("%s of %s comes from line %d", tr.What, a.Path, tr.Origin.Line())
			}
		}
	}
	return out
}

func TestGolden(t *testing.T) {
	files := generated(t, service, "", generate.Options{})
	for name, data := range files {
		filetest.Golden(t, "testdata/"+strings.ReplaceAll(strings.TrimPrefix(name, "gate/"), "/", "-"), string(data))
	}
	if len(files) != 4 {
		t.Errorf("%d files", len(files))
	}
	if diff := cmp.Diff(files, generated(t, service, "", generate.Options{})); diff != "" {
		t.Errorf("the files differ from run to run:\n%s", diff)
	}
}

func strict(t interface{ Fatalf(string, ...any) }, data []byte, into any) {
	if err := sigs.UnmarshalStrict(data, into); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
}

// TestJobsAskOnceAndReadTheirOwnFile decodes the Jobs into Kubernetes's own types.
func TestJobsAskOnceAndReadTheirOwnFile(t *testing.T) {
	files := generated(t, service, "staging", generate.Options{ServiceLabel: "app"})
	for _, name := range []string{ArgoCD, FluxGate} {
		docs := bytes.Split(files[name], []byte("\n---\n"))
		var config core.ConfigMap
		var job batch.Job
		strict(t, docs[0], &config)
		strict(t, docs[1], &job)
		pod := job.Spec.Template.Spec
		if *job.Spec.BackoffLimit != 0 || *job.Spec.ActiveDeadlineSeconds != maxSeconds || pod.RestartPolicy != core.RestartPolicyNever || *pod.AutomountServiceAccountToken {
			t.Errorf("%s: not as it should be:\n%s", name, docs[1])
		}
		c := pod.Containers[0]
		if pod.Volumes[0].ConfigMap.Name != config.Name || c.VolumeMounts[0].MountPath != c.WorkingDir || config.Data["service.yaml"] == "" || config.Namespace != job.Namespace {
			t.Errorf("%s: the container does not read the file of the ConfigMap", name)
		}
		if diff := cmp.Diff([]string{"--fail-on", "error", "--environment", "staging", "--service-label", "app", "service.yaml"}, c.Args); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
		hooks := config.Annotations["argocd.argoproj.io/hook"] + job.Annotations["argocd.argoproj.io/hook"]
		if want := map[string]string{ArgoCD: "PreSyncPreSync", FluxGate: ""}[name]; hooks != want {
			t.Errorf("%s: hooks %q", name, hooks)
		}
		if gone := job.Spec.TTLSecondsAfterFinished != nil; gone != (name == FluxGate) {
			t.Errorf("%s: the Job goes away: %v", name, gone)
		}
	}
}

// TestFluxWaitsForTheGate makes sure that the Job is over before a verdict is, and is
// made anew for the next.
func TestFluxWaitsForTheGate(t *testing.T) {
	var k struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   struct{ Name, Namespace string }
		Spec       struct {
			Interval, Timeout, Path string
			RetryInterval           string `yaml:"retryInterval"`
			Wait, Force, Prune      bool
			SourceRef               struct{ Kind, Name string } `yaml:"sourceRef"`
		}
	}
	d := yaml.NewDecoder(bytes.NewReader(generated(t, service, "", generate.Options{})[Flux]))
	d.KnownFields(true)
	if err := d.Decode(&k); err != nil {
		t.Fatal(err)
	}
	if !k.Spec.Wait || !k.Spec.Force || k.Spec.Timeout != "5m" || maxSeconds >= 300 || k.Spec.Path != "./generated/pay/gate/flux" {
		t.Errorf("%+v", k.Spec)
	}
}

// TestFluxFindsTheGateInEveryLayout makes sure that the Kustomization names the folder
// that apply writes the gate to, and nothing else is in it.
func TestFluxFindsTheGateInEveryLayout(t *testing.T) {
	for _, layout := range []generate.Layout{"", generate.ByService, generate.ByType} {
		text := generated(t, service, "", generate.Options{Layout: layout})[Flux]
		if want := "path: ./generated/" + path.Dir(layout.Path("pay", FluxGate)) + "\n"; !bytes.Contains(text, []byte(want)) {
			t.Errorf("%q: no %s in\n%s", layout, want, text)
		}
		if path.Dir(layout.Path("pay", FluxGate)) == path.Dir(layout.Path("pay", Flux)) {
			t.Errorf("%q: the Kustomization would apply itself", layout)
		}
	}
}

// TestHostileTextsStayTexts makes sure that no text of a service file gets into a
// script or out of its place.
func TestHostileTextsStayTexts(t *testing.T) {
	hostile := rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("\n\"'#:{}[]&*!|>%@`$(); -")), rapid.Rune()), 1, 30, -1)
	rapid.Check(t, func(rt *rapid.T) {
		text := func(what string) spec.Value[string] { return spec.Value[string]{V: hostile.Draw(rt, what)} }
		s := &spec.Service{
			Name: spec.Value[string]{V: "pay"}, Team: text("team"), File: hostile.Draw(rt, "file"), Workload: spec.Workload{Namespace: text("namespace")},
			Gates: []spec.Gate{{Name: text("gate"), Conditions: []spec.Condition{{When: text("when")}}}},
		}
		for _, a := range (Gates{}).Generate(generate.Job{Service: s}).Artefacts {
			docs := bytes.Split(a.Bytes, []byte("\n---\n"))
			switch a.Path {
			case ArgoCD, FluxGate:
				var config core.ConfigMap
				var job batch.Job
				strict(rt, docs[0], &config)
				strict(rt, docs[1], &job)
				if len(docs) != 2 || len(job.Spec.Template.Spec.Containers) != 1 {
					rt.Fatalf("%s", a.Bytes)
				}
			case Tekton:
				var task struct {
					Spec struct {
						Params []struct{ Name, Default string }
						Steps  []struct{ Script string }
					}
				}
				if err := yaml.Unmarshal(a.Bytes, &task); err != nil || task.Spec.Steps[0].Script != script {
					rt.Fatalf("%v in\n%s", err, a.Bytes)
				}
				if p := task.Spec.Params[0].Default; p != s.File && !strings.Contains(s.File, "$") || strings.Contains(p, "$") {
					rt.Fatalf("%q of %q", p, s.File)
				}
			}
		}
	})
}
