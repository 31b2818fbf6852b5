//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var record = flag.Bool("record", false, "write down anew what Gitea answers and sends, for the tests of pkg/host")

// TestGiteaRecorded holds what unit tests take for Gitea against a real one: the
// answers of its API, and the events that its webhooks send, which are those that
// its Actions hand to jobs as well.
func TestGiteaRecorded(t *testing.T) {
	l := newLab(t)
	g := newGitea(t, l)
	answers := filepath.Join(l.root, "pkg", "host", "github", "testdata", "gitea")
	const repo = "repos/example/shop/"
	for _, s := range []struct{ context, state string }{{"nthlayer/lint", "pending"}, {"nthlayer/gate", "pending"}, {"nthlayer/lint", "success"}} {
		g.call(http.MethodPost, repo+"statuses/"+g.head, map[string]any{"context": s.context, "state": s.state, "description": s.state + ": a status"}, nil)
	}
	for name, path := range map[string]string{
		"pull.json":     repo + fmt.Sprintf("pulls/%d", g.pull),
		"files.json":    repo + fmt.Sprintf("pulls/%d/files", g.pull),
		"pull.diff":     repo + fmt.Sprintf("pulls/%d.diff", g.pull),
		"compare.json":  repo + "compare/" + g.base + "..." + g.head,
		"contents.json": repo + "contents/services/payments-api.yaml?ref=" + g.base,
		"commit.json":   repo + "git/commits/" + g.head,
		"statuses.json": repo + "commits/" + g.head + "/statuses",
		"user.json":     "user",
	} {
		t.Run(name, func(t *testing.T) { g.in(t).held(filepath.Join(answers, name), g.in(t).raw(path)) })
	}
	events := filepath.Join(l.root, "pkg", "host", "testdata", "events")
	t.Run("events", func(t *testing.T) {
		g := g.in(t)
		sent := g.webhook()
		g.change("450")
		for range 2 {
			e := <-sent
			g.held(filepath.Join(events, "gitea_"+e.name+".json"), e.body)
		}
	})
}

// raw returns an answer as it is.
func (g *gitea) raw(path string) []byte {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, g.server.URL+"/api/v1/"+path, http.NoBody)
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+g.bot)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		g.t.Fatalf("%s: %s, %v\n%s", path, resp.Status, err, data)
	}
	return data
}

// sentEvent is what a webhook sends.
type sentEvent struct {
	name string
	body []byte
}

// webhook has Gitea send its events of pushes and pull requests here.
func (g *gitea) webhook() <-chan sentEvent {
	g.t.Helper()
	sent := make(chan sentEvent, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the test ended in the middle of an event that it did not wait for
		}
		sent <- sentEvent{name: r.Header.Get("X-Gitea-Event"), body: body}
	}))
	g.t.Cleanup(server.Close)
	g.call(http.MethodPost, "repos/example/shop/hooks", map[string]any{
		"type": "gitea", "active": true, "events": []string{"push", "pull_request", "pull_request_sync"},
		"config": map[string]string{"url": server.URL, "content_type": "json"},
	}, nil)
	return sent
}

// held compares the form of what was recorded with what came now, or records it.
func (g *gitea) held(path string, now []byte) {
	g.t.Helper()
	now = g.neutral(now)
	if *record {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			g.t.Fatal(err)
		}
		if err := os.WriteFile(path, now, 0o644); err != nil {
			g.t.Fatal(err)
		}
	}
	recorded, err := os.ReadFile(path)
	if err != nil {
		g.t.Fatal(err)
	}
	if filepath.Ext(path) != ".json" {
		if d := cmp.Diff(string(recorded), string(now)); d != "" {
			g.t.Errorf("%s (-recorded +now):\n%s", path, d)
		}
		return
	}
	if d := cmp.Diff(form(g.t, recorded), form(g.t, now)); d != "" {
		g.t.Errorf("%s (-recorded +now):\n%s", path, d)
	}
}

func form(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return shape(v)
}

var (
	moment   = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"`)
	commit   = regexp.MustCompile(`\b[0-9a-f]{40}\b`)
	blobLine = regexp.MustCompile(`(?m)^index [0-9a-f]+\.\.[0-9a-f]+`)
)

// neutral replaces what is of this run alone: the address, the commits and times.
// The head is 1..., the base 2..., any other 5....
func (g *gitea) neutral(data []byte) []byte {
	g.t.Helper()
	text := strings.ReplaceAll(string(data), g.server.URL, "https://gitea.example")
	text = commit.ReplaceAllStringFunc(text, func(sha string) string {
		switch sha {
		case g.head:
			return strings.Repeat("1", 40)
		case g.base:
			return strings.Repeat("2", 40)
		}
		return strings.Repeat("5", 40)
	})
	text = moment.ReplaceAllString(text, `"2026-01-02T03:04:05Z"`)
	text = blobLine.ReplaceAllString(text, "index 5555555..6666666")
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", "  "); err != nil {
		return []byte(text)
	}
	return append(bytes.TrimSpace(out.Bytes()), '\n')
}
