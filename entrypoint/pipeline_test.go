package entrypoint_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

const projectToken = "glpat-the-token-of-the-project"

// pipeline is a job of a merged results pipeline on the fake GitLab.
type pipeline struct {
	t      *testing.T
	g      *hosttest.GitLab
	env    map[string]string
	dir    string
	rep    *report.Report
	seen   []entrypoint.Settings
	stdout string
	stderr string
	// network, when set, takes the place of the network.
	network http.RoundTripper
	// slept are the waits that were asked for.
	slept []time.Duration
}

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	g := hosttest.NewGitLab(t)
	g.Grant(projectToken, hosttest.GitLabToken{User: hosttest.ProjectBot, Notes: true, Statuses: true})
	mergedSHA := strings.Repeat("3", 40)
	g.AddPipeline(900, mergedSHA)
	g.SetHead(headSHA)
	g.SetDiffs(hosttest.Diff{OldPath: "services/checkout.yaml", NewPath: "services/checkout.yaml", Diff: "@@ -3,2 +3,3 @@ spec:\n a\n+b\n c\n"})
	p := &pipeline{t: t, g: g, dir: t.TempDir(), rep: sample()}
	p.env = map[string]string{
		"CI": "true", "GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result",
		"CI_PIPELINE_ID": "900", "CI_PROJECT_ID": "42", "CI_PROJECT_PATH": "example/shop", "CI_PROJECT_DIR": p.dir,
		"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "42", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42",
		"CI_MERGE_REQUEST_PROJECT_URL": g.URL() + "/example/shop", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
		"CI_MERGE_REQUEST_DIFF_BASE_SHA": baseSHA, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": headSHA, "CI_COMMIT_SHA": mergedSHA,
		"CI_COMMIT_BEFORE_SHA": strings.Repeat("0", 40), "CI_API_V4_URL": g.API(), "CI_SERVER_URL": g.URL(),
		"CI_JOB_URL": g.URL() + "/example/shop/-/jobs/5001", "CI_JOB_TOKEN": "glcbt-64_the-token-of-the-job", "GITLAB_USER_LOGIN": "octocat",
		"GITLAB_TOKEN": projectToken,
	}
	return p
}

// set changes the environment by names and values in turn.
func (p *pipeline) set(pairs ...string) *pipeline {
	for i := 0; i < len(pairs); i += 2 {
		p.env[pairs[i]] = pairs[i+1]
	}
	return p
}

// start runs the job once more and returns its exit code.
func (p *pipeline) start() int {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	code := entrypoint.RunCI(p.t.Context(), entrypoint.Env{
		Getenv: func(name string) string { return p.env[name] }, Stdout: &stdout, Stderr: &stderr,
		ReadFile: os.ReadFile, Sleep: p.sleep, Network: p.network,
	}, func(_ context.Context, s entrypoint.Settings) (*report.Report, error) {
		p.seen = append(p.seen, s)
		return p.rep, nil
	})
	p.stdout, p.stderr = stdout.String(), stderr.String()
	return code
}

func (p *pipeline) sleep(_ context.Context, wait time.Duration) error {
	p.slept = append(p.slept, wait)
	return nil
}

// read returns a file that the job left behind.
func (p *pipeline) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

// variables are what later jobs get from the dotenv report.
func (p *pipeline) variables() map[string]string {
	p.t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(p.read("nthlayer.env")) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok {
			p.t.Fatalf("%q is no variable", line)
		}
		out[name] = value
	}
	return out
}

// ours returns the notes that are not among the given ones.
func (p *pipeline) ours(foreign []hosttest.Note) []hosttest.Note {
	return slices.DeleteFunc(p.g.Notes(), func(n hosttest.Note) bool { return slices.Contains(foreign, n) })
}

// checkFiles checks what GitLab shows of a job without any token.
func (p *pipeline) checkFiles() {
	p.t.Helper()
	var issues []struct {
		Fingerprint string
		Severity    string
		Location    struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	if err := json.Unmarshal([]byte(p.read("gl-code-quality-report.json")), &issues); err != nil || len(issues) < 2 {
		p.t.Errorf("Code Quality: %d issues, %v", len(issues), err)
	}
	for _, i := range issues {
		if !strings.HasPrefix(i.Location.Path, "services/") || i.Location.Lines.Begin < 1 || i.Fingerprint == "" ||
			!slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, i.Severity) {
			p.t.Errorf("Code Quality: %+v", i)
		}
	}
	var suites struct {
		XMLName xml.Name `xml:"testsuites"`
	}
	if err := xml.Unmarshal([]byte(p.read("nthlayer-junit.xml")), &suites); err != nil {
		p.t.Errorf("JUnit: %v", err)
	}
	var links map[string][]struct {
		Link struct{ Label, URL string } `json:"external_link"`
	}
	if err := json.Unmarshal([]byte(p.read("nthlayer-links.json")), &links); err != nil || len(links["nthlayer"]) == 0 {
		p.t.Fatalf("links: %v, %v", links, err)
	}
	if l := links["nthlayer"][0].Link; l.URL != p.env["CI_JOB_URL"]+"/artifacts/file/nthlayer-report.json" || !strings.HasPrefix(l.Label, "fail: ") {
		p.t.Errorf("link %+v", l)
	}
}

// execute runs the built program as the job's shell does.
func (p *pipeline) execute(program string) int {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), program, "ci")
	cmd.Dir = p.dir
	for name, value := range p.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	p.stdout, p.stderr = stdout.String(), stderr.String()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return 0
}

// programInAPipeline runs the built program against the fake GitLab: with a
// token one note, which a second pipeline edits; without one the files alone.
func programInAPipeline(t *testing.T, program string) {
	p := newPipeline(t).set("NTHLAYER_SERVICES", "services/", "NTHLAYER_PROMETHEUS_URL", "file:metrics.yaml")
	if err := os.CopyFS(p.dir, os.DirFS("../testdata/demo")); err != nil {
		t.Fatal(err)
	}
	foreign := p.g.SeedForeign(foreignMarker)
	if code := p.execute(program); code != 2 {
		t.Fatalf("exit code %d\n%s\n%s", code, p.stdout, p.stderr)
	}
	p.checkFiles()
	first := p.ours(foreign)
	if len(first) != 1 || !strings.Contains(first[0].Body, "payments-api") {
		t.Fatalf("notes %+v\n%s", first, p.stdout)
	}
	if code := p.set("CI_PIPELINE_ID", "901", "CI_JOB_URL", p.g.URL()+"/example/shop/-/jobs/5002", "NTHLAYER_ENVIRONMENT", "prod").execute(program); code != 2 {
		t.Fatalf("second pipeline: exit code %d", code)
	}
	if second := p.ours(foreign); len(second) != 1 || second[0].ID != first[0].ID || !strings.Contains(second[0].Body, "run=901") {
		t.Errorf("the second pipeline did not edit the note: %+v", second)
	}
	requests := len(p.g.Requests("", ""))
	if code := p.set("GITLAB_TOKEN", "", "CI_PIPELINE_ID", "902").execute(program); code != 2 {
		t.Errorf("without a token: exit code %d", code)
	}
	p.checkFiles()
	if n := len(p.g.Requests("", "")); n != requests {
		t.Errorf("%d requests without a token", n-requests)
	}
	if v := p.variables(); v["NTHLAYER_RESULT_BLOCKED_SERVICES"] != "payments-api" || v["NTHLAYER_RESULT_COMMENT_URL"] != "" {
		t.Errorf("variables %v", v)
	}
}
