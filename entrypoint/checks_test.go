package entrypoint_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

// checkJob is a job that wants a check run, with a token that may write one.
func checkJob(t *testing.T) *job {
	j := newJob(t, "pull_request").set("INPUT_ANNOTATE", "checks")
	j.g.Grant(jobToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true, Checks: true})
	return j
}

// withFindings is the sample with n further errors, each on a line of its own.
func withFindings(n int) *report.Report {
	rep := sample()
	for i := range n {
		rep.Findings = append(rep.Findings, report.Finding{
			Rule: "promql/syntax", Severity: report.Error, Service: "checkout", File: "services/checkout.yaml", Line: 100 + i, Message: fmt.Sprintf("finding %d", i),
		})
	}
	rep.Findings = report.Normalise(rep.Findings)
	return rep
}

func TestCheckRunHoldsAllLines(t *testing.T) {
	j := checkJob(t)
	j.rep.Findings = report.Normalise(append(j.rep.Findings,
		report.Finding{Rule: "a/info", Severity: report.Info, File: "services/a.yaml", Line: 3, EndLine: 7, Column: 2, Message: "several lines", Suggestion: "write it \x1b[31mso"},
		report.Finding{Rule: "a/no-line", Severity: report.Error, File: "services/a.yaml", Message: "no line"},
		report.Finding{Rule: "a/no-file", Severity: report.Error, Message: "no file"},
	))
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d\n%s", code, j.stdout)
	}
	checks := j.g.Checks()
	if len(checks) != 1 || len(j.g.Requests("POST", "/check-runs")) != 1 || len(j.g.Requests("PATCH", "")) > 0 {
		t.Fatalf("%+v", checks)
	}
	c := checks[0]
	if c.Name != "nthlayer" || c.HeadSHA != headSHA || c.Conclusion != "failure" || c.ExternalID != "nthlayer/100/1/default" || !strings.HasSuffix(c.DetailsURL, "/actions/runs/100/attempts/1") {
		t.Errorf("%+v", c)
	}
	if !strings.HasPrefix(c.Title, "fail: ") || !strings.Contains(c.Summary, "deploy blocked for checkout") {
		t.Errorf("title %q\n%s", c.Title, c.Summary)
	}
	want := []hosttest.CheckAnnotation{
		{Path: "services/checkout.yaml", StartLine: 4, EndLine: 4, Level: "failure", Title: "gate/budget-exhausted", Message: "the error budget is used up"},
		{Path: "services/checkout.yaml", StartLine: 4, EndLine: 4, StartColumn: 3, EndColumn: 3, Level: "failure", Title: "verify/metric-missing", Message: "m is missing"},
		{Path: "services/checkout.yaml", StartLine: 40, EndLine: 40, Level: "warning", Title: "promql/rate-range", Message: "the range is short"},
		{Path: "services/a.yaml", StartLine: 3, EndLine: 7, Level: "notice", Title: "a/info", Message: "several lines\nFix: write it \\x1b[31mso"},
	}
	if diff := cmp.Diff(want, c.Annotations); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := len(j.commands("error")) + len(j.commands("warning")); n > 0 {
		t.Errorf("%d annotations in the log as well", n)
	}
	if got := j.outputs()["undelivered"]; got != "" {
		t.Errorf("undelivered %q", got)
	}
}

func TestCheckRunTakesFiftyLinesAtATime(t *testing.T) {
	for _, tt := range []struct{ findings, patches, marks int }{
		{47, 0, 50}, {48, 1, 51}, {97, 1, 100}, {98, 2, 101}, {3000, 39, 2000},
	} {
		j := checkJob(t)
		j.rep = withFindings(tt.findings)
		j.start()
		checks, patches := j.g.Checks(), j.g.Requests("PATCH", "/check-runs/")
		if len(checks) != 1 || len(checks[0].Annotations) != tt.marks || checks[0].Conclusion != "failure" || len(patches) != tt.patches {
			t.Errorf("%d findings: %d patches, %d check runs", tt.findings, len(patches), len(checks))
			continue
		}
		for i, r := range append(j.g.Requests("POST", "/check-runs"), patches...) {
			if last := i == len(patches); strings.Contains(r.Body, `"conclusion"`) != last || strings.Contains(r.Body, `"in_progress"`) == last {
				t.Errorf("%d findings: request %d of %d: %.200s", tt.findings, i, len(patches)+1, r.Body)
			}
		}
		if got := j.outputs()["undelivered"]; got != "" || len(j.g.Open()) > 0 {
			t.Errorf("%d findings: undelivered %q, open %q", tt.findings, got, j.g.Open())
		}
	}
}

