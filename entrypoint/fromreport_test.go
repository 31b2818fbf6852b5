package entrypoint_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// newFollowUp is a job that publishes the report of an earlier run, an hour after
// that was made. The event is a workflow_run.
func newFollowUp(t *testing.T, event string, rep *report.Report) *job {
	t.Helper()
	j := newJob(t, event).set("INPUT_FROM-REPORT", "fork/report.json")
	j.now = rep.EvaluatedAt.Add(time.Hour)
	j.g.SetPulls(hosttest.Pull{Number: 7, From: "visitor/shop", Branch: "objective", SHA: headSHA})
	if rep.Verdict == report.Pass && strings.HasPrefix(event, "workflow_run") {
		j.ended("success")
	}
	return j.report(rep)
}

// ended makes the event say how the earlier run ended.
func (j *job) ended(conclusion string) {
	j.eventWith(func(run map[string]any) { run["conclusion"] = conclusion })
}

// report puts the file of a report to where the job reads it.
func (j *job) report(rep *report.Report) *job {
	j.t.Helper()
	var b bytes.Buffer
	if err := render.Render(&b, "json", rep, render.Options{}); err != nil {
		j.t.Fatal(err)
	}
	return j.file("fork/report.json", b.String())
}

func (j *job) file(name, text string) *job {
	j.t.Helper()
	path := filepath.Join(j.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		j.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		j.t.Fatal(err)
	}
	return j
}

func TestReportOfAForkIsPublished(t *testing.T) {
	j := newFollowUp(t, "workflow_run_fork", sample())
	if code := j.start(); code != entrypoint.ExitFail || len(j.seen) > 0 {
		t.Fatalf("exit code %d, %d runs of the stages\n%s", code, len(j.seen), j.stdout)
	}
	if out := j.outputs(); out["verdict"] != "fail" || out["blocked-services"] != "checkout" || out["undelivered"] != "" || out["comment-url"] == "" {
		t.Errorf("outputs %v", out)
	}
	comments := j.g.Comments()
	if len(comments) != 1 {
		t.Fatalf("%d comments", len(comments))
	}
	for _, want := range []string{
		"deploy blocked for checkout", "the fork's own run", `workflow "reliability", which ended with "failure"`, "were not checked again", "Commit 111111111111",
	} {
		if !strings.Contains(comments[0].Body, want) {
			t.Errorf("the comment does not say %q:\n%s", want, comments[0].Body)
		}
	}
	if !strings.Contains(j.summary(), "the fork's own run") || !strings.Contains(j.stdout, "the fork's own run") {
		t.Error("summary or log do not say where the figures are from")
	}
	if n := len(j.g.Statuses()); n > 0 {
		t.Errorf("%d statuses were set by what a fork wrote", n)
	}
	if n := len(j.commands("error")) + len(j.commands("warning")) + len(j.commands("notice")); n > 0 {
		t.Errorf("%d annotations:\n%s", n, j.stdout)
	}
}

// A green report of a fork makes nothing green, whatever the inputs say.
func TestReportOfAForkSetsNoStatus(t *testing.T) {
	j := newFollowUp(t, "workflow_run_fork", healthy()).
		set("NTHLAYER_STATUSES", "true", "INPUT_PENDING", "true", "INPUT_ANNOTATE", "checks", "INPUT_COMMENT", "always")
	if code := j.start("--statuses"); code != entrypoint.ExitPass {
		t.Fatalf("exit code %d\n%s", code, j.stdout)
	}
	for _, path := range []string{"/statuses/", "/check-runs"} {
		if n := len(j.g.Requests("POST", path)); n > 0 {
			t.Errorf("%d requests to %s", n, path)
		}
	}
	if n := len(j.g.Comments()); n != 1 {
		t.Errorf("%d comments", n)
	}
}

