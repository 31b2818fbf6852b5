package entrypoint_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

const foreignMarker = "<!-- nthlayer:report v=1 key=default sha=2222222222222222222222222222222222222222 run=1 attempt=1 -->"

func TestPullRequestRun(t *testing.T) {
	j := newJob(t, "pull_request")
	foreign := j.g.SeedForeign(foreignMarker)
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d\n%s%s", code, j.stdout, j.stderr)
	}
	if len(j.seen) != 1 || j.seen[0].Host.Head != headSHA || j.seen[0].Changes.Precision != host.ByLine {
		t.Errorf("the stages ran with %+v", j.seen)
	}
	checkAnnotations(t, j)
	checkNotice(t, j, nil)
	checkOutputs(t, j)
	checkStatuses(t, j.g, headSHA)
	if !strings.Contains(j.summary(), "deploy blocked for checkout") || strings.Contains(j.summary(), "Delivery") {
		t.Errorf("summary:\n%s", j.summary())
	}
	if !strings.Contains(j.stdout, "reporting on 111111111111 - head of pull request 7") {
		t.Errorf("log:\n%s", j.stdout)
	}
	ours := j.ours(foreign)
	if len(ours) != 1 || !strings.Contains(ours[0].Body, "deploy blocked for checkout") || ours[0].HTMLURL != j.outputs()["comment-url"] {
		t.Fatalf("comments %+v", ours)
	}
	checkForeign(t, j, foreign)
}

func checkAnnotations(t *testing.T, j *job) {
	t.Helper()
	var got []string
	for _, kind := range []string{"error", "warning"} {
		for _, c := range j.commands(kind) {
			got = append(got, fmt.Sprintf("%s %s:%s %s", kind, c.Properties["file"], c.Properties["line"], c.Properties["title"]))
		}
	}
	want := []string{ // the warning stands on a line that did not change
		"error services/checkout.yaml:4 gate/budget-exhausted",
		"error services/checkout.yaml:4 verify/metric-missing",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("annotations, -want +got:\n%s", diff)
	}
	if !strings.Contains(j.stdout, "the range is short") {
		t.Error("the finding on an unchanged line is not in the log")
	}
}

func checkOutputs(t *testing.T, j *job) {
	t.Helper()
	got := j.outputs()
	want := map[string]string{
		"verdict": "fail", "exit-code": "2", "errors": "2", "warnings": "1", "blocked-services": "checkout", "missing-metrics": "1",
		"budget-remaining": "-100", "score": "62.5", "report": "nthlayer-report.json", "sarif-file": "",
		"comment-url": got["comment-url"], "undelivered": "",
	}
	if diff := cmp.Diff(want, got); diff != "" || got["comment-url"] == "" {
		t.Errorf("outputs, -want +got:\n%s", diff)
	}
	for _, o := range entrypoint.Outputs() {
		if _, ok := got[o.Name]; !ok {
			t.Errorf("the documented output %s is not set", o.Name)
		}
	}
	data, err := os.ReadFile(filepath.Join(j.dir, got["report"]))
	if err != nil {
		t.Fatal(err)
	}
	var rep report.Report
	if err := json.Unmarshal(data, &rep); err != nil || rep.ExitCode != 2 || rep.Verdict != report.Fail {
		t.Errorf("report file: %v, exit code %d", err, rep.ExitCode)
	}
}

func checkStatuses(t *testing.T, g *hosttest.GitHub, sha string) {
	t.Helper()
	var got []string
	for _, s := range g.Statuses() {
		word, _, _ := strings.Cut(s.Description, ":")
		got = append(got, s.SHA[:1]+" "+s.Context+" "+s.State+" "+word)
		if !strings.HasSuffix(s.TargetURL, "/example/shop/actions/runs/100/attempts/1") {
			t.Errorf("target %q", s.TargetURL)
		}
	}
	want := []string{
		sha[:1] + " nthlayer/lint success warn", sha[:1] + " nthlayer/verify failure fail",
		sha[:1] + " nthlayer/gate failure fail", sha[:1] + " nthlayer/portfolio success pass",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statuses, -want +got:\n%s", diff)
	}
}

func checkForeign(t *testing.T, j *job, foreign []hosttest.Comment) {
	t.Helper()
	if diff := cmp.Diff(foreign, j.g.Comments()[:len(foreign)]); diff != "" {
		t.Errorf("somebody else's comment changed:\n%s", diff)
	}
}

func TestSecondRunEditsItsComment(t *testing.T) {
	j := newJob(t, "pull_request")
	foreign := j.g.SeedForeign(foreignMarker)
	j.start()
	first := j.ours(foreign)
	j.rep = healthy()
	if code := j.set("GITHUB_RUN_ID", "101").start(); code != entrypoint.ExitPass {
		t.Fatalf("exit code %d\n%s", code, j.stdout)
	}
	second := j.ours(foreign)
	if len(second) != 1 || second[0].ID != first[0].ID || second[0].Body == first[0].Body || !strings.Contains(second[0].Body, "pass") {
		t.Errorf("first %+v\nsecond %+v", first, second)
	}
	if code := j.set("GITHUB_RUN_ID", "99").start(); code != entrypoint.ExitPass {
		t.Fatal(code)
	}
	if diff := cmp.Diff(second, j.ours(foreign)); diff != "" {
		t.Errorf("an older run overwrote the comment:\n%s", diff)
	}
	checkForeign(t, j, foreign)
}

