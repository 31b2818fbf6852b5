package entrypoint_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

func TestRunThatDoesNotFinishIsUnknown(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_TIMEOUT", "1s")
	j.run = func(ctx context.Context, _ entrypoint.Settings) (*report.Report, error) {
		<-ctx.Done()
		return nil, errors.New("query failed")
	}
	if code := j.start(); code != entrypoint.ExitUnknown || j.outputs()["verdict"] != "unknown" {
		t.Errorf("exit code %d, outputs %v", code, j.outputs())
	}
	if !strings.Contains(j.stdout, "did not finish within 1s") {
		t.Errorf("log:\n%s", j.stdout)
	}
}

func TestCancelledRunStillSaysWhatItKnows(t *testing.T) {
	j := newJob(t, "pull_request")
	ctx, cancel := context.WithCancel(t.Context())
	j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) {
		cancel()
		return j.rep, nil
	}
	if code := j.startWith(ctx); code != entrypoint.ExitFail { // what was found by then is proven
		t.Errorf("exit code %d", code)
	}
	if got := j.outputs(); got["undelivered"] != "statuses,comment" || got["errors"] != "2" {
		t.Errorf("outputs %v", got)
	}
	if errs := j.commands("error"); len(errs) == 0 || !strings.Contains(errs[0].Message, "the run was cancelled before the stages were done") {
		t.Errorf("errors %+v", errs)
	}
}

// Nobody knows what the rest of the run would have found, so that no choice of
// the user makes a pass of it. The pipeline reports what it has, without an
// error.
func TestRunThatWasCutShortNeverPasses(t *testing.T) {
	unknown := func() *report.Report {
		rep := healthy()
		rep.Verdict, rep.Stages[2].Verdict = report.Undecidable, report.Undecidable
		return rep
	}
	timeout := func(ctx context.Context, _ func()) { <-ctx.Done() }
	cancelled := func(_ context.Context, cancel func()) { cancel() }
	for name, tt := range map[string]struct {
		end func(ctx context.Context, cancel func())
		rep func() *report.Report
	}{
		"timeout": {timeout, unknown}, "cancelled": {cancelled, unknown}, "cancelled when all was done": {cancelled, healthy},
	} {
		t.Run(name, func(t *testing.T) {
			end, rep := tt.end, tt.rep
			j := newJob(t, "pull_request").set("INPUT_ON-UNKNOWN", "pass", "INPUT_FAIL-ON", "none", "INPUT_TIMEOUT", "1s")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			j.run = func(ctx context.Context, _ entrypoint.Settings) (*report.Report, error) {
				end(ctx, cancel)
				return rep(), nil
			}
			if code := j.startWith(ctx); code != entrypoint.ExitUnknown || j.outputs()["exit-code"] != "4" {
				t.Errorf("exit code %d, outputs %v", code, j.outputs())
			}
			if !strings.Contains(j.summary(), "**Note:** the ") {
				t.Errorf("summary:\n%s", j.summary())
			}
			for _, s := range j.g.Statuses() {
				if s.Context == "nthlayer/gate" && s.State != "error" {
					t.Errorf("status %+v", s)
				}
			}
		})
	}
}

// cancelling cancels when the first request of a kind is sent, as a signal would
// that comes while the result is delivered.
type cancelling struct {
	method, path string
	cancel       func()
}

func (c cancelling) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == c.method && strings.Contains(r.URL.Path, c.path) {
		c.cancel()
	}
	return http.DefaultTransport.RoundTrip(r)
}

// All stages were done by then, so that the verdict stands. What was not delivered
// is said, and counts only for those who want that.
func TestSignalAfterTheVerdictKeepsIt(t *testing.T) {
	for _, tt := range []struct {
		strict string
		rep    *report.Report
		code   int
	}{
		{"false", healthy(), entrypoint.ExitPass},
		{"false", sample(), entrypoint.ExitFail},
		{"true", healthy(), entrypoint.ExitUnknown},
		{"true", sample(), entrypoint.ExitFail},
	} {
		j := newJob(t, "pull_request").set("INPUT_STRICT-PUBLISH", tt.strict, "INPUT_COMMENT", "always")
		ctx, cancel := context.WithCancel(t.Context())
		j.rep, j.network = tt.rep, cancelling{"POST", "/statuses/", cancel}
		code := j.startWith(ctx)
		if out := j.outputs(); code != tt.code || out["exit-code"] != strconv.Itoa(tt.code) || out["verdict"] != string(tt.rep.Verdict) || out["undelivered"] != "statuses,comment" {
			t.Errorf("strict %s, %s: exit code %d, outputs %v\n%s", tt.strict, tt.rep.Verdict, code, out, j.stdout)
		}
		if ctx.Err() == nil || len(j.commands("notice")) != 1 {
			t.Errorf("strict %s, %s: cancelled %v, log:\n%s", tt.strict, tt.rep.Verdict, ctx.Err(), j.stdout)
		}
	}
}

func TestRunOutOfTimeSaysSo(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_TIMEOUT", "1s")
	j.run = func(ctx context.Context, _ entrypoint.Settings) (*report.Report, error) {
		<-ctx.Done()
		return j.rep, nil
	}
	j.start()
	errs := j.commands("error")
	if len(errs) == 0 || !strings.HasPrefix(errs[0].Message, "the stages did not finish within 1s; raise the input timeout") {
		t.Errorf("errors %+v", errs)
	}
	if len(j.g.Comments()) != 1 || !strings.Contains(j.g.Comments()[0].Body, "the stages did not finish within 1s") {
		t.Errorf("comments %+v", j.g.Comments())
	}
}

// A host that does not answer must not keep the run from deciding.
func TestHostThatHangsLeavesTheChangeUnknown(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_TIMEOUT", "2s", "INPUT_COMMENT", "off", "INPUT_STATUSES", "false")
	j.g.Break(hosttest.Fault{Hang: true})
	if code := j.start(); code != entrypoint.ExitFail || len(j.seen) != 1 {
		t.Fatalf("exit code %d, %d runs\n%s", code, len(j.seen), j.stdout)
	}
	if got := j.seen[0].Changes; got.Precision != host.UnknownChange {
		t.Errorf("changes %+v", got)
	}
	if !strings.Contains(j.stdout, "note: what changed could not be read within 1s") {
		t.Errorf("log:\n%s", j.stdout)
	}
}