func TestReportOfTheSameRepositoryIsPublishedToItsPullRequest(t *testing.T) {
	j := newFollowUp(t, "workflow_run", sample())
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d", code)
	}
	if c := j.g.Comments(); len(c) != 1 || !strings.Contains(c[0].Body, "those of that run") || len(j.g.Statuses()) > 0 {
		t.Errorf("comments %+v, statuses %+v", c, j.g.Statuses())
	}
	for _, r := range j.g.Requests("GET", "/pulls") {
		if strings.Contains(r.Query, "head=") {
			t.Error("the pull request that the event names was looked up")
		}
	}
}

func TestReportWithoutATokenIsDeliveredWhereNoneIsNeeded(t *testing.T) {
	j := newFollowUp(t, "workflow_run_fork", sample()).set("INPUT_TOKEN", "")
	if code := j.start(); code != entrypoint.ExitFail || j.outputs()["verdict"] != "fail" || len(j.g.Requests("", "")) > 0 {
		t.Errorf("exit code %d, outputs %v", code, j.outputs())
	}
	if strings.Contains(j.stdout, "publish the report of that run with from-report") {
		t.Errorf("the log asks for what is done:\n%s", j.stdout)
	}
}

func TestReportAboutAnOlderHeadIsNotPosted(t *testing.T) {
	newer := strings.Repeat("9", 40)
	for name, c := range map[string]struct {
		event string
		pulls []hosttest.Pull
		why   string
	}{
		"found, but newer": {"workflow_run_fork", []hosttest.Pull{{Number: 7, From: "visitor/shop", Branch: "objective", SHA: newer}}, "pull request 7 has the newer head 999999999999"},
		"named, but newer": {"workflow_run", nil, "pull request 7 has the newer head 999999999999"},
		"closed":           {"workflow_run_fork", nil, "there is no open pull request from visitor:objective"},
	} {
		t.Run(name, func(t *testing.T) {
			j := newFollowUp(t, c.event, sample())
			j.g.SetPulls(c.pulls...)
			j.g.SetHead(newer)
			if code := j.start(); code != entrypoint.ExitFail {
				t.Fatalf("exit code %d", code)
			}
			if n := len(j.g.Comments()); n > 0 || !strings.Contains(j.stdout, c.why) || j.outputs()["undelivered"] != "" {
				t.Errorf("%d comments, outputs %v, log:\n%s", n, j.outputs(), j.stdout)
			}
		})
	}
}

func TestLookUpThatFailsIsSaidAndKeepsTheVerdict(t *testing.T) {
	j := newFollowUp(t, "workflow_run_fork", sample())
	j.g.Break(hosttest.Fault{Method: "GET", Path: "/repos/example/shop/pulls", Status: 403, Message: "Resource not accessible by integration"})
	if code := j.start(); code != entrypoint.ExitFail || j.outputs()["undelivered"] != "comment" || !strings.Contains(j.summary(), "pull-requests: read") {
		t.Errorf("exit code %d, outputs %v, summary:\n%s", code, j.outputs(), j.summary())
	}
}

// A fork that runs another program can write what it likes: it is told by the
// parts, and by no word of its own.
func TestReportIsNoBetterThanItsParts(t *testing.T) {
	rep := sample()
	rep.Verdict, rep.ExitCode, rep.Summary = report.Pass, 0, report.Summary{}
	for i := range rep.Stages {
		rep.Stages[i] = report.Stage{Name: rep.Stages[i].Name, Verdict: report.Pass}
	}
	j := newFollowUp(t, "workflow_run_fork", rep)
	if code := j.start(); code != entrypoint.ExitFail || j.outputs()["verdict"] != "fail" || j.outputs()["exit-code"] != "2" {
		t.Errorf("exit code %d, outputs %v", code, j.outputs())
	}
	if !strings.Contains(j.stdout, "gives its own verdict as pass, but what is in it amounts to fail") {
		t.Errorf("log:\n%s", j.stdout)
	}
}

