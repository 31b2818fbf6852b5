//go:build e2e

package e2e

import (
	"context"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/host/hosttest"
)

// TestContainer runs the image as GitHub's runner does, against the fake GitHub.
func TestContainer(t *testing.T) {
	l := newLab(t)
	p := l.podman(t)
	l.image(t, p, runtime.GOARCH, "action")
	t.Run("a pull request", func(t *testing.T) { containerInAPullRequest(t, newRunner(t, l, p)) })
	t.Run("trusts the authorities of the image", func(t *testing.T) { containerTrustsItsAuthorities(t, newRunner(t, l, p)) })
	t.Run("knows time zones", func(t *testing.T) { containerKnowsTimeZones(t, newRunner(t, l, p)) })
	t.Run("a bare container", func(t *testing.T) { bareContainer(t, newRunner(t, l, p)) })
	t.Run("is killed", func(t *testing.T) { containerIsKilled(t, newRunner(t, l, p)) })
	for _, signal := range []string{"INT", "TERM"} {
		t.Run("ends on SIG"+signal, func(t *testing.T) { containerEndsOnASignal(t, newRunner(t, l, p), signal) })
	}
}

func containerInAPullRequest(t *testing.T, r *runner) {
	run := r.start(t.Context())
	if run.code != 2 {
		t.Fatal(run)
	}
	out := r.outputs()
	if out["verdict"] != "fail" || out["exit-code"] != "2" || out["blocked-services"] != "payments-api" || out["undelivered"] != "" {
		t.Errorf("outputs %v", out)
	}
	if summary := r.get("/github/file_commands/step_summary"); !strings.Contains(summary, "deploy blocked for") {
		t.Errorf("summary:\n%s", summary)
	}
	comments := r.github.Comments()
	if len(comments) != 1 || !strings.Contains(comments[0].Body, "payments-api") || comments[0].HTMLURL != out["comment-url"] {
		t.Errorf("comments %+v", comments)
	}
	states := map[string]string{}
	for _, s := range r.github.Statuses() {
		states[s.Context] = s.State
		if s.SHA != r.head {
			t.Errorf("status %+v is not on the head of the pull request", s)
		}
	}
	if states["nthlayer/gate"] != "failure" || states["nthlayer/lint"] != "success" {
		t.Errorf("statuses %v", states)
	}
	if !strings.Contains(r.get("/github/workspace/"+out["report"]), `"verdict": "fail"`) {
		t.Errorf("the report %q is not in the workspace", out["report"])
	}
	errors := 0
	for _, c := range hosttest.ParseLog(run.log) {
		if c.Name == "error" && c.Properties["file"] == "services/payments-api.yaml" {
			errors++
		}
	}
	if errors != 1 {
		t.Errorf("%d annotations on the changed file:\n%s", errors, run.log)
	}
	if strings.Count(run.log, jobToken) != strings.Count(run.log, "::add-mask::"+jobToken) {
		t.Errorf("the token is in the log:\n%s", run.log)
	}
}

// The file of the image is what counts: a server that this authority vouches for
// is trusted when the file says so, and not with the file that is in the image.
func containerTrustsItsAuthorities(t *testing.T, r *runner) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are expected
	server.StartTLS()
	t.Cleanup(server.Close)
	r.set("INPUT_PROMETHEUS-URL", server.URL, "INPUT_STAGES", "gate")
	if run := r.start(t.Context()); run.code != 4 || !strings.Contains(run.log, "certificate") {
		t.Errorf("with the image's own authorities: %s", run)
	}
	file := filepath.Join(t.TempDir(), "ca.crt")
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	run := r.start(t.Context(), "-v", file+":/etc/ssl/certs/ca-certificates.crt")
	if run.code != 4 || strings.Contains(run.log, "certificate") || !strings.Contains(run.log, "404") {
		t.Errorf("with the server's authority: %s", run)
	}
}

func containerKnowsTimeZones(t *testing.T, r *runner) {
	service := r.get("/github/workspace/services/payments-api.yaml")
	r.put("/github/workspace/services/payments-api.yaml", strings.Replace(service, "      thresholds:", "      timezone: Europe/Dublin\n      thresholds:", 1))
	run := r.start(t.Context())
	if run.code != 2 || strings.Contains(run.log, "Europe/Dublin") {
		t.Error(run)
	}
}

