package entrypoint_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/transport"
)

// patient is a job that a doctor looks at.
type patient struct {
	t              *testing.T
	env            map[string]string
	dir            string
	requests       func() []hosttest.Request
	hide           []string // what differs from run to run, and its name in turn
	stdout, stderr string
}

// onGitHub is a pull request with a service file, a snapshot and a git-less
// workspace.
func onGitHub(t *testing.T, event string) (*patient, *hosttest.GitHub) {
	t.Helper()
	j := newJob(t, event)
	p := patientOf(j)
	p.set("INPUT_PROMETHEUS-URL", "file:metrics.yaml", "INPUT_PROMETHEUS-PASSWORD", "")
	p.files()
	return p, j.g
}

func patientOf(j *job) *patient {
	return &patient{
		t: j.t, env: j.env, dir: j.dir, hide: []string{j.g.URL(), "https://github.example", j.dir, "WORKSPACE"},
		requests: func() []hosttest.Request { return j.g.Requests("", "") },
	}
}

func onGitLab(t *testing.T) (*patient, *hosttest.GitLab) {
	t.Helper()
	j := newPipeline(t)
	p := &patient{t: t, env: j.env, dir: j.dir, hide: []string{j.g.URL(), "https://gitlab.example", j.dir, "WORKSPACE"}}
	p.requests = func() []hosttest.Request { return j.g.Requests("", "") }
	p.set("NTHLAYER_PROMETHEUS_URL", "file:metrics.yaml")
	p.files()
	return p, j.g
}

