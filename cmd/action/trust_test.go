package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

const trustToken = "ghs_token-of-the-job"

// apiService is a service that has used up its error budget.
const apiService = `name: api
team: core
tier: critical
type: api
slos:
  - name: availability
    objective: 99.9
    window: 1d
    query: sum(rate(requests_total{service="api",code!="500"}[5m])) / sum(rate(requests_total{service="api"}[5m]))
`

const apiMetrics = `interval: 1m
input_series:
  - {series: 'requests_total{service="api",code="200"}', values: '0+990x1500'}
  - {series: 'requests_total{service="api",code="500"}', values: '0+10x1500'}
`

// pull is a pull request in a repository made for the test: the commits, and the
// checkout of the merge that GitHub makes of them.
type pull struct {
	t                 *testing.T
	dir               string
	base, head, merge string
	files             []hosttest.File
	// faults are those of the host.
	faults []hosttest.Fault
}

func (p *pull) git(args ...string) string {
	p.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", p.dir, "-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files, removes those without a text, and commits.
func (p *pull) commit(files map[string]string) string {
	p.t.Helper()
	for name, text := range files {
		path := filepath.Join(p.dir, name)
		if text == "" {
			p.git("rm", "-q", name)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	p.git("add", "-A")
	p.git("commit", "-q", "-m", "a change")
	return p.tip()
}

// tip is the commit that is checked out. Hundreds of repositories are made here, so that
// git is started only for what it alone can do.
func (p *pull) tip() string {
	p.t.Helper()
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(p.dir, ".git", name))
		if err != nil {
			p.t.Fatal(err)
		}
		return strings.TrimSpace(string(data))
	}
	head := read("HEAD")
	if ref, ok := strings.CutPrefix(head, "ref: "); ok {
		return read(ref)
	}
	return head
}

// newPull makes the repository. With newer the base branch moves on after the
// pull request branched off.
func newPull(t *testing.T, base, head, newer map[string]string) *pull {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	p := &pull{t: t, dir: t.TempDir()}
	p.git("init", "-q", "-b", "main")
	all := maps.Clone(base)
	all["metrics.yaml"] = apiMetrics
	p.base = p.commit(all)
	p.git("checkout", "-q", "-b", "change")
	p.head = p.commit(head)
	for line := range strings.SplitSeq(p.git("diff", "--name-status", "--find-renames", p.base, p.head), "\n") {
		fields := strings.Split(line, "\t")
		f := hosttest.File{Filename: fields[1], Status: map[byte]string{'A': "added", 'M': "modified", 'D': "removed", 'R': "renamed"}[line[0]], Changes: 2}
		if line[0] == 'R' {
			f.PreviousFilename, f.Filename = fields[1], fields[2]
		}
		p.files = append(p.files, f)
	}
	p.git("checkout", "-q", "main")
	if newer != nil {
		p.commit(newer)
	}
	p.git("merge", "-q", "--no-ff", "-m", "merge", "change")
	p.merge = p.tip()
	p.git("checkout", "-q", "--detach")
	return p
}

// trustRun is what a CI job over a pull request left behind.
type trustRun struct {
	code   int
	rep    report.Report
	stdout string
	server *hosttest.GitHub
}

// run runs the CI job. With the API the host answers everything and the checkout
// is as shallow as can be; without it there is no token, and git alone knows.
func (p *pull) run(api bool, more ...string) trustRun {
	p.t.Helper()
	g := hosttest.New(p.t)
	for _, f := range p.faults {
		g.Break(f)
	}
	g.Grant(trustToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true})
	event := fmt.Sprintf(`{"pull_request":{"number":7,"merge_commit_sha":%q,
		"head":{"sha":%q,"ref":"change","repo":{"full_name":"example/shop"}},"base":{"sha":%q,"ref":"main","repo":{"full_name":"example/shop"}}},
		"before":%q}`, p.merge, p.head, p.base, p.base)
	out := p.t.TempDir()
	if err := os.WriteFile(filepath.Join(out, "event.json"), []byte(event), 0o600); err != nil {
		p.t.Fatal(err)
	}
	env := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": filepath.Join(out, "event.json"),
		"GITHUB_SHA": p.merge, "GITHUB_REPOSITORY": "example/shop", "GITHUB_ACTOR": "octocat", "GITHUB_RUN_ID": "1", "GITHUB_RUN_ATTEMPT": "1",
		"GITHUB_WORKSPACE": p.dir, "GITHUB_API_URL": g.API(), "GITHUB_GRAPHQL_URL": g.GraphQL(), "GITHUB_SERVER_URL": g.URL(),
		"GITHUB_OUTPUT": filepath.Join(out, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(out, "summary"),
		"INPUT_PROMETHEUS-URL": "file:metrics.yaml", "INPUT_STAGES": "gate", "INPUT_ENVIRONMENT": "prod",
	}
	if api {
		env["INPUT_TOKEN"] = trustToken
		p.serve(g)
	}
	for i := 0; i < len(more); i += 2 {
		env[more[i]] = more[i+1]
	}
	r := trustRun{server: g}
	var stdout, stderr bytes.Buffer
	at, err := time.Parse(time.RFC3339, scriptNow)
	if err != nil {
		p.t.Fatal(err)
	}
	r.code = run(p.t.Context(), process{
		args: []string{"ci"}, stdout: &stdout, stderr: &stderr, getenv: func(name string) string { return env[name] },
		readFile: os.ReadFile, now: func() time.Time { return at },
	})
	r.stdout = stdout.String() + stderr.String()
	data, err := os.ReadFile(filepath.Join(p.dir, "nthlayer-report.json"))
	if err != nil {
		p.t.Fatalf("%v\n%s", err, r.stdout)
	}
	if err := json.Unmarshal(data, &r.rep); err != nil {
		p.t.Fatal(err)
	}
	return r
}