// bareContainer has none of what a runner gives: no folder for temporary files,
// no home, no git, and nothing may be written but the workspace.
func bareContainer(t *testing.T, r *runner) {
	delete(r.env, "HOME")
	delete(r.env, "RUNNER_TEMP")
	if run := r.start(t.Context(), "--read-only", "--read-only-tmpfs=false", "--cap-drop", "all", "--security-opt", "no-new-privileges"); run.code != 2 || r.outputs()["undelivered"] != "" {
		t.Errorf("%s\noutputs %v", run, r.outputs())
	}
}

// The runner kills a container 2.5 seconds after the signal that it may still
// act on, which comes 7.5 seconds after the first.
const stopsWithin = 5 * time.Second

func containerEndsOnASignal(t *testing.T, r *runner, signal string) {
	slow, asked := slowPrometheus(t)
	name := "signal-" + strings.ToLower(signal)
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	sent := make(chan time.Time, 1)
	go func() {
		select {
		case <-asked:
		case <-ctx.Done():
			return
		}
		sent <- time.Now()
		if _, err := r.podman.Run(ctx, "kill", "--signal", signal, name); err != nil {
			t.Error(err)
		}
		time.AfterFunc(stopsWithin, kill)
	}()
	run := r.set("INPUT_PROMETHEUS-URL", slow, "INPUT_PENDING", "true").start(ctx, "--name", name)
	if ctx.Err() != nil {
		t.Fatalf("it did not end within %s: %s", stopsWithin, run)
	}
	if len(sent) == 0 {
		t.Fatalf("it asked nothing: %s", run)
	}
	t.Logf("ended %s after the signal", time.Since(<-sent).Round(time.Millisecond))
	if run.code != 4 {
		t.Error(run)
	}
	if out := r.outputs(); out["verdict"] != "unknown" || out["exit-code"] != "4" {
		t.Errorf("outputs %v", out)
	}
	if summary := r.get("/github/file_commands/step_summary"); !strings.Contains(summary, "cancelled") {
		t.Errorf("summary:\n%s", summary)
	}
	r.nothingPending()
}

// slowPrometheus never answers. Its channel says when it was asked.
func slowPrometheus(t *testing.T) (string, <-chan struct{}) {
	t.Helper()
	asked := make(chan struct{}, 100)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body) // or the server does not notice that the client is gone
		asked <- struct{}{}
		<-q.Context().Done()
	}))
	t.Cleanup(slow.Close)
	return slow.URL, asked
}

// nothingPending checks that every status has an end.
func (r *runner) nothingPending() {
	r.t.Helper()
	last := map[string]string{}
	for _, s := range r.github.Statuses() {
		last[s.Context] = s.State
	}
	if len(last) == 0 {
		r.t.Error("there are no statuses")
	}
	for context, state := range last {
		if state == "pending" {
			r.t.Errorf("the status %s is pending for ever", context)
		}
	}
}

// A run that is killed can end nothing. The runner starts the image once more then,
// by its other entry point and with what the run has left for it.
func containerIsKilled(t *testing.T, r *runner) {
	slow, asked := slowPrometheus(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		select {
		case <-asked:
		case <-ctx.Done():
			return
		}
		if _, err := r.podman.Run(ctx, "kill", "--signal", "KILL", "killed"); err != nil {
			t.Error(err)
		}
	}()
	if run := r.set("INPUT_PROMETHEUS-URL", slow, "INPUT_PENDING", "true").start(ctx, "--name", "killed"); run.code != 137 {
		t.Fatal(run)
	}
	if statuses := r.github.Statuses(); len(statuses) == 0 || statuses[len(statuses)-1].State != "pending" {
		t.Fatalf("statuses %+v", statuses)
	}
	for name, value := range r.values("/github/file_commands/save_state") {
		r.set("STATE_"+name, value)
	}
	if post := r.start(t.Context(), "--entrypoint", "/nthlayer-post"); post.code != 0 {
		t.Error(post)
	}
	r.nothingPending()
}