func (p *patient) files() {
	for name, text := range map[string]string{
		"services/checkout.yaml": "name: checkout\nteam: payments\ntier: critical\ntype: api\n",
		"metrics.yaml":           "interval: 1m\ninput_series:\n  - series: up\n    values: '1+0x60'\n",
	} {
		path := filepath.Join(p.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *patient) set(pairs ...string) *patient {
	for i := 0; i < len(pairs); i += 2 {
		p.env[pairs[i]] = pairs[i+1]
	}
	return p
}

var doctorNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// run runs the doctor, wants that it changed nothing anywhere, and returns its
// exit code.
func (p *patient) run(args ...string) int {
	p.t.Helper()
	before := snapshot(p.t, p.dir)
	var stdout, stderr bytes.Buffer
	code := entrypoint.RunDoctor(p.t.Context(), p.process(&stdout, &stderr, args), entrypoint.Doctor{
		Tool: report.Tool{Name: "nthlayer", Version: "test"},
		Open: func(ctx context.Context, s entrypoint.Settings) (source.Source, error) {
			t := transport.Options{Sleep: func(context.Context, time.Duration) error { return nil }}
			if s.Prometheus.Token != "" {
				t.Auth = transport.Bearer(s.Prometheus.Token)
			}
			return source.Open(ctx, s.Prometheus.URL, source.Options{Root: s.Workspace, Now: doctorNow, Transport: t})
		},
	})
	p.stdout, p.stderr = stdout.String(), stderr.String()
	if diff := cmp.Diff(before, snapshot(p.t, p.dir)); diff != "" {
		p.t.Errorf("the doctor changed the workspace:\n%s", diff)
	}
	for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE"} {
		if _, err := os.Stat(p.env[variable]); p.env[variable] != "" && err == nil {
			p.t.Errorf("the doctor wrote to the file of %s", variable)
		}
	}
	for _, r := range p.requests() {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && (r.Path != "/api/graphql" || strings.Contains(r.Body, "mutation")) {
			p.t.Errorf("the doctor sent %s %s", r.Method, r.Path)
		}
	}
	return code
}

func (p *patient) process(stdout, stderr *bytes.Buffer, args []string) entrypoint.Env {
	return entrypoint.Env{
		Args: args, Getenv: func(name string) string { return p.env[name] }, Stdout: stdout, Stderr: stderr,
		ReadFile: os.ReadFile, Sleep: func(context.Context, time.Duration) error { return nil }, Now: func() time.Time { return doctorNow },
	}
}

// snapshot returns the files of a folder with what they hold.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			out[path] = "no file"
			return err
		}
		data, err := os.ReadFile(path)
		out[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// text is the output without what differs from run to run.
func (p *patient) text() string {
	out := p.stdout
	if commands := hosttest.ParseLog(out); len(commands) > 0 {
		p.t.Errorf("the runner would take commands from the output: %+v", commands)
	}
	if lines := strings.Split(out, "\n"); strings.HasPrefix(out, "::stop-commands::") {
		out = strings.Join(lines[1:len(lines)-2], "\n") + "\n"
	}
	return strings.NewReplacer(p.hide...).Replace(out)
}

// diagnosis runs the doctor for programs.
func (p *patient) diagnosis(args ...string) entrypoint.Diagnosis {
	p.t.Helper()
	code := p.run(append(args, "--format", "json")...)
	var d entrypoint.Diagnosis
	decoder := json.NewDecoder(strings.NewReader(p.stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		p.t.Fatalf("%v in\n%s\n%s", err, p.stdout, p.stderr)
	}
	if d.ExitCode != code {
		p.t.Errorf("the exit code is %d, and %d in the diagnosis", code, d.ExitCode)
	}
	for _, c := range d.Checks {
		if (c.Verdict == entrypoint.CheckOK) != (c.Fix == "") {
			p.t.Errorf("%s/%s is %s with the fix %q", c.Group, c.Name, c.Verdict, c.Fix)
		}
		if c.Says == "" {
			p.t.Errorf("%s/%s says nothing", c.Group, c.Name)
		}
	}
	return d
}

// want wants one check with a verdict and words in what it says or advises.
func want(t *testing.T, d entrypoint.Diagnosis, group, name string, verdict entrypoint.CheckVerdict, words ...string) {
	t.Helper()
	i := slices.IndexFunc(d.Checks, func(c entrypoint.Check) bool { return c.Group == group && c.Name == name })
	if i < 0 {
		t.Errorf("there is no check %s/%s in %+v", group, name, d.Checks)
		return
	}
	c := d.Checks[i]
	if c.Verdict != verdict {
		t.Errorf("%s/%s is %s, want %s: %s", group, name, c.Verdict, verdict, c.Says)
	}
	for _, word := range words {
		if !strings.Contains(string(c.Planned)+": "+c.Says+" "+c.Fix, word) {
			t.Errorf("%s/%s lacks %q: %s: %s (%s)", group, name, word, c.Planned, c.Says, c.Fix)
		}
	}
}

// TestDoctorForPeople compares whole pages.
func TestDoctorForPeople(t *testing.T) {
	tests := []struct {
		name    string
		arrange func(t *testing.T) *patient
		code    int
	}{
		{"pull_request", func(t *testing.T) *patient {
			p, _ := onGitHub(t, "pull_request")
			return p
		}, entrypoint.ExitPass},
		{"fork", func(t *testing.T) *patient {
			p, g := onGitHub(t, "pull_request_fork")
			g.Grant(jobToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true})
			return p
		}, entrypoint.ExitWarn},
		{"everything_wrong", func(t *testing.T) *patient {
			p, g := onGitHub(t, "pull_request")
			g.Break(hosttest.Fault{Path: "/comments", Status: 403, Message: "Resource not accessible by integration"})
			g.Break(hosttest.Fault{Path: "/files", Status: 406, Message: "too large"})
			g.Break(hosttest.Fault{Path: "/compare/", Status: 404, Message: "Not Found"})
			return p.set("GITHUB_EVENT_PATH", "/github/workflow/event.json", "INPUT_FAIL-ON", "eror", "INPUT_SERVICES", "services/payments.yaml", "GITHUB_OUTPUT", "")
		}, entrypoint.ExitUsage},
		{"gitlab", func(t *testing.T) *patient {
			p, g := onGitLab(t)
			g.Grant(projectToken, hosttest.GitLabToken{User: hosttest.ProjectBot, Role: 30, Expires: "2026-03-10"})
			return p.set("NTHLAYER_STATUSES", "true")
		}, entrypoint.ExitWarn},
		{"gitlab_without_token", func(t *testing.T) *patient {
			p, _ := onGitLab(t)
			return p.set("GITLAB_TOKEN", "")
		}, entrypoint.ExitWarn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.arrange(t)
			if code := p.run(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			golden(t, "doctor_"+tt.name+".txt", p.text())
		})
	}
}

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s, -want +got:\n%s", path, diff)
	}
}

