package entrypoint_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

// openJob is the demo with everything that can be left open: pending statuses, and
// a check run that needs several requests.
func openJob(t *testing.T) *job {
	t.Helper()
	j := demoJob(t).set("INPUT_PENDING", "true", "INPUT_ANNOTATE", "checks", "INPUT_SERVICES", "services/, rules.yaml")
	j.g.Grant(jobToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true, Checks: true})
	var b strings.Builder
	b.WriteString("groups:\n- name: g\n  rules:\n")
	for i := range 70 {
		fmt.Fprintf(&b, "  - alert: A%d\n    expr: up{\n", i)
	}
	return j.files("rules.yaml", b.String())
}

// executePost runs the program as the runner does after the job.
func (j *job) executePost(program string) string {
	j.t.Helper()
	link := filepath.Join(j.t.TempDir(), "nthlayer-post")
	if err := os.Symlink(program, link); err != nil {
		j.t.Fatal(err)
	}
	cmd := exec.CommandContext(j.t.Context(), link)
	cmd.Dir = j.dir
	for name, value := range j.withState() {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		j.t.Errorf("the step after the job failed: %v\n%s", err, out.String())
	}
	return out.String()
}

// A run may be killed at any moment, for want of memory or by the runner. Whatever
// it was doing, nothing is left open when the step after the job is done, and no
// verdict that was written is lost.
func programKilledAnywhereLeavesNothingOpen(t *testing.T, program string) {
	j := openJob(t) // this run is let through, to count
	if code := j.execute(program); code != 2 || len(j.g.Open()) > 0 || len(j.g.Requests("PATCH", "/check-runs/")) != 1 {
		t.Fatalf("exit code %d, open %q\n%s", code, j.g.Open(), j.stdout)
	}
	requests := len(j.g.Requests("", ""))
	if out := j.executePost(program); out != "" || len(j.g.Requests("", "")) != requests {
		t.Errorf("the step after a whole run said or asked something: %q", out)
	}
	if requests < 15 {
		t.Errorf("only %d requests", requests)
	}
	var all sync.WaitGroup // at the same time, because the writes of a run wait for each other
	for n := range requests {
		j := openJob(t)
		all.Go(func() { killedAt(t, j, program, n) })
	}
	all.Wait()
}

func killedAt(t *testing.T, j *job, program string, n int) {
	j.started = make(chan *os.Process, 1)
	j.g.Break(hosttest.Fault{Skip: n, Times: 1, Status: 500, Before: func() {
		if err := (<-j.started).Kill(); err != nil {
			t.Error(err)
		}
	}})
	if code := j.execute(program); code != -1 {
		t.Errorf("request %d: the program was not killed: exit code %d", n, code)
		return
	}
	before := states(j.g)
	out := j.executePost(program)
	if open := j.g.Open(); len(open) > 0 {
		t.Errorf("killed at request %d: %q is still open\n%s", n, open, out)
	}
	for name, was := range before {
		if now := states(j.g)[name]; was != "pending" && now != was || was == "pending" && now != "pending error" {
			t.Errorf("killed at request %d: %s went from %q to %q", n, name, was, now)
		}
	}
}

// The runner gives a cancelled job seconds. What is open is ended in them, also
// while the stages are still at work.
func programEndsWhatIsOpenOnASignal(t *testing.T, program string) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		j := openJob(t)
		j.started = make(chan *os.Process, 1)
		j.g.Break(hosttest.Fault{Path: "/files", Hang: true, Before: func() {
			if err := (<-j.started).Signal(sig); err != nil {
				t.Error(err)
			}
		}})
		if code := j.execute(program); code != 4 {
			t.Errorf("%s: exit code %d\n%s\n%s", sig, code, j.stdout, j.stderr)
		}
		got := states(j.g)
		for name := range got {
			if got[name] != "pending error" {
				t.Errorf("%s: %s: %q", sig, name, got[name])
			}
		}
		last := j.g.Statuses()[len(j.g.Statuses())-1]
		if len(got) != 4 || last.Description != "error: the run was cancelled before it had a verdict" {
			t.Errorf("%s: %v, %+v", sig, got, last)
		}
		if out := j.executePost(program); out != "" {
			t.Errorf("%s: the step after the job said %q", sig, out)
		}
	}
}

// A signal ends what is open at once, and not when the stages have returned: a
// stage may be in the middle of something that takes seconds.
func TestSignalEndsWhatIsOpenBeforeTheStagesReturn(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_PENDING", "true")
	ctx, cancel := context.WithCancel(t.Context())
	j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) {
		closed := make(chan struct{})
		j.g.Break(hosttest.Fault{Method: "POST", Path: "/statuses/", Skip: 3, Times: 1, Before: func() { close(closed) }})
		cancel()
		<-closed // the last of four closing writes
		return nil, context.Canceled
	}
	if code := j.startWith(ctx); code != entrypoint.ExitUnknown {
		t.Errorf("exit code %d", code)
	}
	if open := j.g.Open(); len(open) > 0 {
		t.Errorf("open %q", open)
	}
}

// A host that does not answer any more keeps a cancelled run for no longer than it
// has; the step after the job does the rest.
func TestCancelledRunDoesNotWaitForAHostThatHangs(t *testing.T) {
	t.Parallel()
	j := newJob(t, "pull_request").set("INPUT_PENDING", "true")
	ctx, cancel := context.WithCancel(t.Context())
	j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) {
		j.g.Break(hosttest.Fault{Path: "/statuses/", Hang: true})
		cancel()
		return nil, context.Canceled
	}
	j.startWith(ctx)
	if n := len(j.g.Open()); n != 4 {
		t.Errorf("%d open", n)
	}
	if n := len(j.g.Requests("POST", "/statuses/")); n != 5 { // four pending, one to close: there is no time for a second try
		t.Errorf("%d statuses were sent", n)
	}
	j.g.Repair()
	j.post()
	if open := j.g.Open(); len(open) > 0 {
		t.Errorf("open %q", open)
	}
}