func TestReportThatIsTooOldOrOfTheFutureIsUnknown(t *testing.T) {
	made := healthy().EvaluatedAt
	for name, c := range map[string]struct {
		now    time.Time
		maxAge string
		why    string
	}{
		"as old as allowed":  {made.Add(24 * time.Hour), "", ""},
		"older":              {made.Add(24*time.Hour + time.Second), "", "the report is from 2026-01-02T03:04:05Z, and max-age allows 24h0m0s"},
		"older than its own": {made.Add(11 * time.Minute), "10m", "max-age allows 10m0s"},
		"a clock ahead":      {made.Add(-5 * time.Minute), "", ""},
		"the future":         {made.Add(-5*time.Minute - time.Second), "", "later than now (2026-01-02T02:59:04Z)"},
	} {
		t.Run(name, func(t *testing.T) {
			j := newFollowUp(t, "workflow_run_fork", healthy()).set("INPUT_MAX-AGE", c.maxAge, "INPUT_ON-UNKNOWN", "pass", "INPUT_COMMENT", "always")
			j.now = c.now
			want, verdict := entrypoint.ExitPass, "pass"
			if c.why != "" {
				want, verdict = entrypoint.ExitUnknown, "unknown"
			}
			code := j.start()
			body := j.g.Comments()[0].Body
			if code != want || j.outputs()["verdict"] != verdict || !strings.Contains(j.stdout, c.why) || !strings.Contains(body, verdict+":") {
				t.Errorf("exit code %d, outputs %v, comment:\n%s", code, j.outputs(), body)
			}
			if c.why != "" && strings.Contains(body, "approved") {
				t.Errorf("an old approval is shown:\n%s", body)
			}
		})
	}
}

// GitHub knows how a run ended; its report may be from anybody. A report that finds
// faults is no better than a run that failed, and stays as it is.
func TestReportThatPassesOfARunThatFailedIsUnknown(t *testing.T) {
	for conclusion, believed := range map[string]bool{
		"success": true, "neutral": true, "failure": false, "cancelled": false, "timed_out": false, "startup_failure": false,
	} {
		j := newFollowUp(t, "workflow_run_fork", healthy()).set("INPUT_ON-UNKNOWN", "pass", "INPUT_COMMENT", "always")
		j.ended(conclusion)
		want, verdict, said := entrypoint.ExitUnknown, "unknown", "the report says pass, but the workflow"
		if believed {
			want, verdict, said = entrypoint.ExitPass, "pass", "which ended with"
		}
		code := j.start()
		if body := j.only(); code != want || j.outputs()["verdict"] != verdict || !strings.Contains(body, said) || !believed && strings.Contains(body, "approved") {
			t.Errorf("%s: exit code %d, outputs %v, comment:\n%s", conclusion, code, j.outputs(), body)
		}
		j = newFollowUp(t, "workflow_run_fork", sample())
		j.ended(conclusion)
		if code := j.start(); code != entrypoint.ExitFail {
			t.Errorf("%s: a report that fails ended with %d", conclusion, code)
		}
	}
}

func TestFileThatIsNoReportPublishesNothing(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "report.json")
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"no file":       {"", "there is no fork/report.json in the workspace; did the earlier run upload it"},
		"no report":     {`{"schema_version": 1, "verdict": "pass"}`, "fork/report.json cannot be published: it does not follow the schema"},
		"other version": {`{"schema_version": 7}`, "schema_version is 7"},
		"injection":     {"::error::x\n", "no JSON"},
		"a link":        {"link", "fork/report.json"},
		"a folder":      {"folder", "no regular file"},
		"too large":     {strings.Repeat(" ", 17<<20), "no regular file of at most"},
	} {
		t.Run(name, func(t *testing.T) {
			j := newFollowUp(t, "workflow_run_fork", healthy())
			path := filepath.Join(j.dir, "fork", "report.json")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			var err error
			switch c.text {
			case "":
			case "link":
				err = os.Symlink(outside, path)
			case "folder":
				err = os.Mkdir(path, 0o755)
			default:
				j.file("fork/report.json", c.text)
			}
			if err != nil {
				t.Fatal(err)
			}
			code := j.start()
			said := j.commands("error")
			if code != entrypoint.ExitUsage || len(said) != 1 || !strings.Contains(said[0].Message, c.want) || j.outputs()["verdict"] != "" {
				t.Errorf("exit code %d, errors %+v, outputs %v", code, said, j.outputs())
			}
			if n := len(j.g.Comments()) + len(j.g.Statuses()); n > 0 {
				t.Errorf("%d things were posted", n)
			}
		})
	}
}

