//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/render/gitlabtest"
)

// pipelineFile includes the component as a project does, and shows what a later
// job gets.
const pipelineFile = `stages: [check, deploy]
include:
  - local: templates/gitlab/template.yml
    inputs:
      stage: check
      job-prefix: shop-
      prometheus-url: $SOURCE
INPUTS
later:
  stage: deploy
  when: always
  script:
    - echo "verdict is $NTHLAYER_RESULT_VERDICT of $NTHLAYER_RESULT_BLOCKED_SERVICES"
  rules:
    - when: always
`

// project is a checkout of the demo's services with the component.
type project struct {
	t       *testing.T
	lab     *lab
	command string
	dir     string
}

func newProject(t *testing.T, inputs ...string) *project {
	t.Helper()
	l := newLab(t)
	p := &project{t: t, lab: l, command: l.tool(t, "gitlab-ci-local/node_modules/.bin/gitlab-ci-local", required), dir: t.TempDir()}
	if err := os.CopyFS(p.dir, os.DirFS(filepath.Join(l.root, "testdata", "demo"))); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(p.dir, "templates"), os.DirFS(filepath.Join(l.root, "templates"))); err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, line := range inputs {
		lines.WriteString("      " + line + "\n")
	}
	text := strings.Replace(pipelineFile, "INPUTS\n", lines.String(), 1)
	if err := os.WriteFile(filepath.Join(p.dir, ".gitlab-ci.yml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.git("init", "-q", "-b", "main")
	p.git("add", "-A")
	p.git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "demo")
	p.git("remote", "add", "origin", "git@gitlab.example:example/shop.git")
	return p
}

func (p *project) git(args ...string) {
	p.t.Helper()
	if out, err := exec.CommandContext(p.t.Context(), "git", append([]string{"-C", p.dir}, args...)...).CombinedOutput(); err != nil {
		p.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// run runs the pipeline with a shell, as GitLab would set the variables, and
// returns the log.
func (p *project) run(variables ...string) string {
	p.t.Helper()
	args := []string{
		"--force-shell-executor", "--variable", "GITLAB_CI=true", "--variable", "CI_PROJECT_DIR=" + p.dir,
		"--variable", "SOURCE=file:metrics.yaml",
	}
	for _, v := range variables {
		args = append(args, "--variable", v)
	}
	cmd := exec.CommandContext(p.t.Context(), p.command, args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + filepath.Join(p.lab.root, "bin") + ":" + os.Getenv("PATH"), "HOME=" + p.t.TempDir()}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	// Its exit code says little about jobs that may fail; the log says all.
	if err := cmd.Run(); err != nil {
		p.t.Logf("gitlab-ci-local: %v", err)
	}
	return log.String()
}

func (p *project) has(log string, wanted ...string) {
	p.t.Helper()
	for _, want := range wanted {
		if !strings.Contains(log, want) {
			p.t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}

// artifact returns a file that the job handed over.
func (p *project) artifact(name string) []byte {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, ".gitlab-ci-local", "artifacts", "shop-nthlayer", name))
	if err != nil {
		p.t.Fatal(err)
	}
	return data
}

// TestComponentInAPipeline runs the component with gitlab-ci-local, which checks
// it with GitLab's own schema first.
func TestComponentInAPipeline(t *testing.T) {
	t.Run("errors fail the job and reach later jobs", func(t *testing.T) {
		p := newProject(t)
		log := p.run()
		p.has(log, "json schema validated", "shop-nthlayer finished in", "FAIL 2", "verdict is fail of payments-api", "no merge request")
		var report struct{ Verdict string }
		if err := json.Unmarshal(p.artifact("nthlayer-report.json"), &report); err != nil || report.Verdict != "fail" {
			t.Errorf("report %+v, %v", report, err)
		}
		if env := p.artifact(".gitlab-ci-reports/dotenv/nthlayer.env"); !bytes.Contains(env, []byte("NTHLAYER_RESULT_EXIT_CODE=2\n")) {
			t.Errorf("dotenv:\n%s", env)
		}
		for name, check := range map[string]func([]byte) error{
			"gl-code-quality-report.json": gitlabtest.CodeQuality, "nthlayer-links.json": gitlabtest.Annotations, "nthlayer-junit.xml": gitlabtest.JUnit,
			".gitlab-ci-local/artifacts/shop-nthlayer/.gitlab-ci-reports/dotenv/nthlayer.env": func(data []byte) error { _, err := gitlabtest.Dotenv(data); return err },
		} {
			data, err := os.ReadFile(filepath.Join(p.dir, name))
			if err == nil {
				err = check(data)
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("warnings alone do not", func(t *testing.T) {
		p := newProject(t, "stages: gate", "fail-on: warning", "on-unknown: warn", "services: services/recommender.yaml", "changed-only: true", "concurrency: 2")
		p.has(p.run(), "WARN", "exit code 1", "verdict is unknown of")
	})
	t.Run("the note of a merge request", func(t *testing.T) {
		const token = "glpat-of-the-pipeline"
		g := hosttest.NewGitLab(t)
		g.Grant(token, hosttest.GitLabToken{User: hosttest.ProjectBot, Notes: true})
		head := strings.Repeat("1", 40)
		g.SetHead(head)
		p := newProject(t)
		log := p.run("CI_PIPELINE_SOURCE=merge_request_event", "CI_MERGE_REQUEST_IID=7", "CI_MERGE_REQUEST_PROJECT_ID=42", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=42",
			"CI_PROJECT_ID=42", "CI_PIPELINE_ID=900", "CI_COMMIT_SHA="+head, "CI_API_V4_URL="+g.API(), "GITLAB_TOKEN="+token)
		p.has(log, "comment: delivered, created")
		if notes := g.Notes(); len(notes) != 1 || !strings.Contains(notes[0].Body, "payments-api") {
			t.Errorf("notes %+v", notes)
		}
		if strings.Contains(log, token) {
			t.Error("the token is in the log")
		}
	})
}
