package entrypoint_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

func TestWithoutATokenGitLabGetsFiles(t *testing.T) {
	p := newPipeline(t).set("GITLAB_TOKEN", "")
	if code := p.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d\n%s\n%s", code, p.stdout, p.stderr)
	}
	p.checkFiles()
	if n := len(p.g.Requests("", "")); n > 0 {
		t.Errorf("%d requests without a token", n)
	}
	v := p.variables()
	if v["NTHLAYER_RESULT_VERDICT"] != "fail" || v["NTHLAYER_RESULT_EXIT_CODE"] != "2" || v["NTHLAYER_RESULT_BLOCKED_SERVICES"] != "checkout" || v["NTHLAYER_RESULT_UNDELIVERED"] != "" {
		t.Errorf("variables %v", v)
	}
	if len(v) != len(entrypoint.Outputs()) {
		t.Errorf("%d variables for %d outputs", len(v), len(entrypoint.Outputs()))
	}
	for _, want := range []string{"wrote gl-code-quality-report.json (codequality)", "comment: skipped, there is no token", "head of merge request 7"} {
		if !strings.Contains(p.stdout, want) {
			t.Errorf("the log lacks %q:\n%s", want, p.stdout)
		}
	}
	if strings.Contains(p.stdout, "Not everything") || strings.Contains(p.stdout, "::") {
		t.Errorf("the log has a notice or commands of GitHub:\n%s", p.stdout)
	}
}

// A variable of the dotenv report has a higher rank than those of a later job:
// one with the name of an input would set it.
func TestDotenvNamesAreNoInputs(t *testing.T) {
	p := newPipeline(t)
	p.start()
	for name := range p.variables() {
		for _, o := range entrypoint.Options() {
			if name == o.Variable() || slices.Contains(o.Env, name) {
				t.Errorf("%s is the input %s", name, o.Name)
			}
		}
	}
}

func TestNoteIsWrittenOnceThenEdited(t *testing.T) {
	p := newPipeline(t)
	foreign := p.g.SeedForeign(foreignMarker)
	if code := p.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d\n%s", code, p.stdout)
	}
	first := p.ours(foreign)
	if len(first) != 1 || first[0].Author != hosttest.ProjectBot || !strings.Contains(first[0].Body, "checkout") {
		t.Fatalf("notes %+v", first)
	}
	url := fmt.Sprintf("%s/example/shop/-/merge_requests/7#note_%d", p.g.URL(), first[0].ID)
	if v := p.variables(); v["NTHLAYER_RESULT_COMMENT_URL"] != url || !strings.Contains(p.read("nthlayer-links.json"), url) || !strings.Contains(p.stdout, url) {
		t.Errorf("the address %s of the note is not in %v, the links or the log", url, v)
	}
	if !strings.Contains(p.stdout, "another account") {
		t.Errorf("the note of the former account is not mentioned:\n%s", p.stdout)
	}
	p.rep = healthy()
	if code := p.set("CI_PIPELINE_ID", "901").start(); code != entrypoint.ExitPass {
		t.Fatalf("second run: exit code %d", code)
	}
	second := p.ours(foreign)
	if len(second) != 1 || second[0].ID != first[0].ID || !strings.Contains(second[0].Body, "run=901") {
		t.Errorf("the second run did not edit the note: %+v", second)
	}
	for _, n := range foreign {
		if !slices.Contains(p.g.Notes(), n) {
			t.Errorf("a foreign note was touched: %+v", n)
		}
	}
	// A run of an older pipeline that ends late has nothing to add.
	p.rep = sample()
	p.set("CI_PIPELINE_ID", "899").start()
	if third := p.ours(foreign); len(third) != 1 || third[0].Body != second[0].Body {
		t.Errorf("an older pipeline overwrote the note: %+v", third)
	}
}

