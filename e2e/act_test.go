//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nthlayer/action/e2e/neighbour"
)

// actWorkflow uses the action of its own repository, as .github/workflows/ci.yml
// does, and writes down what a later step sees.
const actWorkflow = `on: pull_request
jobs:
  reliability:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - id: nthlayer
        uses: ./
        with:
          services: services/
          prometheus-url: file:metrics.yaml
          pending: true
      - if: always()
        env:
          OUTPUTS: ${{ toJSON(steps.nthlayer.outputs) }}
          OUTCOME: ${{ steps.nthlayer.outcome }}
        run: |
          printf '%s' "$OUTPUTS" > "$RESULT/outputs.json"
          printf '%s' "$OUTCOME" > "$RESULT/outcome"
          cp nthlayer-report.json "$RESULT"
`

// TestWorkflow runs a workflow with act, which has podman start the container of
// the action: its inputs, mounts and entry points are those that act reads out of
// our action.yml.
func TestWorkflow(t *testing.T) {
	l := newLab(t)
	binary := l.tool(t, "act", required)
	p := l.podman(t)
	l.image(t, p, runtime.GOARCH, "action")
	engine, err := p.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Stop)

	r := newRunner(t, l, p)
	a := newAct(t, l, r)
	log := a.run(binary, engine)
	if outcome := a.result("outcome"); outcome != "failure" {
		t.Fatalf("the outcome of the step is %q\n%s", outcome, log)
	}
	var outputs map[string]string
	if err := json.Unmarshal([]byte(a.result("outputs.json")), &outputs); err != nil {
		t.Fatal(err)
	}
	if outputs["verdict"] != "fail" || outputs["exit-code"] != "2" || outputs["blocked-services"] != "payments-api" || outputs["undelivered"] != "" {
		t.Errorf("outputs %v\n%s", outputs, log)
	}
	if report := a.result("nthlayer-report.json"); !strings.Contains(report, `"verdict": "fail"`) {
		t.Errorf("report:\n%s", report)
	}
	comments := r.github.Comments()
	if len(comments) != 1 || comments[0].HTMLURL != outputs["comment-url"] {
		t.Errorf("comments %+v", comments)
	}
	last := map[string]string{}
	for _, s := range r.github.Statuses() {
		last[s.Context] = s.State
	}
	for context, want := range map[string]string{"nthlayer/gate": "failure", "nthlayer/verify": "failure", "nthlayer/lint": "success"} {
		if last[context] != want {
			t.Errorf("the status %s is %q, want %q", context, last[context], want)
		}
	}
	for _, want := range []string{`entrypoint=["/nthlayer-post"]`, "Success - Post ./"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}

// act is a repository with a workflow, and where its last step writes.
type act struct {
	t       *testing.T
	job     *runner
	repo    *repository
	results string
}

func newAct(t *testing.T, l *lab, job *runner) *act {
	t.Helper()
	a := &act{t: t, job: job, repo: newRepository(t, l), results: t.TempDir()}
	action, err := os.ReadFile(filepath.Join(l.root, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	// A release names a finished image in the same way.
	pinned := strings.Replace(string(action), "image: Dockerfile", "image: docker://"+imageName, 1)
	if pinned == string(action) {
		t.Fatal("action.yml names no Dockerfile")
	}
	a.repo.write("action.yml", pinned)
	a.repo.write(".github/workflows/ci.yml", actWorkflow)
	a.repo.commit("the demo")
	a.repo.git("remote", "add", "origin", "https://github.com/example/shop.git")
	return a
}

// event is the recorded one of a pull request, with the number where act looks
// for it.
func (a *act) event() string {
	a.t.Helper()
	var event map[string]any
	if err := json.Unmarshal([]byte(a.job.get("/github/workflow/event.json")), &event); err != nil {
		a.t.Fatal(err)
	}
	event["number"] = 7
	data, err := json.Marshal(event)
	if err != nil {
		a.t.Fatal(err)
	}
	path := filepath.Join(a.t.TempDir(), "event.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// run runs the workflow and returns the log.
func (a *act) run(binary string, engine *neighbour.Engine) string {
	a.t.Helper()
	home := a.t.TempDir()
	// Without a container for the job, act gives the action the paths of this
	// machine, and mounts what they name somewhere else. So it is mounted there too.
	cache := filepath.Join(home, "cache")
	options := "--network=host --volume=" + cache + ":" + cache
	cmd := exec.CommandContext(a.t.Context(), binary, "pull_request", "--eventpath", a.event(), "--pull=false", "--no-cache-server",
		"-P", "ubuntu-latest=-self-hosted", "--container-options", options, "--container-daemon-socket", engine.Socket,
		"--action-cache-path", cache, "-s", "GITHUB_TOKEN="+jobToken,
		"--env", "GITHUB_API_URL="+a.job.github.API(), "--env", "GITHUB_GRAPHQL_URL="+a.job.github.GraphQL(),
		"--env", "GITHUB_SERVER_URL="+a.job.github.URL(), "--env", "RESULT="+a.results)
	cmd.Dir = a.repo.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "DOCKER_HOST=" + engine.Socket}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Run(); err == nil {
		a.t.Error("the job passed, although a service is blocked")
	}
	return log.String()
}

func (a *act) result(name string) string {
	a.t.Helper()
	data, err := os.ReadFile(filepath.Join(a.results, name))
	if err != nil {
		a.t.Error(err)
	}
	return string(data)
}
