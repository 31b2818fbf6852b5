//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/nthlayer/action/pkg/host/hosttest"
)

// giteaRun is a job of Gitea's Actions that has ended.
type giteaRun struct {
	code    int
	log     string
	outputs map[string]string
}

// job runs the program as a job of Gitea's Actions does, on a commit of the pull
// request. More are variables of the environment.
func (g *gitea) job(commit string, run int, more ...string) giteaRun {
	g.t.Helper()
	folder := g.t.TempDir()
	workspace := filepath.Join(folder, "shop")
	g.repo.git("clone", "-q", "--no-checkout", g.repo.dir, workspace)
	g.repo.git("-C", workspace, "checkout", "-q", commit) // its runner checks out the head, not a merge
	cmd := g.program(folder, workspace, append([]string{
		"HOME=" + folder, "CI=true", "GITHUB_ACTIONS=true", "GITEA_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request",
		"GITHUB_EVENT_PATH=" + g.event(folder, commit), "GITHUB_SHA=" + commit, "GITHUB_REPOSITORY=example/shop",
		fmt.Sprintf("GITHUB_RUN_ID=%d", run), "GITHUB_WORKSPACE=" + workspace,
		// Its runner leaves the address of GraphQL empty.
		"GITHUB_API_URL=" + g.server.URL + "/api/v1", "GITHUB_GRAPHQL_URL=", "GITHUB_SERVER_URL=" + g.server.URL,
		"GITHUB_OUTPUT=" + filepath.Join(folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(folder, "summary"),
		"INPUT_TOKEN=" + g.bot, "INPUT_SERVICES=services/", "INPUT_PROMETHEUS-URL=file:metrics.yaml",
	}, more...))
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		g.t.Fatal(err)
	}
	r := giteaRun{code: cmd.ProcessState.ExitCode(), log: log.String()}
	text, err := os.ReadFile(filepath.Join(folder, "output"))
	if err != nil {
		g.t.Fatalf("%v\n%s", err, r.log)
	}
	if r.outputs, err = hosttest.ParseFile(string(text)); err != nil {
		g.t.Fatal(err)
	}
	return r
}

// program is the program of this machine, or that in the image, which has no git.
func (g *gitea) program(folder, workspace string, env []string) *exec.Cmd {
	if g.podman == nil {
		cmd := exec.CommandContext(g.t.Context(), filepath.Join(g.lab.root, "bin", "nthlayer"), "ci")
		cmd.Dir, cmd.Env = workspace, env
		return cmd
	}
	args := []string{"run", "--rm", "--network", "host", "--workdir", workspace, "-v", folder + ":" + folder}
	for _, variable := range env {
		args = append(args, "-e", variable)
	}
	return g.podman.Command(g.t.Context(), append(args, imageName)...)
}

// event writes the event of a pull request as it is at a commit. For a run of a
// push the same file says what was there before.
func (g *gitea) event(folder, commit string) string {
	g.t.Helper()
	data, err := json.Marshal(map[string]any{"action": "synchronized", "number": g.pull, "before": g.base, "pull_request": map[string]any{
		"number": g.pull,
		"head":   map[string]any{"sha": commit, "ref": "looser", "repo": map[string]any{"full_name": "example/shop"}},
		"base":   map[string]any{"sha": g.base, "ref": "main", "repo": map[string]any{"full_name": "example/shop"}},
	}})
	if err != nil {
		g.t.Fatal(err)
	}
	path := filepath.Join(folder, "event.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		g.t.Fatal(err)
	}
	return path
}
