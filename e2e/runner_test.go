//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/e2e/neighbour"
	"github.com/nthlayer/action/pkg/host/hosttest"
)

// jobToken is the token of a job on the fake GitHub.
const jobToken = "ghs_the-token-of-the-job"

// runner starts the image as GitHub's runner does for a step that uses a
// container action: the same mounts, the same work directory, everything else in
// the environment.
type runner struct {
	t      *testing.T
	podman *neighbour.Podman
	github *hosttest.GitHub
	// folders are those of the runner, by their place in the container.
	folders map[string]string
	env     map[string]string
	head    string
}

// newRunner prepares a step for pull request 7, which changes payments-api.
func newRunner(t *testing.T, l *lab, p *neighbour.Podman) *runner {
	t.Helper()
	r := &runner{t: t, podman: p, github: hosttest.New(t), folders: map[string]string{}, head: strings.Repeat("1", 40)}
	for _, name := range []string{"workspace", "workflow", "file_commands", "home", "runner_temp"} {
		r.folders["/github/"+name] = t.TempDir()
	}
	if err := os.CopyFS(r.folders["/github/workspace"], os.DirFS(filepath.Join(l.root, "testdata", "demo"))); err != nil {
		t.Fatal(err)
	}
	event, err := os.ReadFile(filepath.Join(l.root, "pkg", "host", "testdata", "events", "pull_request.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.folders["/github/workflow"], "event.json"), event, 0o600); err != nil {
		t.Fatal(err)
	}
	r.github.Grant(jobToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true})
	r.github.SetHead(r.head)
	r.github.SetFiles(hosttest.File{
		Filename: "services/payments-api.yaml", Status: "modified", Changes: 2, Patch: "@@ -6,3 +6,3 @@\n a\n-b\n+c\n d",
	})
	r.env = map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": "/github/workflow/event.json",
		"GITHUB_WORKSPACE": "/github/workspace", "HOME": "/github/home", "RUNNER_TEMP": "/github/runner_temp",
		"GITHUB_SHA": strings.Repeat("3", 40), "GITHUB_REPOSITORY": "example/shop", "GITHUB_RUN_ID": "100", "GITHUB_RUN_ATTEMPT": "1",
		"GITHUB_API_URL": r.github.API(), "GITHUB_GRAPHQL_URL": r.github.GraphQL(), "GITHUB_SERVER_URL": r.github.URL(),
		"GITHUB_OUTPUT": "/github/file_commands/set_output", "GITHUB_STEP_SUMMARY": "/github/file_commands/step_summary",
		"GITHUB_STATE": "/github/file_commands/save_state",
		"INPUT_TOKEN":  jobToken, "INPUT_SERVICES": "services/", "INPUT_PROMETHEUS-URL": "file:metrics.yaml", "INPUT_FAIL-ON": "error",
	}
	for _, name := range []string{"set_output", "step_summary", "save_state"} { // the runner makes them before the step
		r.put("/github/file_commands/"+name, "")
	}
	return r
}

// set changes the environment by names and values in turn.
func (r *runner) set(pairs ...string) *runner {
	for i := 0; i < len(pairs); i += 2 {
		r.env[pairs[i]] = pairs[i+1]
	}
	return r
}

// outside returns where a file of the container is on this machine.
func (r *runner) outside(path string) string {
	r.t.Helper()
	for inside, folder := range r.folders {
		if rest, ok := strings.CutPrefix(path, inside+"/"); ok {
			return filepath.Join(folder, rest)
		}
	}
	r.t.Fatalf("%s is in no folder of the runner", path)
	return ""
}

func (r *runner) put(path, text string) {
	r.t.Helper()
	if err := os.WriteFile(r.outside(path), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *runner) get(path string) string {
	r.t.Helper()
	data, err := os.ReadFile(r.outside(path))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(data)
}

// values reads a file of values, as that of the outputs.
func (r *runner) values(path string) map[string]string {
	r.t.Helper()
	out, err := hosttest.ParseFile(r.get(path))
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *runner) outputs() map[string]string { return r.values("/github/file_commands/set_output") }

// ended is a container that has ended.
type ended struct {
	code int
	log  string
}

// start runs the image to its end. More are arguments of podman.
func (r *runner) start(ctx context.Context, more ...string) ended {
	r.t.Helper()
	args := []string{"run", "--rm", "--network", "host", "--workdir", "/github/workspace"}
	for _, inside := range slices.Sorted(maps.Keys(r.folders)) {
		args = append(args, "-v", r.folders[inside]+":"+inside)
	}
	for _, name := range slices.Sorted(maps.Keys(r.env)) {
		args = append(args, "-e", name+"="+r.env[name])
	}
	cmd := r.podman.Command(ctx, append(append(args, more...), imageName)...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		r.t.Fatal(err)
	}
	return ended{code: cmd.ProcessState.ExitCode(), log: log.String()}
}

func (e ended) String() string { return fmt.Sprintf("exit code %d\n%s", e.code, e.log) }
