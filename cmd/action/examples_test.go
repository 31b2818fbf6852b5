package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/entrypoint"
)

// example returns the block of a page in docs/examples that begins with a line.
func example(t *testing.T, page, first string) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/examples/" + page)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range block.FindAllStringSubmatch(string(data), -1) {
		if rest, ok := strings.CutPrefix(m[2], first+"\n"); ok {
			return rest
		}
	}
	t.Fatalf("docs/examples/%s shows no %s", page, first)
	return ""
}

// strict decodes one document and refuses fields that the type does not have.
func strict(t *testing.T, d *yaml.Decoder, into any) {
	t.Helper()
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatal(err)
	}
}

// The metrics with which the examples are run. The gate of a critical service
// warns below 20 % of the budget and blocks below 10 %.
var gateCases = map[string]struct{ metrics, says string }{
	"approved": {"99.99", "approved"},
	"warning":  {"99.915", "warning"},
	"blocked":  {"99", "blocked"},
	"unknown":  {"", "could not decide"},
}

const exampleService = "name: checkout\nteam: payments\ntier: critical\ntype: api\nslos:\n  - name: availability\n    objective: 99.9\n" +
	"    window: 1d\n    metric: http_requests_total\n    success_filter: 'status!~\"5..\"'\n"

// snapshot is a source of metrics in which so many percent of requests were good.
func snapshot(t *testing.T, good string) string {
	t.Helper()
	steps := map[string][2]string{"99.99": {"99990", "10"}, "99.915": {"99915", "85"}, "99": {"99000", "1000"}}
	text := "interval: 1m\ninput_series:\n  - {series: 'up{service=\"other\"}', values: '1x1440'}\n"
	if s, ok := steps[good]; ok {
		text += "  - {series: 'http_requests_total{service=\"checkout\",status=\"200\"}', values: '0+" + s[0] + "x1440'}\n" +
			"  - {series: 'http_requests_total{service=\"checkout\",status=\"500\"}', values: '0+" + s[1] + "x1440'}\n"
	}
	return text
}

// command runs a program of an example in a folder, and returns its exit code and
// what it prints.
func command(t *testing.T, dir string, env []string, name string, args ...string) (int, string) {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = dir
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "NOW=" + scriptNow}, env...)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	return c.ProcessState.ExitCode(), string(out)
}

// put writes files below a folder.
func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// named is a variable of a container.
type named struct {
	Name, Value string
	ValueFrom   struct {
		SecretKeyRef struct {
			Name, Key string
			Optional  bool
		} `yaml:"secretKeyRef"`
	} `yaml:"valueFrom"`
}

// objectMeta are the fields of metadata that the examples use.
type objectMeta struct {
	Name        string
	Annotations map[string]string
}

type configMap struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   objectMeta
	Data       map[string]string
}

// kubernetesJob has the fields of a batch/v1 Job that the example uses.
type kubernetesJob struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   objectMeta
	Spec       struct {
		BackoffLimit          *int `yaml:"backoffLimit"`
		ActiveDeadlineSeconds int  `yaml:"activeDeadlineSeconds"`
		Template              struct {
			Spec struct {
				RestartPolicy string `yaml:"restartPolicy"`
				Automount     *bool  `yaml:"automountServiceAccountToken"`
				Containers    []struct {
					Name, Image     string
					WorkingDir      string `yaml:"workingDir"`
					Command, Args   []string
					Env             []named
					SecurityContext struct {
						RunAsNonRoot             bool `yaml:"runAsNonRoot"`
						RunAsUser                int  `yaml:"runAsUser"`
						ReadOnlyRootFilesystem   bool `yaml:"readOnlyRootFilesystem"`
						AllowPrivilegeEscalation bool `yaml:"allowPrivilegeEscalation"`
						Capabilities             struct{ Drop []string }
					} `yaml:"securityContext"`
					VolumeMounts []struct {
						Name      string
						MountPath string `yaml:"mountPath"`
						ReadOnly  bool   `yaml:"readOnly"`
					} `yaml:"volumeMounts"`
				}
				Volumes []struct {
					Name      string
					ConfigMap struct{ Name string } `yaml:"configMap"`
				}
			}
		}
	}
}

