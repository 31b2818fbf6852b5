package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	sigs "sigs.k8s.io/yaml"
)

// generatedGate generates the gate of the example's service into a new folder.
func generatedGate(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, map[string]string{"services/checkout.yaml": exampleService})
	if code, out := command(t, dir, nil, "nthlayer", "apply", "-q", "--only", "gate"); code != 0 {
		t.Fatalf("apply ended with %d:\n%s", code, out)
	}
	return filepath.Join(dir, "generated", "checkout", "gate")
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestGeneratedJobsLetWarningsThroughAndNothingWorse runs the very command of the Jobs
// for ArgoCD and Flux, in a folder as Kubernetes would mount it.
func TestGeneratedJobsLetWarningsThroughAndNothingWorse(t *testing.T) {
	dir := generatedGate(t)
	for _, name := range []string{"argocd.yaml", "flux/gate.yaml"} {
		docs := bytes.Split(readFile(t, filepath.Join(dir, name)), []byte("\n---\n"))
		var config core.ConfigMap
		var job batch.Job
		for i, into := range []any{&config, &job} {
			if err := sigs.UnmarshalStrict(docs[i], into); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		gate := job.Spec.Template.Spec.Containers[0]
		if gate.Command[0] != "/nthlayer" {
			t.Errorf("%s: the image has no %s", name, gate.Command[0])
		}
		for what, c := range gateCases {
			mount := mounted(t, config.Data)
			put(t, mount, map[string]string{"metrics.yaml": snapshot(t, c.metrics)})
			code, out := command(t, mount, []string{"NTHLAYER_PROMETHEUS_URL=file:metrics.yaml"}, "nthlayer", append(gate.Command[1:], gate.Args...)...)
			if passes := what == "approved" || what == "warning"; passes != (code == 0) || !strings.Contains(out, c.says) {
				t.Errorf("%s, %s: exit code %d\n%s", name, what, code, out)
			}
		}
	}
}

// TestGeneratedTaskFailsUnlessTheGateApproves runs the very script of the Task for
// Tekton, with its variables filled in as Tekton does.
func TestGeneratedTaskFailsUnlessTheGateApproves(t *testing.T) {
	var task struct {
		Spec struct {
			Params []struct{ Name, Default string }
			Steps  []struct {
				Script     string
				WorkingDir string `yaml:"workingDir"`
				Env        []struct{ Name, Value string }
			}
		}
	}
	if err := yaml.Unmarshal(readFile(t, filepath.Join(generatedGate(t), "tekton.yaml")), &task); err != nil {
		t.Fatal(err)
	}
	step := task.Spec.Steps[0]
	if strings.Contains(step.Script, "$(") {
		t.Error("a param is set into the script, which would run it")
	}
	codes := map[string]string{"approved": "0", "warning": "1", "blocked": "2", "unknown": "4"}
	for name, c := range gateCases {
		dir, result := t.TempDir(), filepath.Join(t.TempDir(), "exit-code")
		put(t, dir, map[string]string{"services/checkout.yaml": exampleService, "metrics.yaml": snapshot(t, c.metrics)})
		replace := []string{"$(workspaces.source.path)", dir, "$(results.exit-code.path)", result}
		for _, p := range task.Spec.Params {
			replace = append(replace, "$(params."+p.Name+")", p.Default)
		}
		filled := strings.NewReplacer(replace...)
		env := []string{"NTHLAYER_PROMETHEUS_URL=file:metrics.yaml"}
		for _, v := range step.Env {
			if v.Value != "" {
				env = append(env, v.Name+"="+filled.Replace(v.Value))
			}
		}
		code, out := command(t, filled.Replace(step.WorkingDir), env, "sh", "-c", step.Script)
		if passes := name == "approved" || name == "warning"; passes != (code == 0) || string(readFile(t, result)) != codes[name] || strings.Contains(strings.Join(env, " "), "$(") {
			t.Errorf("%s: exit code %d, variables %q\n%s", name, code, env, out)
		}
	}
}
