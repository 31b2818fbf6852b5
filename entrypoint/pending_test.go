package entrypoint_test

import (
	"bytes"
	"context"
	"errors"
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
)

// post runs the step after the job, with the state that the runner hands over.
func (j *job) post() string {
	j.t.Helper()
	var stdout bytes.Buffer
	env := j.withState()
	entrypoint.Post(j.t.Context(), entrypoint.Env{
		Getenv: func(name string) string { return env[name] }, Stdout: &stdout, Stderr: &stdout, ReadFile: os.ReadFile,
		Sleep: func(context.Context, time.Duration) error { return nil },
	})
	return stdout.String()
}

// withState returns the environment of the step after the job.
func (j *job) withState() map[string]string {
	j.t.Helper()
	env := j.set().env
	data, err := os.ReadFile(env["GITHUB_STATE"])
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		j.t.Fatal(err)
	}
	state, err := hosttest.ParseFile(string(data))
	if err != nil {
		j.t.Fatal(err)
	}
	for name, value := range state {
		env["STATE_"+name] = value
	}
	return env
}

// states returns the states of all statuses, by name, in the order in which they
// were set.
func states(g *hosttest.GitHub) map[string]string {
	out := map[string]string{}
	for _, s := range g.Statuses() {
		out[s.Context] = strings.TrimSpace(out[s.Context] + " " + s.State)
	}
	return out
}

func TestPendingStatusesAreThereBeforeTheStages(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_PENDING", "true")
	var before []string
	j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) {
		before = j.g.Open()
		return j.rep, nil
	}
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d", code)
	}
	if diff := cmp.Diff([]string{"nthlayer/gate", "nthlayer/lint", "nthlayer/portfolio", "nthlayer/verify"}, before); diff != "" {
		t.Errorf("pending while the stages ran, -want +got:\n%s", diff)
	}
	want := map[string]string{
		"nthlayer/lint": "pending success", "nthlayer/verify": "pending failure", "nthlayer/gate": "pending failure", "nthlayer/portfolio": "pending success",
	}
	if diff := cmp.Diff(want, states(j.g)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	requests := len(j.g.Requests("", ""))
	if out := j.post(); out != "" || len(j.g.Requests("", "")) != requests {
		t.Errorf("the step after a run that ended well said or did something: %q", out)
	}
}

func TestWithoutPendingNothingIsBegunOrKept(t *testing.T) {
	j := newJob(t, "pull_request")
	j.start()
	for name, s := range states(j.g) {
		if strings.Contains(s, "pending") {
			t.Errorf("%s: %s", name, s)
		}
	}
	if _, err := os.Stat(j.env["GITHUB_STATE"]); err == nil {
		t.Error("there is a state although nothing was begun")
	}
}