// A check run agrees with the job: it is red exactly when the job is.
func TestConclusionAgreesWithTheExitCode(t *testing.T) {
	warn := func() *report.Report {
		rep := healthy()
		rep.Verdict, rep.Stages[0].Verdict = report.Warn, report.Warn
		return rep
	}
	unknown := func() *report.Report {
		rep := healthy()
		rep.Verdict, rep.Stages[2].Verdict = report.Undecidable, report.Undecidable
		return rep
	}
	for _, tt := range []struct {
		name, failOn, onUnknown string
		rep                     *report.Report
		code                    int
		want                    string
	}{
		{"pass", "error", "", healthy(), 0, "success"},
		{"warnings", "error", "", warn(), 0, "neutral"},
		{"warnings fail", "warning", "", warn(), 1, "failure"},
		{"errors", "error", "", sample(), 2, "failure"},
		{"errors are tolerated", "none", "", sample(), 0, "neutral"},
		{"unknown", "error", "", unknown(), 4, "failure"},
		{"unknown is tolerated", "error", "pass", unknown(), 0, "neutral"},
	} {
		j := checkJob(t).set("INPUT_FAIL-ON", tt.failOn, "INPUT_ON-UNKNOWN", tt.onUnknown)
		j.rep = tt.rep
		if code, checks := j.start(), j.g.Checks(); code != tt.code || len(checks) != 1 || checks[0].Conclusion != tt.want {
			t.Errorf("%s: exit code %d, %+v", tt.name, code, checks)
		}
	}
}

func TestCheckNameIsThatOfNoStatus(t *testing.T) {
	j := checkJob(t).set("INPUT_STATUS-PREFIX", "team/slo", "INPUT_COMMENT-KEY", "gate")
	j.start()
	if name := j.g.Checks()[0].Name; name != "team/slo:gate" {
		t.Errorf("name %q", name)
	}
	for name := range states(j.g) {
		if name == j.g.Checks()[0].Name {
			t.Errorf("the status %s has the name of the check run", name)
		}
	}
}

func TestCheckMarksPathsOfTheRepository(t *testing.T) {
	j := checkJob(t).files("shop/.git/HEAD", headSHA, "shop/services/checkout.yaml", "")
	for i := range j.rep.Findings {
		j.rep.Findings[i].File = "shop/services/checkout.yaml"
	}
	j.rep.Findings = append(j.rep.Findings, report.Finding{Rule: "a/b", Severity: report.Error, File: "elsewhere/x.yaml", Line: 1, Message: "not in the repository"})
	j.set("INPUT_SERVICES", "shop/services").start()
	for _, a := range j.g.Checks()[0].Annotations {
		if a.Path != "services/checkout.yaml" {
			t.Errorf("path %q", a.Path)
		}
	}
}

// The lines are not lost with the check run: as many as the runner keeps go to the
// log.
func TestRefusedCheckFallsBackToTheLog(t *testing.T) {
	person := hosttest.Token{User: hosttest.Human, Comments: true, Statuses: true, Checks: true}
	weak := hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true}
	granted := hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true, Checks: true}
	reader := hosttest.Token{User: hosttest.ActionsBot, Installation: true}
	for name, tt := range map[string]struct {
		event       string
		token       hosttest.Token
		faults      []hosttest.Fault
		undelivered string
		words       []string
	}{
		"token of a person": {"pull_request", person, nil, "checks", []string{"authenticate via a GitHub App", "checks: write"}},
		"no permission":     {"pull_request", weak, nil, "checks", []string{"Add to the job's permissions: checks: write."}},
		"fork":              {"pull_request_fork", reader, nil, "comment,checks", []string{"This is expected: a pull request from a fork"}},
		"no such API":       {"pull_request", granted, []hosttest.Fault{{Path: "/check-runs", Status: 404, Message: "Not Found"}}, "checks", []string{"checks: write"}},
		"rejected":          {"pull_request", granted, []hosttest.Fault{{Path: "/check-runs", Status: 422, Message: "Invalid request."}}, "checks", []string{"422 Invalid request"}},
		"out of order":      {"pull_request", granted, []hosttest.Fault{{Path: "/check-runs", Status: 500}}, "checks", []string{"500"}},
		"limit":             {"pull_request", granted, []hosttest.Fault{{Path: "/check-runs", Status: 429, Message: "slow down"}}, "checks", []string{"429"}},
		"redirected":        {"pull_request", granted, []hosttest.Fault{{Path: "/check-runs", RedirectTo: "http://elsewhere.example/"}}, "checks", []string{"redirect"}},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, tt.event).set("INPUT_ANNOTATE", "checks")
			j.g.Grant(jobToken, tt.token)
			for _, f := range tt.faults {
				j.g.Break(f)
			}
			if code := j.start(); code != entrypoint.ExitFail {
				t.Errorf("exit code %d", code)
			}
			if got := j.outputs()["undelivered"]; got != tt.undelivered {
				t.Errorf("undelivered %q", got)
			}
			checkNotice(t, j, tt.words)
			if n := len(j.commands("error")) + len(j.commands("warning")); n != len(j.rep.Findings) {
				t.Errorf("%d annotations in the log, want %d", n, len(j.rep.Findings))
			}
		})
	}
}