func TestNoFirstCommentWhenNothingChangedAndAllIsWell(t *testing.T) {
	other := hosttest.File{Filename: "README.md", Status: "modified", Changes: 1, Patch: "@@ -1 +1 @@\n-a\n+b"}
	tests := []struct {
		name, mode string
		rep        *report.Report
		service    bool
		want       int
	}{
		{"nothing to say", "auto", healthy(), false, 0},
		{"a service file changed", "auto", healthy(), true, 1},
		{"something is wrong", "auto", sample(), false, 1},
		{"always", "always", healthy(), false, 1},
		{"off", "off", sample(), true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(t, "pull_request").set("INPUT_COMMENT", tt.mode)
			j.rep = tt.rep
			if !tt.service {
				j.g.SetFiles(other)
			}
			j.start()
			if got := len(j.g.Comments()); got != tt.want {
				t.Errorf("%d comments, want %d", got, tt.want)
			}
			if got := j.outputs()["undelivered"]; got != "" {
				t.Errorf("undelivered %q although it was a choice", got)
			}
		})
	}
}

// A locked conversation takes no comment of any token: a permission would be the
// wrong advice.
func TestLockedConversationIsSaid(t *testing.T) {
	j := newJob(t, "pull_request")
	j.g.Break(hosttest.Fault{Method: "POST", Path: "/comments", Status: 403, Message: "Unable to create comment because issue is locked."})
	if code := j.start(); code != entrypoint.ExitFail || j.outputs()["undelivered"] != "comment" {
		t.Fatalf("exit code %d, outputs %v", code, j.outputs())
	}
	notices := j.commands("notice")
	if len(notices) != 1 || !strings.Contains(notices[0].Message, "the conversation is locked") || strings.Contains(notices[0].Message+j.summary(), "pull-requests: write") {
		t.Errorf("notices %+v\n%s", notices, j.summary())
	}
}

func TestRefusalsNeverChangeTheVerdict(t *testing.T) {
	integration := "Resource not accessible by integration"
	tests := []struct {
		name        string
		faults      []hosttest.Fault
		undelivered string
		notice      []string
	}{
		{"no permission for both", []hosttest.Fault{
			{Method: "POST", Path: "/statuses/", Status: 403, Message: integration}, {Method: "POST", Path: "/comments", Status: 403, Message: integration},
		}, "statuses,comment", []string{"statuses: write, pull-requests: write"}},
		{"no permission for comments", []hosttest.Fault{{Method: "POST", Path: "/comments", Status: 403, Message: integration}}, "comment", []string{"pull-requests: write"}},
		{"hidden comments", []hosttest.Fault{{Path: "/comments", Status: 404, Message: "Not Found"}}, "comment", []string{"pull-requests: write"}},
		{"rejected status", []hosttest.Fault{{Path: "/statuses/", Status: 422, Message: "Validation Failed"}}, "statuses", []string{"422 Validation Failed"}},
		{"limit that does not end", []hosttest.Fault{{Path: "/statuses/", Status: 429, Message: "slow down"}}, "statuses", []string{"429"}},
		{"lost answer behind a comment", []hosttest.Fault{{Method: "POST", Path: "/comments", Status: 502, Times: 1, AfterEffect: true}}, "", nil},
		{"server out of order", []hosttest.Fault{{Path: "/comments", Status: 500}, {Path: "/statuses/", Status: 503}}, "statuses,comment", []string{"500", "503"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(t, "pull_request")
			for _, f := range tt.faults {
				j.g.Break(f)
			}
			if code := j.start(); code != entrypoint.ExitFail || j.outputs()["verdict"] != "fail" {
				t.Errorf("exit code %d, verdict %q", code, j.outputs()["verdict"])
			}
			if got := j.outputs()["undelivered"]; got != tt.undelivered {
				t.Errorf("undelivered %q, want %q", got, tt.undelivered)
			}
			checkNotice(t, j, tt.notice)
			if tt.undelivered == "" && len(j.g.Comments()) != 1 {
				t.Errorf("%d comments", len(j.g.Comments()))
			}
		})
	}
}

// checkNotice wants one notice with all the words, or none.
func checkNotice(t *testing.T, j *job, words []string) {
	t.Helper()
	notices := j.commands("notice")
	if len(words) == 0 {
		if len(notices) > 0 {
			t.Errorf("notices %+v", notices)
		}
		return
	}
	if len(notices) != 1 {
		t.Fatalf("%d notices, want 1: %+v", len(notices), notices)
	}
	for _, word := range words {
		if !strings.Contains(notices[0].Message, word) {
			t.Errorf("the notice lacks %q:\n%s", word, notices[0].Message)
		}
	}
	if !strings.Contains(j.summary(), "### Delivery") {
		t.Error("the summary lacks the delivery table")
	}
}