// Whatever ends a run, nothing says pending when it is over.
func TestPendingIsClosedHoweverTheRunEnds(t *testing.T) {
	type end = func(ctx context.Context, cancel func(), j *job) (*report.Report, error)
	for name, tt := range map[string]struct {
		end  end
		code int
		says string
	}{
		"error": {func(context.Context, func(), *job) (*report.Report, error) {
			return nil, errors.New("no such file")
		}, entrypoint.ExitUsage, "error: the run ended without a verdict"},
		"no report": {func(context.Context, func(), *job) (*report.Report, error) {
			return nil, nil
		}, entrypoint.ExitUsage, "error: the run ended without a verdict"},
		"panic": {func(context.Context, func(), *job) (*report.Report, error) {
			panic("index out of range\n::error::injected")
		}, entrypoint.ExitUnknown, "error: the run ended without a verdict"},
		"timeout without a report": {func(ctx context.Context, _ func(), _ *job) (*report.Report, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, entrypoint.ExitUnknown, "error: the run ended without a verdict"},
		"cancelled": {func(_ context.Context, cancel func(), _ *job) (*report.Report, error) {
			cancel()
			return nil, context.Canceled
		}, entrypoint.ExitUnknown, "error: the run was cancelled before it had a verdict"},
		"cancelled with a report": {func(_ context.Context, cancel func(), j *job) (*report.Report, error) {
			cancel()
			return j.rep, nil
		}, entrypoint.ExitFail, "error: the run was cancelled before it had a verdict"},
		"a stage that is not in the report": {func(_ context.Context, _ func(), j *job) (*report.Report, error) {
			j.rep.Stages = nil
			return j.rep, nil
		}, entrypoint.ExitFail, "error: the run ended without a verdict"},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, "pull_request").set("INPUT_PENDING", "true", "INPUT_TIMEOUT", "1s")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			j.run = func(ctx context.Context, _ entrypoint.Settings) (*report.Report, error) {
				return tt.end(ctx, cancel, j)
			}
			if code := j.startWith(ctx); code != tt.code {
				t.Errorf("exit code %d, want %d\n%s", code, tt.code, j.stdout)
			}
			if open := j.g.Open(); len(open) > 0 {
				t.Fatalf("still pending: %q", open)
			}
			last := j.g.Statuses()[len(j.g.Statuses())-1]
			if last.State != "error" || last.Description != tt.says {
				t.Errorf("status %+v", last)
			}
			if out := j.post(); out != "" {
				t.Errorf("the step after the job said %q", out)
			}
		})
	}
}

// A crash says nothing about the change. The program would end with 2 for it,
// which is the code of a change that is wrong.
func TestCrashOfAStageIsUnknownAndLosesNoOutput(t *testing.T) {
	j := newJob(t, "pull_request")
	j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) { panic("boom\n::error::injected") }
	if code := j.start(); code != entrypoint.ExitUnknown {
		t.Errorf("exit code %d", code)
	}
	if got := j.outputs(); got["exit-code"] != "4" || got["verdict"] != "unknown" {
		t.Errorf("outputs %v", got)
	}
	errs := j.commands("error")
	if len(errs) != 1 || !strings.HasPrefix(errs[0].Message, "nthlayer crashed, which is its own mistake: boom") || !strings.Contains(j.stdout, "pending_test.go") {
		t.Errorf("errors %+v\n%s", errs, j.stdout)
	}
}

func TestPendingIsNeverSetWhereItCannotBeEnded(t *testing.T) {
	none := func(*job) {}
	for name, tt := range map[string]struct {
		event   string
		arrange func(j *job)
		row     string // the undelivered surface
	}{
		"fork":        {"pull_request_fork", func(j *job) { j.env["INPUT_COMMENT"] = "off" }, ""},
		"Dependabot":  {"pull_request", func(j *job) { j.env["GITHUB_ACTOR"] = "dependabot[bot]" }, ""},
		"no statuses": {"pull_request", func(j *job) { j.env["INPUT_STATUSES"] = "false" }, ""},
		"no token":    {"pull_request", func(j *job) { j.env["INPUT_TOKEN"] = "" }, ""},
		"no state":    {"pull_request", func(j *job) { delete(j.env, "GITHUB_STATE") }, "pending"},
		"state cannot be written": {"pull_request", func(j *job) {
			j.env["GITHUB_STATE"] = filepath.Join(j.dir, "no", "folder")
		}, "pending"},
		"pending is false": {"pull_request", none, ""},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, tt.event)
			if name != "pending is false" {
				j.env["INPUT_PENDING"] = "true"
			}
			if name == "fork" {
				j.g.Grant(jobToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true})
			}
			tt.arrange(j)
			j.start()
			for _, s := range j.g.Statuses() {
				if s.State == "pending" {
					t.Errorf("status %+v", s)
				}
			}
			if got := j.outputs()["undelivered"]; got != tt.row {
				t.Errorf("undelivered %q, want %q", got, tt.row)
			}
		})
	}
}

