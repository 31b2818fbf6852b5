package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nthlayer/action/entrypoint"
)

// pushed runs a command on two services with SLOs, and a ruler at an address. Pushes go
// there alone.
func pushed(t *testing.T, ctx context.Context, address string, args ...string) (code int, stdout string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.Mkdir("services", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cart", "pay"} {
		text := "service: {name: " + name + ", team: money, tier: low, type: api}\nresources:\n  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d}}\n"
		if err := os.WriteFile("services/"+name+".yaml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, problems bytes.Buffer
	code = program(ctx, "nthlayer", process{
		args: args, stdin: strings.NewReader(""), stdout: &out, stderr: &problems, readFile: os.ReadFile, now: func() time.Time { return time.Unix(1, 0) },
		getenv: func(name string) string { return map[string]string{"MIMIR_RULER_URL": address}[name] },
	})
	return code, out.String() + problems.String()
}

// TestAPushThatIsInterrupted makes sure that Ctrl-C is not told as a system that is
// away, ends with the code of what could not be decided, and ends the run at once.
func TestAPushThatIsInterrupted(t *testing.T) {
	for _, command := range []string{"plan", "apply"} {
		ctx, interrupt := context.WithCancel(context.Background())
		var asked atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			interrupt()
			<-r.Context().Done()
		}))
		code, text := pushed(t, ctx, server.URL, command, "--push-ruler")
		server.Close()
		interrupt()
		if code != entrypoint.ExitUnknown || asked.Load() != 1 || strings.Count(text, "(push/stopped)") != 1 {
			t.Errorf("%s ends with %d after %d requests:\n%s", command, code, asked.Load(), text)
		}
		if !strings.Contains(text, "services/cart.yaml:1:") || !strings.Contains(text, "warning: the run was interrupted before the ruler at "+server.URL+" answered") {
			t.Errorf("%s says\n%s", command, text)
		}
	}
}

// TestABusyServerIsAskedAgain makes sure that a push does not fail for one answer that
// nobody is to blame for.
func TestABusyServerIsAskedAgain(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("Retry-After", "0")
			http.Error(w, "busy", http.StatusInternalServerError)
			return
		}
		http.Error(w, "no rule groups found", http.StatusNotFound)
	}))
	defer server.Close()
	if code, text := pushed(t, context.Background(), server.URL, "plan", "--push-ruler"); code != entrypoint.ExitPass || asked.Load() != 3 {
		t.Errorf("it ends with %d after %d requests:\n%s", code, asked.Load(), text)
	}
}
