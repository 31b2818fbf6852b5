package entrypoint_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

// Names, messages and labels are hostile text: the runner, the outputs and the
// comment must mean exactly what we meant.
func TestHostileTextMeansNothing(t *testing.T) {
	evil := "x\n::error::injected\n##[error]old\r\n::set-output name=verdict::pass\n<!-- nthlayer:report v=1 --> @everyone /merge | `"
	j := newJob(t, "pull_request").set("INPUT_STATUSES", "true")
	rep := sample()
	rep.Services[0].Name, rep.Environment, rep.Tool.Version = evil, evil, evil
	rep.Findings = report.Normalise([]report.Finding{{
		Rule: "a/b", Severity: report.Error, Service: evil, File: "services/checkout.yaml", Line: 4, Message: evil, Suggestion: evil, Snippet: evil,
	}})
	j.rep = rep
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d", code)
	}
	var names []string
	for _, c := range hosttest.ParseLog(j.stdout) {
		names = append(names, c.Name)
	}
	if !slices.Equal(names, []string{"add-mask", "error"}) {
		t.Errorf("the runner found %q in:\n%s", names, j.stdout)
	}
	out := j.outputs()
	if out["verdict"] != "fail" || len(out) != len(entrypoint.Outputs()) {
		t.Errorf("outputs %v", out)
	}
	comments := j.g.Comments()
	if len(comments) != 1 || strings.Contains(comments[0].Body, "@everyone") || strings.Contains(comments[0].Body, "\n/merge") {
		t.Errorf("comments %+v", comments)
	}
}

func TestSecretsAreMaskedFirstAndNeverWritten(t *testing.T) {
	j := newJob(t, "pull_request").set("PROMETHEUS_URL", "https://me:hidden-password@prom.example", "NTHLAYER_CONCURRENCY", "4", "RUNNER_DEBUG", "1")
	j.start()
	log := hosttest.ParseLog(j.stdout)
	for i, secret := range []string{jobToken, "hidden-password"} {
		if log[i].Name != "add-mask" || log[i].Message != secret {
			t.Errorf("command %d is %+v, want the mask of %s", i, log[i], secret)
		}
		rest := strings.Replace(j.stdout, "::add-mask::"+secret+"\n", "", 1)
		for _, text := range []string{rest, j.summary(), fmt.Sprint(j.outputs()), j.g.Comments()[0].Body} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is shown in:\n%s", secret, text)
			}
		}
	}
	if !strings.Contains(j.stdout, `timeout = "10m" (default)`) || !strings.Contains(j.stdout, `concurrency = "4" (NTHLAYER_CONCURRENCY)`) {
		t.Error("debug output does not say where the values are from")
	}
	for _, r := range j.g.Requests("", "") {
		if r.Authorization != "Bearer "+jobToken {
			t.Errorf("%s %s with %q", r.Method, r.Path, r.Authorization)
		}
	}
}