func TestDoctorKnowsTheRunWithoutItsEvent(t *testing.T) {
	p, _ := onGitHub(t, "pull_request")
	d := p.set("GITHUB_EVENT_PATH", "/no/such/event.json").diagnosis()
	want(t, d, "run", "event", entrypoint.CheckFail, "GITHUB_EVENT_PATH", "mount")
	want(t, d, "token", "account", entrypoint.CheckOK, "github-actions[bot]")
	want(t, d, "metrics", "source", entrypoint.CheckOK)
	want(t, d, "delivery", "comment", entrypoint.CheckOK, "would skip", "the event could not be read")
	if d.ExitCode != entrypoint.ExitUsage || d.Context.Repo.String() != "example/shop" || d.Context.Head != "" {
		t.Errorf("exit code %d, context %+v", d.ExitCode, d.Context)
	}
}

func TestDoctorKnowsHostsThatAreMistaken(t *testing.T) {
	p, g := onGitHub(t, "pull_request")
	d := p.set("GITLAB_CI", "true").diagnosis()
	want(t, d, "run", "host", entrypoint.CheckFail, "both set", "NTHLAYER_HOST")
	if d.ExitCode != entrypoint.ExitUsage || len(g.Requests("", "")) > 0 {
		t.Errorf("exit code %d, %d requests", d.ExitCode, len(g.Requests("", "")))
	}
	p, g = onGitHub(t, "pull_request")
	g.Break(hosttest.Fault{Path: "/graphql", Status: 404, Message: "Not Found"})
	g.Grant("0123456789012345678901234567890123456789", hosttest.Token{User: hosttest.Human})
	d = p.set("GITEA_ACTIONS", "true", "INPUT_TOKEN", "0123456789012345678901234567890123456789").diagnosis()
	want(t, d, "run", "host", entrypoint.CheckOK, "Gitea or Forgejo")
	want(t, d, "network", "GraphQL", entrypoint.CheckOK, "it is not needed")
	want(t, d, "token", "account", entrypoint.CheckOK, "octocat")
}

func TestDoctorExplainsReadOnlyRuns(t *testing.T) {
	p, _ := onGitHub(t, "pull_request")
	d := p.set("GITHUB_ACTOR", "dependabot[bot]").diagnosis()
	want(t, d, "run", "read-only", entrypoint.CheckWarn, "Dependabot", "required check")
	want(t, d, "delivery", "statuses", entrypoint.CheckWarn, "cannot", "This is expected")
	if d.ExitCode != entrypoint.ExitWarn {
		t.Errorf("exit code %d", d.ExitCode)
	}
	p, _ = onGitHub(t, "pull_request_fork")
	want(t, p.diagnosis(), "delivery", "statuses", entrypoint.CheckOK, "would skip", "fork")
}