// GitHub adds marks each time that it is told them, and an answer that is lost
// says nothing about what was done.
func TestLostAnswersAboutACheckRun(t *testing.T) {
	for name, f := range map[string]hosttest.Fault{
		"created":              {Method: "POST", Status: 502, AfterEffect: true},
		"not created":          {Method: "POST", Status: 502},
		"marks added":          {Method: "PATCH", Status: 502, AfterEffect: true},
		"marks not added":      {Method: "PATCH", Status: 502},
		"ended":                {Method: "PATCH", Skip: 1, Status: 502, AfterEffect: true},
		"not ended":            {Method: "PATCH", Skip: 1, Status: 502},
		"truncated":            {Method: "PATCH", Truncate: true},
		"truncated at the end": {Method: "PATCH", Skip: 1, Truncate: true},
	} {
		t.Run(name, func(t *testing.T) {
			j := checkJob(t)
			j.rep = withFindings(100)
			f.Path, f.Times = "/check-runs", 1
			j.g.Break(f)
			j.start()
			if name == "not created" {
				if got := j.outputs()["undelivered"]; got != "checks" || len(j.g.Checks()) > 0 || len(j.commands("error")) != 3 {
					t.Errorf("undelivered %q, %d check runs", got, len(j.g.Checks()))
				}
				return
			}
			checks := j.g.Checks()
			if len(checks) != 1 || len(checks[0].Annotations) != 103 || checks[0].Conclusion != "failure" {
				t.Errorf("%d check runs, %d marks, %q", len(checks), len(checks[0].Annotations), checks[0].Conclusion)
			}
			if got := j.outputs()["undelivered"]; got != "" {
				t.Errorf("undelivered %q", got)
			}
		})
	}
}

func TestCheckRunIsEndedWhenMarksAreRefused(t *testing.T) {
	j := checkJob(t)
	j.rep = withFindings(200)
	j.g.Break(hosttest.Fault{Method: "PATCH", Path: "/check-runs", Skip: 1, Times: 1, Status: 422, Message: "Invalid request."})
	j.start()
	checks := j.g.Checks()
	if len(checks[0].Annotations) != 100 || checks[0].Conclusion != "failure" {
		t.Errorf("%d marks, %q", len(checks[0].Annotations), checks[0].Conclusion)
	}
	checkNotice(t, j, []string{"checks: could not write the check run nthlayer: GitHub answered 422", "100 of 203 lines are marked"})
	if n := len(j.commands("error")); n != 3 { // findings of one rule in one file are one
		t.Errorf("%d errors in the log", n)
	}
}

// A check run whose end is refused until the run is over is ended by the step
// after the job.
func TestCheckRunInProgressIsEndedLater(t *testing.T) {
	for name, f := range map[string]hosttest.Fault{
		"updates are refused":                 {Method: "PATCH", Path: "/check-runs", Times: 20, Status: 500, Message: "oh"},
		"created, and nothing works any more": {Path: "/check-runs", Times: 20, Status: 500, AfterEffect: true},
	} {
		t.Run(name, func(t *testing.T) {
			j := checkJob(t)
			j.rep = withFindings(60)
			j.g.Break(f)
			j.start()
			if name == "updates are refused" && !slices.Equal(j.g.Open(), []string{"nthlayer"}) {
				t.Fatalf("open %q", j.g.Open())
			}
			j.g.Repair()
			j.post()
			checks := j.g.Checks()
			if len(j.g.Open()) > 0 || len(checks) != 1 || checks[0].Conclusion != "failure" {
				t.Errorf("open %q, %+v", j.g.Open(), checks)
			}
		})
	}
}

// The verdict is known while the check run is written: a signal in between ends it
// with the verdict.
func TestSignalWhileTheCheckRunIsWrittenKeepsTheVerdict(t *testing.T) {
	j := checkJob(t).set("INPUT_FAIL-ON", "none")
	j.rep = withFindings(200)
	ctx, cancel := context.WithCancel(t.Context())
	j.g.Break(hosttest.Fault{Method: "PATCH", Path: "/check-runs", Times: 1, Hang: true, Before: cancel})
	j.startWith(ctx)
	if checks := j.g.Checks(); len(checks) != 1 || checks[0].Conclusion != "neutral" {
		t.Errorf("%+v", checks)
	}
	if out := j.post(); out != "" {
		t.Errorf("the step after the job said %q", out)
	}
}

func TestNoCheckRunWhereThereIsNoPlaceForOne(t *testing.T) {
	for name, pairs := range map[string][]string{
		"no token": {"INPUT_TOKEN", ""}, "annotate is all": {"INPUT_ANNOTATE", "all"}, "annotate is off": {"INPUT_ANNOTATE", "off"},
	} {
		j := checkJob(t).set(pairs...)
		j.start()
		if n := len(j.g.Requests("", "/check-runs")); n > 0 || j.outputs()["undelivered"] != "" {
			t.Errorf("%s: %d requests, undelivered %q", name, n, j.outputs()["undelivered"])
		}
		if n := len(j.commands("error")); (n > 0) != (name != "annotate is off") {
			t.Errorf("%s: %d errors in the log", name, n)
		}
	}
}