func TestArgoCDHookLetsWarningsThroughAndNothingWorse(t *testing.T) {
	d := yaml.NewDecoder(strings.NewReader(example(t, "argocd.md", "# argocd/reliability-gate.yaml")))
	var services configMap
	var job kubernetesJob
	strict(t, d, &services)
	strict(t, d, &job)
	if err := d.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		t.Fatalf("there is a third document: %v", err)
	}
	spec := job.Spec.Template.Spec
	if job.APIVersion != "batch/v1" || job.Kind != "Job" || services.APIVersion != "v1" || services.Kind != "ConfigMap" || len(spec.Containers) != 1 {
		t.Fatalf("a %s %s and a %s %s with %d containers", services.APIVersion, services.Kind, job.APIVersion, job.Kind, len(spec.Containers))
	}
	for _, m := range []objectMeta{services.Metadata, job.Metadata} {
		if m.Annotations["argocd.argoproj.io/hook"] != "PreSync" {
			t.Errorf("%s is no hook before the sync: %v", m.Name, m.Annotations)
		}
	}
	if job.Spec.BackoffLimit == nil || *job.Spec.BackoffLimit != 0 || spec.RestartPolicy != "Never" {
		t.Error("a Job that failed would run again")
	}
	gate := spec.Containers[0]
	if len(gate.VolumeMounts) != 1 || gate.VolumeMounts[0].MountPath != gate.WorkingDir || gate.VolumeMounts[0].Name != spec.Volumes[0].Name ||
		spec.Volumes[0].ConfigMap.Name != services.Metadata.Name || services.Data["service.yaml"] != exampleService {
		t.Error("the container does not read the file of the ConfigMap")
	}
	if gate.Command[0] != "/nthlayer" {
		t.Errorf("the image has no %s", gate.Command[0])
	}
	for name, c := range gateCases {
		dir := mounted(t, services.Data)
		put(t, dir, map[string]string{"metrics.yaml": snapshot(t, c.metrics)})
		env := []string{"NTHLAYER_PROMETHEUS_URL=file:metrics.yaml"}
		code, out := command(t, dir, env, "nthlayer", append(gate.Command[1:], gate.Args...)...)
		if passes := name == "approved" || name == "warning"; passes != (code == 0) || !strings.Contains(out, c.says) {
			t.Errorf("%s: exit code %d\n%s", name, code, out)
		}
	}
}