// serve puts the repository into the fake host and takes its history out of the
// checkout, so that nobody but the API knows it.
func (p *pull) serve(g *hosttest.GitHub) {
	g.SetHead(p.head)
	g.SetFiles(p.files...)
	parents := strings.Fields(p.git("rev-list", "--parents", "-n1", p.merge))[1:]
	g.SetParents(p.merge, parents...)
	g.SetMergeBase(p.git("merge-base", p.base, p.head))
	commits := slices.Sorted(slices.Values(append([]string{p.base}, parents...)))
	for _, commit := range slices.Compact(commits) {
		files := tar.NewReader(strings.NewReader(p.git("archive", "--format=tar", commit)))
		for f, err := files.Next(); !errors.Is(err, io.EOF); f, err = files.Next() {
			if err != nil {
				p.t.Fatal(err)
			}
			data, err := io.ReadAll(files)
			switch {
			case err != nil:
				p.t.Fatal(err)
			case f.Typeflag == tar.TypeReg:
				g.SetFile(commit, f.Name, string(data))
			case f.Typeflag == tar.TypeSymlink:
				g.SetFile(commit, f.Name, f.Linkname)
			}
		}
	}
	if err := os.RemoveAll(filepath.Join(p.dir, ".git", "objects")); err != nil {
		p.t.Fatal(err)
	}
}

// rules are the findings about the change and the decision on it.
func (r trustRun) rules() (out []string) {
	for _, f := range r.rep.Findings {
		if strings.HasPrefix(f.Rule, "change/") || f.Rule == "gate/weakened" {
			out = append(out, string(f.Severity)+" "+f.Rule)
		}
	}
	slices.Sort(out)
	return out
}

// marked reports whether the decision is that of before the change.
func (r trustRun) marked() bool {
	return len(r.rep.Services) > 0 && r.rep.Services[0].Gate != nil && len(r.rep.Services[0].Gate.Reasons) > 0 &&
		r.rep.Services[0].Gate.Reasons[0].Code == "weakened-by-this-change"
}