func TestDoctorRefusesTheTargetEventWithThePullRequestsFiles(t *testing.T) {
	p, _ := onGitHub(t, "pull_request_target")
	want(t, p.diagnosis(), "run", "pull_request_target", entrypoint.CheckOK)
	git := filepath.Join(p.dir, ".git")
	if err := errors.Join(os.MkdirAll(git, 0o755), os.WriteFile(filepath.Join(git, "HEAD"), []byte(headSHA+"\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	d := p.diagnosis()
	want(t, d, "run", "pull_request_target", entrypoint.CheckFail, "Use the event pull_request")
	if d.ExitCode != entrypoint.ExitUsage {
		t.Errorf("exit code %d", d.ExitCode)
	}
}

func TestDoctorHasNoSecrets(t *testing.T) {
	const secret = "s3cr3t-of-everybody"
	p, g := onGitHub(t, "pull_request")
	g.Break(hosttest.Fault{Path: "/repos/example/shop", Status: 500, Message: "token " + jobToken + " and " + secret + " failed"})
	p.set("INPUT_PROMETHEUS-URL", "https://user:"+secret+"@127.0.0.1:1/prom", "INPUT_PROMETHEUS-HEADERS", "X-Key: "+secret,
		"HTTPS_PROXY", "http://me:"+secret+"@127.0.0.1:1", "GITHUB_SERVER_URL", "http://me:"+secret+"@127.0.0.1:1")
	for _, format := range []string{"table", "json"} {
		p.run("--format", format)
		for _, leaked := range []string{secret, jobToken} {
			if strings.Contains(p.stdout, leaked) {
				t.Errorf("%s holds %s:\n%s", format, leaked, p.stdout)
			}
		}
	}
	for _, c := range hosttest.ParseLog(p.stderr) {
		if c.Name != "add-mask" {
			t.Errorf("the doctor told the runner %+v", c)
		}
	}
}

// The names of branches, events, labels and files are anybody's text.
func TestDoctorPrintsHostileText(t *testing.T) {
	const evil = "x\n::error::gotcha\n##[error]gotcha\x1b[31m\u202e"
	event := map[string]any{"pull_request": map[string]any{
		"number": 7, "title": evil,
		"labels": []map[string]string{{"name": evil}},
		"head":   map[string]any{"sha": headSHA, "ref": evil, "repo": map[string]string{"full_name": "example/shop"}},
		"base":   map[string]any{"sha": baseSHA, "ref": evil, "repo": map[string]string{"full_name": "example/shop"}},
	}}
	p, g := onGitHub(t, "pull_request")
	data, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	g.Break(hosttest.Fault{Path: "/comments", Status: 403, Message: evil})
	p.set("GITHUB_EVENT_PATH", path, "GITHUB_ACTOR", evil, "INPUT_SERVICES", evil, "GITHUB_RUN_ID", "1")
	for _, format := range []string{"table", "json"} {
		p.run("--format", format)
		inert(t, p.stdout)
		for _, c := range hosttest.ParseLog(p.stderr) {
			if c.Name != "add-mask" {
				t.Errorf("%s: the runner would take a command: %+v", format, c)
			}
		}
	}
	d := p.diagnosis()
	if len(d.Context.Labels) != 1 || d.Context.Labels[0] != evil {
		t.Errorf("the JSON lost the label: %q", d.Context.Labels)
	}
	var stdout, stderr bytes.Buffer
	if code := entrypoint.RunContext(p.process(&stdout, &stderr, nil)); code != entrypoint.ExitPass {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	inert(t, stdout.String())
}

// inert wants text that neither a runner nor a terminal acts upon.
func inert(t *testing.T, text string) {
	t.Helper()
	if commands := hosttest.ParseLog(text); len(commands) > 0 {
		t.Errorf("commands %+v in\n%s", commands, text)
	}
	if strings.ContainsAny(text, "\x1b\r") || !strings.HasPrefix(text, "{") && strings.Contains(text, "\u202e") {
		t.Errorf("control characters in %q", text)
	}
}

func TestDoctorIsCalledWrongly(t *testing.T) {
	for _, args := range [][]string{{"--no-such-flag"}, {"--format", "yaml"}} {
		p, g := onGitHub(t, "pull_request")
		if code := p.run(args...); code != entrypoint.ExitUsage || p.stdout != "" || !strings.Contains(p.stderr, "::error ") {
			t.Errorf("%v: exit code %d\n%s%s", args, code, p.stdout, p.stderr)
		}
		if len(g.Requests("", "")) > 0 {
			t.Errorf("%v: requests were sent", args)
		}
	}
}