// mounted lays files out as Kubernetes mounts a ConfigMap: each is a link to one
// in a folder that is a link itself.
func mounted(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink("..2026_03_01", filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		put(t, filepath.Join(dir, "..2026_03_01"), map[string]string{name: text})
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tektonTask has the fields of a tekton.dev/v1 Task that the example uses.
type tektonTask struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   objectMeta
	Spec       struct {
		Description string
		Params      []struct{ Name, Type, Description, Default string }
		Workspaces  []struct {
			Name, Description string
			ReadOnly          bool `yaml:"readOnly"`
		}
		Results []struct{ Name, Description string }
		Steps   []struct {
			Name, Image string
			WorkingDir  string `yaml:"workingDir"`
			Env         []named
			Script      string
		}
	}
}

func TestTektonTaskFailsUnlessTheGateApproves(t *testing.T) {
	var task tektonTask
	strict(t, yaml.NewDecoder(strings.NewReader(example(t, "tekton.md", "# tekton/reliability-gate.yaml"))), &task)
	if task.APIVersion != "tekton.dev/v1" || task.Kind != "Task" || len(task.Spec.Steps) != 1 {
		t.Fatalf("a %s %s with %d steps", task.APIVersion, task.Kind, len(task.Spec.Steps))
	}
	step := task.Spec.Steps[0]
	if strings.Contains(step.Script, "$(") {
		t.Error("a param is set into the script, which would run it")
	}
	codes := map[string]string{"approved": "0", "warning": "1", "blocked": "2", "unknown": "4"}
	for name, c := range gateCases {
		dir := t.TempDir()
		put(t, dir, map[string]string{"services/service.yaml": exampleService, "metrics.yaml": snapshot(t, c.metrics)})
		result := filepath.Join(t.TempDir(), "exit-code")
		replace := []string{"$(workspaces." + task.Spec.Workspaces[0].Name + ".path)", dir, "$(results." + task.Spec.Results[0].Name + ".path)", result}
		for _, p := range task.Spec.Params {
			value := p.Default
			if p.Name == "prometheus-url" {
				value = "file:metrics.yaml"
			}
			replace = append(replace, "$(params."+p.Name+")", value)
		}
		filled := strings.NewReplacer(replace...)
		var env []string
		for _, v := range step.Env {
			env = append(env, v.Name+"="+filled.Replace(v.Value))
		}
		code, out := command(t, filled.Replace(step.WorkingDir), env, "sh", "-c", step.Script)
		written, err := os.ReadFile(result)
		if err != nil {
			t.Fatal(err)
		}
		if passes := name == "approved" || name == "warning"; passes != (code == 0) || string(written) != codes[name] || strings.Contains(strings.Join(env, " "), "$(") {
			t.Errorf("%s: exit code %d, result %s, variables %q\n%s", name, code, written, env, out)
		}
	}
}

func TestJenkinsPipelineTellsWarningsFromWhatBlocks(t *testing.T) {
	text := example(t, "jenkins.md", "// Jenkinsfile")
	if strings.Count(text, "{") != strings.Count(text, "}") || strings.Count(text, "'")%2 != 0 || !strings.HasPrefix(text, "pipeline {") {
		t.Fatalf("no pipeline:\n%s", text)
	}
	call := regexp.MustCompile(`int code = sh\(returnStatus: true, script: '([^']+)'\)`).FindStringSubmatch(text)
	cases := regexp.MustCompile(`(?m)^ *(?:case (\d)|default): (\w+)`).FindAllStringSubmatch(text, -1)
	if call == nil || len(cases) != 3 {
		t.Fatalf("%q, %q", call, cases)
	}
	does := map[string]string{}
	for _, m := range cases {
		does[m[1]] = m[2]
	}
	want := map[string]string{"approved": "break", "warning": "unstable", "blocked": "error", "unknown": "error"}
	for name, c := range gateCases {
		dir := t.TempDir()
		put(t, dir, map[string]string{"services/service.yaml": exampleService, "metrics.yaml": snapshot(t, c.metrics)})
		code, out := command(t, dir, []string{"NTHLAYER_PROMETHEUS_URL=file:metrics.yaml"}, "sh", "-c", call[1])
		got, ok := does[string(rune('0'+code))]
		if !ok {
			got = does[""]
		}
		if got != want[name] || !strings.Contains(out, c.says) {
			t.Errorf("%s: exit code %d, which does %q\n%s", name, code, got, out)
		}
	}
}

// workflow has the fields of a workflow that the tests below look at.
type workflow struct {
	On   yaml.Node
	Jobs map[string]struct {
		If          string
		Needs       any
		Permissions map[string]string
		Concurrency any
		Steps       []struct {
			Uses string
			Run  string
			With map[string]string
		}
	}
}

func exampleWorkflow(t *testing.T, name string) (workflow, string) {
	t.Helper()
	text := example(t, "github.md", "# .github/workflows/"+name)
	var w workflow
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	return w, text
}

// The follow-up has a token that can write: it must not touch what the fork made,
// but for the report.
func TestFollowUpTakesTheReportOfTheFirstWorkflowAndNothingElse(t *testing.T) {
	first, _ := exampleWorkflow(t, "reliability.yaml")
	var uploaded map[string]string
	for _, s := range first.Jobs["check"].Steps {
		if strings.HasPrefix(s.Uses, "actions/upload-artifact@") {
			uploaded = s.With
		}
	}
	second, _ := exampleWorkflow(t, "reliability-comment.yaml")
	job := second.Jobs["comment"]
	if len(job.Steps) != 2 || !strings.HasPrefix(job.Steps[0].Uses, "actions/download-artifact@") || !strings.HasPrefix(job.Steps[1].Uses, "nthlayer/action@") {
		t.Fatalf("steps %+v", job.Steps)
	}
	download, publish := job.Steps[0].With, job.Steps[1].With
	if download["name"] != uploaded["name"] || uploaded["path"] != "${{ steps.nthlayer.outputs.report }}" || download["run-id"] != "${{ github.event.workflow_run.id }}" {
		t.Errorf("uploaded %v, downloaded %v", uploaded, download)
	}
	file := ""
	for _, o := range entrypoint.Options() {
		if o.Name == "report-file" {
			file = o.Default
		}
	}
	if publish["from-report"] != download["path"]+"/"+file {
		t.Errorf("published %s", publish["from-report"])
	}
	if _, ok := job.Permissions["contents"]; ok || len(job.Permissions) != 2 {
		t.Errorf("permissions %v", job.Permissions)
	}
	if !strings.Contains(job.If, "head_repository.full_name != github.repository") {
		t.Error("the first workflow comments on the branches of its own repository itself")
	}
}

func TestExamplesOfPullRequestsCanBeRequired(t *testing.T) {
	w, text := exampleWorkflow(t, "reliability.yaml")
	gate := w.Jobs["reliability"]
	if gate.If != "always()" || gate.Needs != "check" || !strings.Contains(gate.Steps[0].Run, "success") {
		t.Errorf("gate %+v", gate)
	}
	for _, want := range []string{"merge_group:", "concurrency:"} {
		if !strings.Contains(text, "\n"+want) && !strings.Contains(text, "\n  "+want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	page, err := os.ReadFile("../../docs/examples/github.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range block.FindAllSubmatch(page, -1) {
		for _, bad := range []string{"paths:", "pull_request_target", "paths-ignore:"} {
			if bytes.Contains(m[2], []byte(bad)) {
				t.Errorf("%s in\n%s", bad, m[2])
			}
		}
	}
}