func TestReportFilesStayInTheWorkspace(t *testing.T) {
	outside := t.TempDir()
	j := newJob(t, "pull_request").set("INPUT_SARIF-FILE", "out/deep/x.sarif", "INPUT_JUNIT-FILE", "link/x.xml", "INPUT_REPORT-FILE", "report.json")
	victim := filepath.Join(j.dir, "services.yaml")
	if err := os.WriteFile(victim, []byte("keep"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link": outside, "report.json": "services.yaml"} {
		if err := os.Symlink(target, filepath.Join(j.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d", code)
	}
	if got := j.outputs(); got["undelivered"] != "junit-file" || got["sarif-file"] != "out/deep/x.sarif" {
		t.Errorf("outputs %v", got)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("a link led out of the workspace: %v %v", entries, err)
	}
	if data, err := os.ReadFile(victim); err != nil || string(data) != "keep" {
		t.Errorf("a link overwrote another file: %q %v", data, err)
	}
	if data, err := os.ReadFile(filepath.Join(j.dir, "out/deep/x.sarif")); err != nil || !bytes.Contains(data, []byte("metric-missing")) {
		t.Errorf("SARIF: %v", err)
	}
}

func TestSummaryAndCommentKeepTheirLimits(t *testing.T) {
	j := newJob(t, "pull_request")
	rep := sample()
	for i := range 12000 {
		rep.Findings = append(rep.Findings, report.Finding{
			Rule: "a/b", Severity: report.Error, Service: "checkout", File: "services/checkout.yaml", Line: 4,
			Message: fmt.Sprintf("finding %d %s", i, strings.Repeat("ä", 60)),
		})
	}
	rep.Findings = report.Normalise(rep.Findings)
	j.rep = rep
	j.start()
	if n := len(j.summary()); n > github.MaxSummary || n < github.MaxSummary/2 {
		t.Errorf("summary of %d bytes", n)
	}
	comments := j.g.Comments()
	if len(comments) != 1 || len(comments[0].Body) > 60_000 || !strings.Contains(comments[0].Body, "Not shown") {
		t.Errorf("%d comments", len(comments))
	}
	if n := len(j.commands("error")); n > 10 {
		t.Errorf("%d error annotations, GitHub keeps 10", n)
	}
	if j.outputs()["undelivered"] != "" {
		t.Errorf("undelivered %q", j.outputs()["undelivered"])
	}
}

func TestAnnotateModes(t *testing.T) {
	for mode, want := range map[string]int{"changed": 2, "all": 3, "off": 0} {
		j := newJob(t, "pull_request").set("INPUT_ANNOTATE", mode)
		j.start()
		if got := len(j.commands("error")) + len(j.commands("warning")); got != want {
			t.Errorf("%s: %d annotations, want %d", mode, got, want)
		}
	}
}

func TestStatusNamesFollowPrefixAndKey(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_STATUS-PREFIX", "team/slo", "INPUT_COMMENT-KEY", "eu", "INPUT_FAIL-ON", "none")
	if code := j.start(); code != entrypoint.ExitPass {
		t.Fatalf("exit code %d", code)
	}
	for _, s := range j.g.Statuses() {
		if !strings.HasPrefix(s.Context, "team/slo/") || !strings.HasSuffix(s.Context, "/eu") || s.State != "success" {
			t.Errorf("status %+v", s)
		}
	}
	if n := len(j.set("INPUT_STATUSES", "false").g.Statuses()); n != 4 {
		t.Errorf("%d statuses", n)
	}
	j.start()
	if n := len(j.g.Statuses()); n != 4 {
		t.Errorf("%d statuses although they are off", n)
	}
}

func TestRunWithoutATokenDeliversWhatNeedsNone(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_TOKEN", "")
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d", code)
	}
	if len(j.g.Requests("", "")) > 0 || j.outputs()["verdict"] != "fail" || j.outputs()["undelivered"] != "" {
		t.Errorf("outputs %v", j.outputs())
	}
}

func TestOnAPersonsMachine(t *testing.T) {
	j := newJob(t, "pull_request")
	j.env = map[string]string{"NTHLAYER_REPORT_FILE": "r.json"}
	t.Chdir(j.dir)
	if code := j.start("services/checkout.yaml"); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d", code)
	}
	if strings.Contains(j.stdout, "::") || !strings.Contains(j.stdout, "m is missing") {
		t.Errorf("output:\n%s", j.stdout)
	}
	if _, err := os.Stat("r.json"); err != nil {
		t.Error(err)
	}
	if code := j.start("--timeout", "never"); code != entrypoint.ExitUsage || !strings.Contains(j.stderr, "timeout") || j.stdout != "" {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, j.stdout, j.stderr)
	}
	j.run = func(_ context.Context, s entrypoint.Settings) (*report.Report, error) {
		if s.Changes.Known() {
			t.Error("nothing is known about a change here")
		}
		return j.rep, nil
	}
	j.start()
}