func replaced(old, text string) string { return strings.Replace(apiService, old, text, 1) }

const freezeAlways = "resources: [{kind: DeploymentGate, name: g, spec: {conditions: [{name: freeze, when: hour >= 0, blocking: 100}]}}]\n"

type attack struct {
	name       string
	base, head map[string]string
	rules      []string
}

// attacks are pull requests that would open a closed gate by themselves.
func attacks() []attack {
	const file = "services/api.yaml"
	of := func(name, base, head string, rules ...string) attack {
		return attack{name, map[string]string{file: base}, map[string]string{file: head}, append([]string{"error gate/weakened"}, rules...)}
	}
	healthy := replaced("99.9", "50")
	moved := of("moved, renamed and lowered", apiService, "", "error change/tier-lowered", "info change/service-renamed")
	moved.head["services/shop/api2.yaml"] = strings.Replace(replaced("critical", "low"), "name: api", "name: api2", 1)
	environment := of("stricter environment removed", replaced("critical", "low"), "", "warning change/tier-lowered")
	environment.base["services/environments/prod.yaml"] = "tier: critical\n"
	environment.head = map[string]string{"services/environments/prod.yaml": ""}
	environment.rules = []string{"error change/tier-lowered", "error gate/weakened"}
	return []attack{
		of("tier lowered", apiService, replaced("critical", "low"), "error change/tier-lowered"),
		of("exception for the sender", apiService, apiService+"resources: [{kind: DeploymentGate, name: g, spec: {exceptions: [{user: octocat, allow: always}]}}]\n", "error change/gate-exception"),
		of("freeze removed", healthy+freezeAlways, healthy, "error change/gate-weakened"),
		moved, environment,
	}
}

func TestAPullRequestCannotOpenItsOwnGate(t *testing.T) {
	for _, a := range attacks() {
		for _, api := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, by the API: %t", a.name, api), func(t *testing.T) {
				r := newPull(t, a.base, a.head, nil).run(api)
				want := slices.Sorted(slices.Values(a.rules))
				if got := r.rules(); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q\n%s", got, want, r.stdout)
				}
				if r.code != 2 || !r.marked() {
					t.Errorf("exit code %d, gate %+v", r.code, r.rep.Services[0].Gate)
				}
				if !strings.Contains(r.stdout, "before this change") {
					t.Errorf("the log does not say why:\n%s", r.stdout)
				}
			})
		}
	}
}

// With policy-ref: head the gate goes by the change, and says so. The choice is the
// workflow's alone: the same words in files of the pull request do nothing.
func TestOnlyTheWorkflowLetsAPullRequestDecide(t *testing.T) {
	const file = "services/api.yaml"
	lowered := map[string]string{file: replaced("critical", "low")}
	r := newPull(t, map[string]string{file: apiService}, lowered, nil).run(true, "INPUT_POLICY-REF", "head", "INPUT_FAIL-ON", "error")
	if got := r.rules(); !slices.Equal(got, []string{"warning change/tier-lowered"}) || r.code != 0 || r.marked() {
		t.Errorf("exit code %d, marked: %t, %q\n%s", r.code, r.marked(), got, r.stdout)
	}
	if comments := r.server.Comments(); len(comments) != 1 || !strings.Contains(comments[0].Body, "the gate goes by this change, because policy-ref is head") {
		t.Errorf("comments %+v", comments)
	}
	for _, name := range []string{".nthlayer.yaml", ".nthlayer/config.yaml", "nthlayer.yaml", "services/environments/prod.yaml"} {
		lowered[name] = "policy-ref: head\npolicy_ref: head\n"
	}
	lowered[".env"] = "NTHLAYER_POLICY_REF=head\n"
	if r := newPull(t, map[string]string{file: apiService}, lowered, nil).run(true); r.code != 2 || !r.marked() {
		t.Errorf("exit code %d, marked: %t, although only files of the pull request say head\n%s", r.code, r.marked(), r.stdout)
	}
	if r := newPull(t, map[string]string{file: apiService}, map[string]string{file: replaced("99.9", "99.95")}, nil).run(false, "INPUT_POLICY-REF", "head", "GITHUB_EVENT_NAME", "push"); r.code != 2 || r.marked() || len(r.rules()) > 0 {
		t.Errorf("a push: exit code %d, marked: %t, %q", r.code, r.marked(), r.rules())
	}
}

