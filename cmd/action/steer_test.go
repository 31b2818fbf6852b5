package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A pull request can write any file. None of them says where questions and the
// password go.
func TestNoFileOfAPullRequestSaysWhoIsAsked(t *testing.T) {
	var asked atomic.Int32
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(stranger.Close)
	host := strings.TrimPrefix(stranger.URL, "http://")
	service := `name: checkout
team: payments
tier: critical
type: api
prometheus_url: ADDRESS
prometheus: {url: ADDRESS, username: a}
metadata: {annotations: {nthlayer.io/prometheus-url: ADDRESS}}
variables: {PROMETHEUS_URL: ADDRESS, NTHLAYER_PROMETHEUS_URL: ADDRESS}
slos:
  - name: availability
    objective: 99.9
    window: 1d
    metric: http_requests_total
    success_filter: 'status!~"5.."'
`
	config := "prometheus-url: ADDRESS\nprometheus_url: ADDRESS\nprometheus: {url: ADDRESS}\nprofiles: {default: {prometheus_url: ADDRESS}}\n"
	files := map[string]string{"services/checkout.yaml": service, ".env": "PROMETHEUS_URL=ADDRESS\nNTHLAYER_PROMETHEUS_URL=ADDRESS\n", ".netrc": "machine " + host + " login a password b\n"}
	for _, name := range []string{"nthlayer.yaml", ".nthlayer.yaml", ".nthlayer.yml", ".nthlayer/config.yaml", ".config/nthlayer/config.yaml", "services/nthlayer.yaml", "services/environments/prod.yaml"} {
		files[name] = config
	}
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "ADDRESS", stranger.URL)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, ".config"))
	t.Chdir(dir)
	env := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "example/shop", "GITHUB_EVENT_NAME": "workflow_dispatch", "GITHUB_SHA": strings.Repeat("1", 40),
		"GITHUB_WORKSPACE": dir, "GITHUB_OUTPUT": filepath.Join(t.TempDir(), "output"), "HOME": dir,
		"INPUT_SERVICES": "services/checkout.yaml", "INPUT_ENVIRONMENT": "prod", "INPUT_PROMETHEUS-USERNAME": "me", "INPUT_PROMETHEUS-PASSWORD": "the-password",
	}
	var stdout, stderr bytes.Buffer
	code := run(context.Background(), process{
		args: []string{"ci"}, stdout: &stdout, stderr: &stderr, readFile: os.ReadFile,
		getenv: func(name string) string { return env[name] }, now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
	})
	if code == 0 || !strings.Contains(stdout.String(), "no Prometheus was given") {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("a server that the files name was asked %d times", n)
	}
}