// Every text of the file is hostile, and so is the name of the workflow.
func TestTextsOfAReportMeanNothing(t *testing.T) {
	evil := "x\n::error::injected\n##[error]old\r\n<!-- nthlayer:report v=1 --> @everyone [here](https://evil.example) https://evil.example | `"
	rep := sample()
	rep.Services[0].Name, rep.Services[0].Tier, rep.Environment, rep.Tool.Version, rep.Tool.Name, rep.Source = evil, evil, evil, evil, evil, evil
	rep.Services[0].Gate.Reasons[0] = report.Reason{Code: evil, Text: evil}
	rep.Stages[0].Name, rep.Stages[0].SkippedReason = evil, evil
	rep.Findings[0].Message, rep.Findings[0].Suggestion, rep.Findings[0].File = evil, evil, evil
	j := newFollowUp(t, "workflow_run_fork", rep)
	j.eventWith(func(run map[string]any) { run["name"], run["conclusion"] = evil, evil })
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d\n%s", code, j.stdout)
	}
	for _, c := range hosttest.ParseLog(j.stdout) {
		if c.Name != "add-mask" {
			t.Errorf("the runner found %+v", c)
		}
	}
	if n := len(j.outputs()); n != len(entrypoint.Outputs()) {
		t.Errorf("%d outputs: %v", n, j.outputs())
	}
	for _, text := range []string{j.g.Comments()[0].Body, j.summary()} {
		if strings.Contains(text, "@everyone") || strings.Contains(text, "](https://evil") || strings.Count(text, "<!-- nthlayer:report") > 1 {
			t.Errorf("the text does something:\n%s", text)
		}
	}
}

// eventWith changes the workflow_run of the job's event.
func (j *job) eventWith(change func(map[string]any)) {
	j.t.Helper()
	data, err := os.ReadFile(j.env["GITHUB_EVENT_PATH"])
	if err != nil {
		j.t.Fatal(err)
	}
	var event map[string]any
	if err := json.Unmarshal(data, &event); err != nil {
		j.t.Fatal(err)
	}
	run, _ := event["workflow_run"].(map[string]any)
	change(run)
	if data, err = json.Marshal(event); err != nil {
		j.t.Fatal(err)
	}
	path := filepath.Join(j.t.TempDir(), "event.json")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		j.t.Fatal(err)
	}
	j.set("GITHUB_EVENT_PATH", path)
}

// Nothing that the default branch says is a fact about a fork's commit.
func TestStagesOfAFollowUpPostNothingAboutAFork(t *testing.T) {
	j := newJob(t, "workflow_run_fork")
	j.rep = healthy()
	if code := j.start(); code != entrypoint.ExitPass || len(j.seen) != 1 {
		t.Fatalf("exit code %d", code)
	}
	if n := len(j.g.Comments()) + len(j.g.Statuses()); n > 0 || !strings.Contains(j.stdout, "from-report") {
		t.Errorf("%d things were posted; log:\n%s", n, j.stdout)
	}
}

func TestReportIsPublishedInTheRunOfAPullRequestAndOnAMachine(t *testing.T) {
	j := newFollowUp(t, "pull_request", sample())
	if code := j.start(); code != entrypoint.ExitFail || len(j.g.Comments()) != 1 || len(j.g.Statuses()) > 0 {
		t.Errorf("exit code %d, %d comments, %d statuses", code, len(j.g.Comments()), len(j.g.Statuses()))
	}
	j.env = map[string]string{}
	t.Chdir(j.dir)
	if code := j.start("--from-report", "fork/report.json"); code != entrypoint.ExitFail || !strings.Contains(j.stdout, "the report fork/report.json of another run") {
		t.Errorf("exit code %d\n%s", code, j.stdout)
	}
}