func TestTheCommentTellsWhatAChangeLoosens(t *testing.T) {
	p := newPull(t, map[string]string{"services/api.yaml": apiService}, map[string]string{"services/api.yaml": replaced("critical", "low")}, nil)
	r := p.run(true)
	comments := r.server.Comments()
	if len(comments) != 1 || !strings.Contains(comments[0].Body, "the tier was critical and is now low") {
		t.Errorf("comments %+v", comments)
	}
	if !strings.Contains(r.stdout, "::error file=services/api.yaml,line=3") {
		t.Errorf("no annotation on the line:\n%s", r.stdout)
	}
}

// What the base branch did since the pull request branched off is no part of the
// change, also where both touch the same file.
func TestABaseThatMovedOnIsNotBlamedOnTheChange(t *testing.T) {
	head := replaced("name: availability", "name: availability\n    description: for users")
	newer := replaced("critical", "low")
	for _, api := range []bool{true, false} {
		r := newPull(t, map[string]string{"services/api.yaml": apiService}, map[string]string{"services/api.yaml": head}, map[string]string{"services/api.yaml": newer}).run(api)
		if got := r.rules(); len(got) > 0 || r.marked() {
			t.Errorf("by the API: %t: %q\n%s", api, got, r.stdout)
		}
	}
}

func TestAnUnreadableBaseIsTold(t *testing.T) {
	p := newPull(t, map[string]string{"services/api.yaml": apiService}, map[string]string{"services/api.yaml": replaced("critical", "low")}, nil)
	p.serve(hosttest.New(t)) // takes the history away, and nobody else knows it
	r := p.run(false)
	if got := r.rules(); !slices.Equal(got, []string{"warning change/base-unknown"}) || r.code != 4 {
		t.Errorf("exit code %d, got %q\n%s", r.code, got, r.stdout)
	}
	if !strings.Contains(r.stdout, "fetch-depth: 0") {
		t.Errorf("the log does not say what to do:\n%s", r.stdout)
	}
}

func TestOtherFilesAreNotRead(t *testing.T) {
	base := map[string]string{"services/api.yaml": apiService, "deploy/values.yaml": "a: 1\n", "README.md": "text\n"}
	r := newPull(t, base, map[string]string{"deploy/values.yaml": "a: 2\n", "README.md": "more\n"}, nil).run(true)
	if got := r.rules(); len(got) > 0 || len(r.server.Requests("GET", "/contents/")) > 0 {
		t.Errorf("%q, requests %v", got, r.server.Requests("GET", "/contents/"))
	}
}

func TestAPushHasNothingToCompare(t *testing.T) {
	p := newPull(t, map[string]string{"services/api.yaml": apiService}, map[string]string{"services/api.yaml": replaced("critical", "low")}, nil)
	r := p.run(false, "GITHUB_EVENT_NAME", "push")
	if got := r.rules(); len(got) > 0 || r.marked() {
		t.Errorf("got %q", got)
	}
}

func TestAnEnvironmentThatTheJobIsNotForIsComparedToo(t *testing.T) {
	const file = "services/environments/api-eu-live.yaml"
	base := map[string]string{"services/api.yaml": apiService, file: "tier: high\n"}
	r := newPull(t, base, map[string]string{file: "tier: low\n"}, nil).run(true)
	if got := r.rules(); !slices.Equal(got, []string{"warning change/tier-lowered"}) || !strings.Contains(r.stdout, "(environment eu-live)") {
		t.Errorf("got %q\n%s", got, r.stdout)
	}
}