// The first write tells whether the token may: when it is refused there is one
// request, and one notice.
func TestRefusedPendingIsSaidOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		fault       hosttest.Fault
		undelivered string
		posts       int
		words       []string
	}{
		"no permission": {hosttest.Fault{Status: 403, Message: "Resource not accessible by integration"}, "statuses", 1, []string{"statuses: could not set", "Add to the job's permissions: statuses: write."}},
		"hidden":        {hosttest.Fault{Status: 404, Message: "Not Found"}, "statuses", 1, []string{"statuses: write"}},
		"too many":      {hosttest.Fault{Status: 422, Times: 1, Message: "This SHA and context has reached the maximum number of statuses."}, "pending", 5, []string{"pending: could not set", "maximum number"}},
		"out of order":  {hosttest.Fault{Status: 502, Times: 3, Message: "Bad Gateway"}, "pending", 7, []string{"pending: could not set", "502"}},
		"lost answers":  {hosttest.Fault{Status: 502, Times: 3, AfterEffect: true, Message: "Bad Gateway"}, "pending", 7, []string{"502"}},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, "pull_request").set("INPUT_PENDING", "true")
			tt.fault.Path = "/statuses/"
			j.g.Break(tt.fault)
			if code := j.start(); code != entrypoint.ExitFail {
				t.Errorf("exit code %d", code)
			}
			if got := len(j.g.Requests("POST", "/statuses/")); got != tt.posts {
				t.Errorf("%d requests, want %d", got, tt.posts)
			}
			if got := j.outputs()["undelivered"]; got != tt.undelivered {
				t.Errorf("undelivered %q", got)
			}
			checkNotice(t, j, tt.words)
			if open := j.g.Open(); len(open) > 0 {
				t.Errorf("still pending: %q", open)
			}
			if out := j.post(); out != "" {
				t.Errorf("the step after the job said %q", out)
			}
		})
	}
}

// A status that cannot be set to its verdict must not stay pending for it: the
// verdict is written again at the end, and that there is none when that is refused
// as well.
func TestVerdictThatIsRefusedDoesNotStayPending(t *testing.T) {
	refused := hosttest.Fault{Method: "POST", Path: "/statuses/", Times: 1, Status: 422, Message: "Validation Failed"}
	once, again := refused, refused
	once.Skip, again.Skip = 4, 7
	for want, faults := range map[string][]hosttest.Fault{"pending success": {once}, "pending error": {once, again}} {
		j := newJob(t, "pull_request").set("INPUT_PENDING", "true")
		for _, f := range faults {
			j.g.Break(f)
		}
		j.start()
		if got := states(j.g)["nthlayer/lint"]; got != want {
			t.Errorf("lint: %q, want %q", got, want)
		}
		if open := j.g.Open(); len(open) > 0 {
			t.Errorf("still pending: %q", open)
		}
	}
}

// The writes that end a cancelled run do not wait for a server that does not
// answer, and the step after the job does what they could not.
func TestStepAfterTheJobEndsWhatTheRunCouldNot(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_PENDING", "true")
	j.g.Break(hosttest.Fault{Method: "POST", Path: "/statuses/", Skip: 4, Times: 12, Status: 503, Message: "unavailable"})
	j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) {
		return nil, errors.New("no such file")
	}
	j.start()
	if n := len(j.g.Open()); n != 4 {
		t.Fatalf("%d pending", n)
	}
	out := j.post()
	if open := j.g.Open(); len(open) > 0 {
		t.Errorf("still pending: %q", open)
	}
	for _, name := range []string{"lint", "verify", "gate", "portfolio"} {
		if got := states(j.g)["nthlayer/"+name]; got != "pending error" || !strings.Contains(out, "ended nthlayer/"+name) {
			t.Errorf("%s: %q\n%s", name, got, out)
		}
	}
}

