//go:build e2e

package e2e

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nthlayer/action/e2e/neighbour"
)

// lab is what all comparisons share.
type lab struct {
	root  string // the repository
	tools string // where the binaries of the servers are
	now   time.Time
	// history is what every server is filled with. It ends at now.
	history history
}

// newLab reads the history of the demo's services. The time is fixed and past:
// VictoriaMetrics takes no samples of the future.
func newLab(t *testing.T) *lab {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{root: root, tools: os.Getenv("NTHLAYER_TOOLS"), now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	if l.tools == "" {
		l.tools = filepath.Join(root, ".cache", "tools")
	}
	l.history = readHistory(t, filepath.Join(root, "testdata", "demo", "metrics.yaml"), l.now)
	return l
}

// What a test does without a neighbour. Required are those that build wherever
// there is Go with a C compiler, or Node: CI must not pass over them.
const (
	required = true
	optional = false
)

// tool returns the path of a binary, or passes over the test without it.
func (l *lab) tool(t *testing.T, path string, required bool) string {
	t.Helper()
	path = filepath.Join(l.tools, path)
	if _, err := os.Stat(path); err != nil {
		l.absent(t, required, err)
	}
	return path
}

// absent skips a test for a neighbour that is not to be had. In CI it fails
// instead where the neighbour is required.
func (l *lab) absent(t *testing.T, required bool, why error) {
	t.Helper()
	if required && os.Getenv("NTHLAYER_E2E_REQUIRED") != "" {
		t.Fatalf("required: %v (make e2e-tools builds it)", why)
	}
	t.Skipf("not to be had: %v", why)
}

// prometheus starts a Prometheus over the blocks.
func (l *lab) prometheus(t *testing.T, binary, blocks string) *neighbour.Server {
	t.Helper()
	rules := filepath.Join(blocks, "rules.yaml")
	if err := os.WriteFile(rules, []byte(recordingRule), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := neighbour.Prometheus(t.Context(), binary, blocks, "rule_files: ["+rules+"]\n")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// recordingRule is one that sourcetest is told too. No sample of the services is
// new enough for it to record anything.
const (
	recordingRuleName = "service:requests:rate5m"
	recordingRule     = `groups:
  - name: test
    interval: 1h
    rules:
      - record: service:requests:rate5m
        expr: sum by (service) (rate(http_requests_total[5m]))
`
)

// blocks writes the history as the blocks of a Prometheus.
func (l *lab) blocks(t *testing.T, promtool string) string {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(t.TempDir(), "history.txt")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.history.writeOpenMetrics(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := neighbour.Blocks(t.Context(), promtool, file, folder); err != nil {
		t.Fatal(err)
	}
	return folder
}

// victoriaMetrics starts a VictoriaMetrics with the history in it.
func (l *lab) victoriaMetrics(t *testing.T, binary string) *neighbour.Server {
	t.Helper()
	s, err := neighbour.VictoriaMetrics(t.Context(), binary, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(l.history.writeJSONLines(w)) }()
	post(t, s.URL+"/api/v1/import", r)
	// What was imported is not found until it was flushed.
	post(t, s.URL+"/internal/force_flush", http.NoBody)
	return s
}

func post(t *testing.T, url string, body io.Reader) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if text, _ := io.ReadAll(response.Body); response.StatusCode/100 != 2 {
		t.Fatalf("%s answers %s: %s", url, response.Status, text)
	}
}