// A line that begins with a slash would be carried out with the token's rights.
func TestHostileTextIsNoQuickAction(t *testing.T) {
	p := newPipeline(t).set("NTHLAYER_STATUSES", "true")
	evil := "/merge\n/approve\r\n/close | <!-- x --> @all $CI_JOB_TOKEN `\n"
	rep := sample()
	rep.Services[0].Name, rep.Services[0].Team, rep.Environment, rep.Tool.Version = evil, evil, evil, evil
	rep.Services[0].Gate.Reasons = []report.Reason{{Code: evil, Text: evil}}
	rep.Findings = report.Normalise([]report.Finding{{
		Rule: "a/b", Severity: report.Error, Service: evil, File: "services/checkout.yaml", Line: 4, Message: evil, Suggestion: evil, Snippet: evil,
	}})
	p.rep = rep
	if code := p.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d", code)
	}
	if n := len(p.g.Notes()); n != 1 {
		t.Fatalf("%d notes", n)
	}
	if done := p.g.QuickActions(); len(done) > 0 {
		t.Errorf("GitLab carried out %q of:\n%s", done, p.g.Notes()[0].Body)
	}
	if strings.Contains(p.read("nthlayer.env"), "$") {
		t.Errorf("a later job would expand a variable:\n%s", p.read("nthlayer.env"))
	}
}

func TestGitLabStatusesAreOffUntilAskedFor(t *testing.T) {
	p := newPipeline(t)
	p.start()
	if n := len(p.g.Requests("POST", "/statuses/")); n > 0 {
		t.Errorf("%d statuses were set unasked", n)
	}
	p.set("NTHLAYER_STATUSES", "true").start()
	states := map[string]string{}
	for _, s := range p.g.Statuses() {
		states[s.Name] = s.Status
		if s.PipelineID != 900 || s.SHA != p.env["CI_COMMIT_SHA"] {
			t.Errorf("status %+v is not under the pipeline", s)
		}
	}
	if states["nthlayer/gate"] != "failed" || states["nthlayer/lint"] != "success" || len(states) != 4 || p.g.Pipelines() != 1 {
		t.Errorf("statuses %v, %d pipelines", states, p.g.Pipelines())
	}
}

// Nothing that goes wrong with publishing changes the verdict, loses a file,
// or shows the token.
func TestGitLabRefusalsLeaveOneNotice(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(*pipeline)
		want    string
	}{
		"no permission": {func(p *pipeline) { p.g.Grant(projectToken, hosttest.GitLabToken{User: hosttest.ProjectBot}) }, "gitlab-token needs: scope api, role Reporter"},
		"unknown token": {func(p *pipeline) { p.set("GITLAB_TOKEN", "glpat-expired") }, "401"},
		"hidden project": {func(p *pipeline) {
			p.g.Grant(projectToken, hosttest.GitLabToken{User: hosttest.ProjectBot, Hidden: true})
		}, "404"},
		"token of the job": {func(p *pipeline) { p.set("GITLAB_TOKEN", p.env["CI_JOB_TOKEN"]) }, "may not write notes"},
		"limit":            {func(p *pipeline) { p.g.Break(hosttest.Fault{Method: "POST", Status: 429, Message: "slow down"}) }, "429"},
		"broken gateway":   {func(p *pipeline) { p.g.Break(hosttest.Fault{Status: 502, Message: "Bad Gateway"}) }, "502"},
		"another server":   {func(p *pipeline) { p.g.Break(hosttest.Fault{RedirectTo: "http://192.0.2.1/x"}) }, "another host or port"},
		"unreadable CA":    {func(p *pipeline) { p.set("CI_SERVER_TLS_CA_FILE", filepath.Join(p.dir, "none.pem")) }, "CA file"},
		"fork without token": {func(p *pipeline) {
			p.set("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "77", "CI_PROJECT_ID", "77")
			p.g.Grant(projectToken, hosttest.GitLabToken{User: hosttest.ProjectBot})
		}, "This is expected"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPipeline(t)
			tt.prepare(p)
			if code := p.start(); code != entrypoint.ExitFail {
				t.Fatalf("exit code %d\n%s\n%s", code, p.stdout, p.stderr)
			}
			p.checkFiles()
			if got := p.variables()["NTHLAYER_RESULT_UNDELIVERED"]; got != "comment" {
				t.Errorf("undelivered %q", got)
			}
			if n := strings.Count(p.stdout, "The verdict and the exit code are not affected."); n != 1 || !strings.Contains(p.stdout, tt.want) {
				t.Errorf("%d notices, want one with %q:\n%s", n, tt.want, p.stdout)
			}
			if all := p.stdout + p.stderr + p.read("nthlayer-report.json"); strings.Contains(all, projectToken) || strings.Contains(all, p.env["CI_JOB_TOKEN"]) {
				t.Error("a token is shown")
			}
		})
	}
}