func TestForkIsReadOnlyAndThatIsExpected(t *testing.T) {
	j := newJob(t, "pull_request_fork")
	j.g.Grant(jobToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true})
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d", code)
	}
	if got := j.outputs()["undelivered"]; got != "comment" {
		t.Errorf("undelivered %q", got)
	}
	checkNotice(t, j, []string{"This is expected: a pull request from a fork gets a read-only token"})
	if n := len(j.g.Requests("POST", "/statuses/")); n > 0 {
		t.Errorf("%d statuses were tried on a fork", n)
	}
	checkAnnotations(t, j)
}

func TestMergeGroupReportsOnItsHeadWithoutAComment(t *testing.T) {
	j := newJob(t, "merge_group")
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d", code)
	}
	checkStatuses(t, j.g, headSHA)
	if len(j.g.Requests("", "/comments")) > 0 || j.outputs()["undelivered"] != "" {
		t.Errorf("comments were tried; undelivered %q", j.outputs()["undelivered"])
	}
	if len(j.g.Requests("GET", "/compare/"+baseSHA+"..."+headSHA)) != 1 {
		t.Error("the change is not taken from the base of the group")
	}
}

func TestUnknownChangeAnnotatesNothingAndSaysSo(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_CHANGED-ONLY", "true")
	j.g.Break(hosttest.Fault{Path: "/files", Status: 406, Message: "too large"})
	j.g.Break(hosttest.Fault{Path: "/compare/", Status: 404, Message: "Not Found"})
	j.start()
	if n := len(j.commands("error")); n > 0 {
		t.Errorf("%d annotations", n)
	}
	if !strings.Contains(j.stdout, "406 too large") || !strings.Contains(j.summary(), "m is missing") {
		t.Errorf("log:\n%s", j.stdout)
	}
	if j.seen[0].Changes.Known() {
		t.Error("an unknown change may not leave services out")
	}
}

func TestWrongInputsEndTheRunBeforeItBegins(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_FAIL-ON", "eror", "INPUT_TIMEOUT", "soon")
	if code := j.start(); code != entrypoint.ExitUsage || len(j.seen) > 0 {
		t.Fatalf("exit code %d, %d runs", code, len(j.seen))
	}
	errs := j.commands("error")
	if len(errs) != 1 || !strings.Contains(errs[0].Message, "one of error, warning, none") || !strings.Contains(errs[0].Message, "timeout") {
		t.Errorf("errors %+v", errs)
	}
	if diff := cmp.Diff(map[string]string{"verdict": "", "exit-code": "3"}, j.outputs()); diff != "" {
		t.Error(diff)
	}
	if code := newJob(t, "pull_request").start("--no-such-flag"); code != entrypoint.ExitUsage {
		t.Errorf("unknown flag: exit code %d", code)
	}
}

func TestFilesOnTheCommandLineReplaceTheInput(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_SERVICES", "from-input/")
	j.start("--env", "prod", "a.yaml", "--changed-only", "b c.yaml")
	s := j.seen[0]
	if diff := cmp.Diff([]string{"a.yaml", "b c.yaml"}, s.Services); diff != "" || !s.ServicesGiven || s.Environment != "prod" || !s.ChangedOnly {
		t.Errorf("%+v\n%s", s, diff)
	}
}

func TestTargetEventWithThePullRequestsFilesIsRefused(t *testing.T) {
	for _, dir := range []string{"", "checkout-of-pr"} {
		j := newJob(t, "pull_request_target")
		git := filepath.Join(j.dir, dir, ".git")
		if err := os.MkdirAll(git, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(git, "HEAD"), []byte(headSHA+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if code := j.start(); code != entrypoint.ExitUsage || len(j.seen) > 0 {
			t.Errorf("in %q: exit code %d, %d runs", dir, code, len(j.seen))
		}
		if !strings.Contains(j.stdout, "pull_request_target") {
			t.Errorf("log:\n%s", j.stdout)
		}
	}
	if code := newJob(t, "pull_request_target").start(); code != entrypoint.ExitFail {
		t.Errorf("without a checkout: exit code %d", code)
	}
}

func TestErrorOfThePipelineIsAWrongCall(t *testing.T) {
	j := newJob(t, "pull_request")
	j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) {
		return nil, errors.New("no such file: services/x.yaml\n::error::injected")
	}
	if code := j.start(); code != entrypoint.ExitUsage {
		t.Errorf("exit code %d", code)
	}
	if errs := j.commands("error"); len(errs) != 1 {
		t.Errorf("errors %+v", errs)
	}
	j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) { return nil, nil }
	if code := j.start(); code == entrypoint.ExitPass {
		t.Error("a run without a report passed")
	}
}