// GitHub keeps ten notices and drops the eleventh without a word, so that the one
// about the delivery must not be the eleventh.
func TestNoticeAboutTheDeliveryHasAPlace(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_ANNOTATE", "all")
	j.g.Grant(jobToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true})
	j.rep = sample()
	for i := range 14 {
		for _, severity := range []report.Severity{report.Info, report.Error} {
			j.rep.Findings = append(j.rep.Findings, report.Finding{Rule: fmt.Sprintf("a/b%d", i), Severity: severity, File: "a.yaml", Line: i + 1, Message: "m"})
		}
	}
	j.rep.Findings = report.Normalise(j.rep.Findings)
	j.start()
	notices := j.commands("notice")
	if len(notices) != 10 || !strings.Contains(notices[9].Message, "Add to the job's permissions") {
		t.Errorf("%d notices, the last is %+v", len(notices), notices[len(notices)-1])
	}
	if !strings.HasSuffix(notices[8].Message, " more findings without an annotation: all of them are in the report file nthlayer-report.json") {
		t.Errorf("notice %+v", notices[8])
	}
}

func TestErrorAboutAStoppedRunHasAPlace(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_ANNOTATE", "all")
	for i := range 14 {
		j.rep.Findings = append(j.rep.Findings, report.Finding{Rule: fmt.Sprintf("a/b%d", i), Severity: report.Error, File: "a.yaml", Line: i + 1, Message: "m"})
	}
	j.rep.Findings = report.Normalise(j.rep.Findings)
	ctx, cancel := context.WithCancel(t.Context())
	j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) {
		cancel()
		return j.rep, nil
	}
	j.startWith(ctx)
	if n := len(j.commands("error")); n != 10 {
		t.Errorf("%d errors", n)
	}
}

// One status that GitHub will not take is no reason to leave out the others; a
// token that may not set one may set none.
func TestOneRefusedStatusDoesNotDropTheOthers(t *testing.T) {
	tests := []struct {
		name  string
		fault hosttest.Fault
		sent  int
		set   int
		why   string
	}{
		{"too many of one name", hosttest.Fault{Status: 422, Times: 1, Message: "This SHA and context has reached the maximum number of statuses."}, 4, 3, "; 3 of 4 statuses were set"},
		{"gateway out of order", hosttest.Fault{Status: 502, Times: 3, Message: "Bad Gateway"}, 6, 3, "; 3 of 4 statuses were set"},
		{"no permission", hosttest.Fault{Status: 403, Message: "Resource not accessible by integration"}, 1, 0, "statuses: write"},
		{"bad token", hosttest.Fault{Status: 401, Message: "Bad credentials"}, 1, 0, "Check the token"},
		{"a limit", hosttest.Fault{Status: 403, Message: "API rate limit exceeded", Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"}}, 1, 0, "Run the job again after 2100-01-01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(t, "pull_request")
			tt.fault.Path = "/statuses/"
			j.g.Break(tt.fault)
			j.start()
			if sent, set := len(j.g.Requests("POST", "/statuses/")), len(j.g.Statuses()); sent != tt.sent || set != tt.set {
				t.Errorf("%d statuses sent and %d set, want %d and %d", sent, set, tt.sent, tt.set)
			}
			if got := j.outputs()["undelivered"]; got != "statuses" {
				t.Errorf("undelivered %q", got)
			}
			checkNotice(t, j, []string{tt.why})
		})
	}
}

func TestOutputsNameOnlyFilesThatWereWritten(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_SARIF-FILE", "taken", "INPUT_REPORT-FILE", "nthlayer-report.json").files("taken/x", "", "nthlayer-report.json/x", "")
	j.start()
	got := j.outputs()
	if got["report"] != "" || got["sarif-file"] != "" || got["undelivered"] != "report-file,sarif-file" {
		t.Errorf("outputs %v", got)
	}
	if strings.Contains(j.summary(), "nthlayer-report.json`") {
		t.Errorf("the summary names a file that was not written:\n%s", j.summary())
	}
}

func TestMissingOutputFileIsNamedOnce(t *testing.T) {
	j := newJob(t, "pull_request")
	j.env["GITHUB_OUTPUT"] = ""
	j.start()
	notices := j.commands("notice")
	if len(notices) != 1 || strings.Count(notices[0].Message, "GITHUB_OUTPUT") != 1 {
		t.Errorf("notices %+v", notices)
	}
}