// A write whose answer was lost must not leave two notes.
func TestLostAnswerLeavesOneNote(t *testing.T) {
	p := newPipeline(t)
	p.g.Break(hosttest.Fault{Method: "POST", Path: "/notes", Status: 502, Message: "Bad Gateway", Times: 1, AfterEffect: true})
	p.start()
	if notes := p.g.Notes(); len(notes) != 1 || p.variables()["NTHLAYER_RESULT_UNDELIVERED"] != "" {
		t.Errorf("notes %+v", notes)
	}
}

func TestLongReportFitsIntoANote(t *testing.T) {
	p := newPipeline(t)
	rep := sample()
	for i := range 12000 {
		rep.Findings = append(rep.Findings, report.Finding{
			Rule: "a/b", Severity: report.Error, Service: "checkout", File: "services/checkout.yaml", Line: 4,
			Message: fmt.Sprintf("finding %d %s", i, strings.Repeat("ä", 60)),
		})
	}
	rep.Findings = report.Normalise(rep.Findings)
	p.rep = rep
	p.start()
	notes := p.g.Notes()
	if len(notes) != 1 || len(notes[0].Body) > 900_000 || len(notes[0].Body) < 500_000 || !strings.Contains(notes[0].Body, "Not shown") {
		t.Errorf("%d notes", len(notes))
	}
}

func TestGitLabChangesReachTheRun(t *testing.T) {
	p := newPipeline(t)
	p.start()
	if c := p.seen[0].Changes; !c.Touches("services/checkout.yaml", 4) || c.Touches("services/checkout.yaml", 9) {
		t.Errorf("changes %+v", c)
	}
	p.set("GITLAB_TOKEN", "").start()
	if c := p.seen[1].Changes; c.Known() || len(c.Notes) == 0 {
		t.Errorf("without a token and without a checkout nothing is known: %+v", c)
	}
}

// A pipeline for a fork runs in the fork, whose own token may set statuses there.
func TestStatusesOfAForkGoToItsOwnPipeline(t *testing.T) {
	p := newPipeline(t).set("NTHLAYER_STATUSES", "true", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "42", "CI_MERGE_REQUEST_PROJECT_ID", "43")
	p.start()
	if n := len(p.g.Statuses()); n != 4 || p.g.Pipelines() != 1 {
		t.Errorf("%d statuses, %d pipelines", n, p.g.Pipelines())
	}
	for _, r := range p.g.Requests("", "/notes") {
		if !strings.Contains(r.Path, "/projects/43/") {
			t.Errorf("a note of the merge request is looked for in the fork: %s", r.Path)
		}
	}
}

// Where the variables of both hosts are set the user says which one counts.
func TestToldHostGetsTheResults(t *testing.T) {
	p := newPipeline(t).set("GITHUB_ACTIONS", "true", "GITHUB_OUTPUT", "/nonexistent/output")
	if code := p.start(); code != entrypoint.ExitUsage || !strings.Contains(p.stdout+p.stderr, "NTHLAYER_HOST") {
		t.Errorf("exit code %d without a choice:\n%s%s", code, p.stdout, p.stderr)
	}
	if code := p.set("NTHLAYER_HOST", "gitlab").start(); code != entrypoint.ExitFail || strings.Contains(p.stdout, "::") || len(p.g.Notes()) != 1 {
		t.Errorf("exit code %d, %d notes:\n%s", code, len(p.g.Notes()), p.stdout)
	}
}