// Another run of the same commit may have begun in the meantime, and somebody else
// may use the name.
func TestStepAfterTheJobTouchesOnlyWhatIsStillItsOwn(t *testing.T) {
	killed := func(t *testing.T) *job {
		j := newJob(t, "pull_request").set("INPUT_PENDING", "true")
		j.g.Break(hosttest.Fault{Method: "POST", Path: "/statuses/", Skip: 4, Times: 12, Status: 503, Message: "unavailable"})
		j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) {
			return nil, errors.New("no such file")
		}
		j.start()
		return j
	}
	t.Run("a newer attempt is pending", func(t *testing.T) {
		j := killed(t)
		for _, s := range j.g.Statuses() {
			s.TargetURL = strings.Replace(s.TargetURL, "attempts/1", "attempts/2", 1)
			j.g.AddStatus(s)
		}
		if out := j.post(); out != "" || len(j.g.Open()) != 4 {
			t.Errorf("open: %q\n%s", j.g.Open(), out)
		}
	})
	t.Run("a verdict stands", func(t *testing.T) {
		j := killed(t)
		s := j.g.Statuses()[2]
		s.State = "success"
		j.g.AddStatus(s)
		j.post()
		if got := states(j.g)[s.Context]; got != "pending success" {
			t.Errorf("%s: %q", s.Context, got)
		}
	})
	for name, fault := range map[string]hosttest.Fault{
		"reading is refused": {Method: "GET", Path: "/statuses", Status: 403, Message: "Resource not accessible by integration"},
		"writing is refused": {Method: "POST", Path: "/statuses/", Status: 403, Message: "Resource not accessible by integration"},
		"out of order":       {Path: "/statuses", Status: 500, Message: "oh"},
		"truncated":          {Method: "GET", Path: "/statuses", Truncate: true},
	} {
		t.Run(name, func(t *testing.T) {
			j := killed(t)
			j.g.Break(fault)
			out := hosttest.ParseLog(j.post())
			notices := slices.DeleteFunc(out, func(c hosttest.Command) bool { return c.Name != "notice" })
			if len(notices) != 1 || !strings.HasPrefix(notices[0].Message, "A run that was stopped left statuses open: could not ") {
				t.Errorf("%+v", out)
			}
		})
	}
	for name, state := range map[string]string{"no JSON": "{", "no commit": `{"sha":"HEAD","statuses":[{"context":"a"}]}`} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, "pull_request").set("STATE_nthlayer_open", state)
			if out := j.post(); !strings.Contains(out, "::notice ") || len(j.g.Requests("", "")) > 0 {
				t.Errorf("%q", out)
			}
		})
	}
}

// While it is not known whether pending arrived, it may arrive after its end: the
// step after the job looks once more.
func TestLostPendingIsLookedAtAgainLater(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_PENDING", "true")
	j.g.Break(hosttest.Fault{Method: "POST", Path: "/statuses/", Times: 3, Status: 502})
	j.start()
	late := j.g.Statuses()[0]
	late.State = "pending"
	j.g.AddStatus(late)
	j.post()
	if open := j.g.Open(); len(open) > 0 {
		t.Errorf("still pending: %q", open)
	}
}

func TestGitLabSaysWhatItHasNoPlaceFor(t *testing.T) {
	p := newPipeline(t).set("NTHLAYER_PENDING", "true", "NTHLAYER_STATUSES", "true", "NTHLAYER_ANNOTATE", "checks")
	p.start()
	for _, want := range []string{
		"note: annotate: checks does nothing here: GitLab has no check runs; it shows the lines of the Code Quality report",
		"note: pending does nothing here: GitLab shows the job itself while it runs",
	} {
		if !strings.Contains(p.stdout, want) {
			t.Errorf("the log lacks %q:\n%s", want, p.stdout)
		}
	}
	for _, s := range p.g.Statuses() {
		if s.Status == "pending" {
			t.Errorf("status %+v", s)
		}
	}
	if got := p.variables()["NTHLAYER_RESULT_UNDELIVERED"]; got != "" {
		t.Errorf("undelivered %q", got)
	}
}