// A run that cannot tell which commit it looked at must mark none.
// A status is green exactly when its stage would let the job pass.
func TestStatusesAgreeWithTheJob(t *testing.T) {
	for _, tt := range []struct {
		failOn, onUnknown string
		verdict           report.Verdict
		code              int
		state             string
	}{
		{"error", "", report.Pass, 0, "success"},
		{"error", "", report.Warn, 0, "success"},
		{"warning", "", report.Warn, 1, "failure"},
		{"error", "", report.Fail, 2, "failure"},
		{"none", "", report.Fail, 0, "success"},
		{"error", "", report.Undecidable, 4, "error"},
		{"none", "", report.Undecidable, 4, "error"},
		{"error", "warn", report.Undecidable, 0, "success"},
		{"warning", "warn", report.Undecidable, 1, "failure"},
		{"warning", "pass", report.Undecidable, 0, "success"},
	} {
		j := newJob(t, "pull_request").set("INPUT_FAIL-ON", tt.failOn, "INPUT_ON-UNKNOWN", tt.onUnknown)
		j.rep = healthy()
		j.rep.Verdict, j.rep.Stages = tt.verdict, []report.Stage{{Name: "gate", Verdict: tt.verdict}}
		code := j.start()
		if all := j.g.Statuses(); code != tt.code || len(all) != 1 || all[0].State != tt.state {
			t.Errorf("%s, fail-on %s, on-unknown %q: exit code %d, statuses %+v, want %d and %s", tt.verdict, tt.failOn, tt.onUnknown, code, all, tt.code, tt.state)
		}
	}
}

func TestNothingIsPostedWhereTheHeadIsNotKnown(t *testing.T) {
	j := checkJob(t).set("GITHUB_EVENT_NAME", "issue_comment", "GITHUB_EVENT_PATH", filepath.Join(t.TempDir(), "event.json"), "INPUT_PENDING", "true")
	if err := os.WriteFile(j.env["GITHUB_EVENT_PATH"], []byte(`{"issue":{"number":7,"pull_request":{}}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d\n%s", code, j.stdout)
	}
	if len(j.g.Statuses())+len(j.g.Comments())+len(j.g.Requests("", "/check-runs")) > 0 || j.outputs()["undelivered"] != "" {
		t.Errorf("statuses %+v, comments %+v", j.g.Statuses(), j.g.Comments())
	}
	if !strings.Contains(j.stdout, "does not name the head of its pull request") {
		t.Errorf("log:\n%s", j.stdout)
	}
}

// Where the account is not known our own comment may be out of date, and nobody
// would notice.
func TestStaleCommentIsUndelivered(t *testing.T) {
	for name, fault := range map[string]hosttest.Fault{
		"no GraphQL":      {Path: "graphql", Status: 404, Message: "Not Found"},
		"GraphQL is away": {Path: "graphql", Status: 502, Message: "Bad Gateway"},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, "pull_request")
			j.g.Seed(hosttest.ActionsBot, foreignMarker+"\n## ✓ pass")
			j.g.Break(fault)
			j.start()
			if got := j.outputs()["undelivered"]; got != "comment" {
				t.Errorf("undelivered %q", got)
			}
			checkNotice(t, j, []string{"comment: "})
			if comments := j.g.Comments(); len(comments) != 1 || !strings.Contains(comments[0].Body, "pass") {
				t.Errorf("comments %+v", comments)
			}
		})
	}
}

func TestCommentThatSaysTheSameIsNotWrittenAgain(t *testing.T) {
	j := newJob(t, "pull_request")
	j.start()
	later := sample()
	later.EvaluatedAt = later.EvaluatedAt.Add(time.Hour)
	j.rep = later
	j.set("GITHUB_RUN_ID", "101").start()
	if n := len(j.g.Requests("PATCH", "/comments/")); n > 0 {
		t.Errorf("%d edits for another time of day", n)
	}
	later.Findings[0].Message = "something new"
	j.set("GITHUB_RUN_ID", "102").start()
	if n := len(j.g.Requests("PATCH", "/comments/")); n != 1 {
		t.Errorf("%d edits for something new", n)
	}
}
