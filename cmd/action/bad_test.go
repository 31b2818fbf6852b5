package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/host/hosttest"
)

const badCases = "../../testdata/bad/cases.json"

// badCase is a job that must turn red. Its keys are inputs of the action, but
// for the name and what is expected.
type badCase map[string]any

func (c badCase) name() string { name, _ := c["name"].(string); return name }

// inputs are the inputs of the job.
func (c badCase) inputs() map[string]string {
	out := map[string]string{}
	for key, value := range c {
		if text, ok := value.(string); ok && !slices.Contains([]string{"name", "verdict", "says"}, key) {
			out[key] = text
		}
	}
	return out
}

func allBadCases(t *testing.T) []badCase {
	t.Helper()
	data, err := os.ReadFile(badCases)
	if err != nil {
		t.Fatal(err)
	}
	var cases []badCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// The self-test of .github/workflows/ci.yml takes the same list.
func TestEveryBadFixtureTurnsItsJobRed(t *testing.T) {
	workspace := t.TempDir()
	if err := os.CopyFS(filepath.Join(workspace, "testdata"), os.DirFS("../../testdata")); err != nil {
		t.Fatal(err)
	}
	for _, c := range allBadCases(t) {
		t.Run(c.name(), func(t *testing.T) {
			dir := t.TempDir()
			env := map[string]string{
				"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "example/shop", "GITHUB_EVENT_NAME": "workflow_dispatch",
				"GITHUB_SHA": strings.Repeat("1", 40), "GITHUB_WORKSPACE": workspace,
				"GITHUB_OUTPUT": filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary"),
			}
			for name, text := range c.inputs() {
				env["INPUT_"+strings.ToUpper(name)] = text
			}
			var stdout, stderr bytes.Buffer
			code := run(context.Background(), process{
				args: []string{"ci"}, stdout: &stdout, stderr: &stderr, readFile: os.ReadFile,
				getenv: func(name string) string { return env[name] },
				now:    func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
			})
			written, err := os.ReadFile(env["GITHUB_OUTPUT"])
			if err != nil {
				t.Fatal(err)
			}
			outputs, err := hosttest.ParseFile(string(written))
			if err != nil {
				t.Fatal(err)
			}
			want, _ := c["exit-code"].(float64)
			if code == 0 || float64(code) != want || outputs["exit-code"] != strconv.Itoa(code) || outputs["verdict"] != c["verdict"] {
				t.Errorf("exit code %d, outputs %v, want %v and %q", code, outputs, want, c["verdict"])
			}
			if says, _ := c["says"].(string); says == "" || !strings.Contains(stdout.String()+stderr.String(), says) {
				t.Errorf("the log does not say %q:\n%s%s", says, &stdout, &stderr)
			}
		})
	}
}

func TestEveryFixtureIsInTheList(t *testing.T) {
	var listed, there []string
	for _, c := range allBadCases(t) {
		if strings.Contains(string(mustJSON(t, c)), "testdata/bad/"+c.name()+"/") || c.inputs()["services"] == "testdata/bad/"+c.name() {
			listed = append(listed, c.name())
		}
	}
	entries, err := os.ReadDir(filepath.Dir(badCases))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			there = append(there, e.Name())
		}
	}
	listed = slices.DeleteFunc(listed, func(name string) bool { return name == "no-such-file" }) // the point of it
	slices.Sort(listed)
	if diff := cmp.Diff(there, listed); diff != "" {
		t.Errorf("folders and cases.json (-folders +list):\n%s", diff)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The workflow has to hand each input of the list on, and to compare what came
// out with it.
func TestSelfTestOfTheWorkflowTakesTheWholeList(t *testing.T) {
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses            string
				Run             string
				With            map[string]string
				Env             map[string]string
				ContinueOnError bool `yaml:"continue-on-error"`
			}
		}
	}
	data, err := os.ReadFile("../../.github/workflows/ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &workflow); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), "jq -c . testdata/bad/cases.json") {
		t.Error("the workflow does not read the list")
	}
	job := workflow.Jobs["bad"]
	handed := map[string]bool{}
	asserted := ""
	for _, step := range job.Steps {
		if step.Uses == "./" {
			if !step.ContinueOnError {
				t.Error("the step must be allowed to fail")
			}
			for input, expression := range step.With {
				handed[input] = expression == "${{ matrix."+input+" }}"
			}
		}
		if step.Run != "" {
			asserted = step.Run + strings.Join(slices.Sorted(maps.Values(step.Env)), " ")
		}
	}
	for _, c := range allBadCases(t) {
		for input := range c.inputs() {
			if !handed[input] {
				t.Errorf("the workflow does not hand on %s, which %s needs", input, c.name())
			}
		}
	}
	for _, want := range []string{"steps.nthlayer.outcome", "matrix.exit-code", "matrix.verdict", "steps.nthlayer.outputs.exit-code", "steps.nthlayer.outputs.verdict"} {
		if !regexp.MustCompile(regexp.QuoteMeta(want) + `\b`).MatchString(asserted) {
			t.Errorf("the last step does not look at %s:\n%s", want, asserted)
		}
	}
}
