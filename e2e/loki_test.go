//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/e2e/neighbour"
	"github.com/nthlayer/action/pkg/tech"
)

// TestLoki makes sure that a real Loki takes the rules of the whole catalogue, finds
// the lines that they are there for, and gets nothing more the second time.
func TestLoki(t *testing.T) {
	l := newLab(t)
	server, err := neighbour.Loki(t.Context(), l.tool(t, "loki", optional), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	services := map[string]string{"json-api": "format: json", "logfmt-api": "format: logfmt", "text-api": "format: text"}
	for name, format := range services {
		writeService(t, dir, name, format, catalog)
	}
	if out := l.pushToLoki(t, dir, server.URL); !strings.Contains(out, "  create     group ") {
		t.Errorf("got\n%s", out)
	}
	if out := l.pushToLoki(t, dir, server.URL); strings.Contains(out, "  create ") || strings.Contains(out, "  update ") || !strings.Contains(out, " unchanged\n") {
		t.Errorf("the second time:\n%s", out)
	}
	t.Run("refuses what lint refuses", func(t *testing.T) { refusesTheSame(t, server.URL) })
	t.Run("finds its lines", func(t *testing.T) { findsItsLines(t, server.URL, dir, catalog) })
	t.Run("takes the message out of a line", func(t *testing.T) { takesTheMessage(t, server.URL) })
}

// writeService writes a service of a format that depends on everything there is.
func writeService(t *testing.T, dir, name, format string, catalog *tech.Catalog) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "service: {name: %s, team: shop, tier: critical, type: api}\nresources:\n  - {kind: Observability, name: o, spec: {logs: {%s}}}\n"+
		"  - kind: Dependencies\n    name: d\n    spec:\n      databases:\n", name, format)
	for _, technology := range catalog.All() {
		if technology.Kind != tech.KindService && !technology.Workload {
			fmt.Fprintf(&b, "        - {name: the-%s, type: %s, selector: {job: x}}\n", technology.Name, technology.Name)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "services"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "services", name+".yaml"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (l *lab) pushToLoki(t *testing.T, dir, address string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(l.root, "bin", "nthlayer"), "apply", "--push-loki-ruler", "--fail-on", "error")
	cmd.Dir, cmd.Env = dir, []string{"HOME=" + t.TempDir(), "LOKI_RULER_URL=" + address}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("apply: %v\n%s", err, out)
	}
	return string(out)
}

// send writes lines of one stream.
func send(t *testing.T, address, app string, lines []string) {
	t.Helper()
	var values [][2]string
	for i, line := range lines {
		values = append(values, [2]string{fmt.Sprint(time.Now().Add(-time.Minute).UnixNano() + int64(i)), line})
	}
	body, err := json.Marshal(map[string]any{"streams": []any{map[string]any{"stream": map[string]string{"app": app}, "values": values}}})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(address+"/loki/api/v1/push", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusNoContent {
		text, _ := io.ReadAll(response.Body)
		t.Fatalf("status %d: %s", response.StatusCode, text)
	}
}

// count returns the values of a query at this moment.
func count(t *testing.T, address, query string) []string {
	t.Helper()
	response, err := http.Get(address + "/loki/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data struct {
			Result []struct {
				Value [2]any `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("status %d for %s: %s", response.StatusCode, query, body)
	}
	var out []string
	for _, r := range answer.Data.Result {
		out = append(out, fmt.Sprint(r.Value[1]))
	}
	return out
}

// findsItsLines writes the lines that the catalogue gives as examples, often enough,
// and asks each expression.
func findsItsLines(t *testing.T, address, dir string, catalog *tech.Catalog) {
	for _, technology := range catalog.All() {
		if technology.Kind == tech.KindService || technology.Workload {
			continue
		}
		var lines []string
		for _, pattern := range technology.Logs {
			for range pattern.Threshold + 1 {
				lines = append(lines, pattern.Lines[0])
			}
		}
		if len(lines) > 0 {
			send(t, address, "the-"+technology.Name, lines)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "generated", "json-api", "loki-alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if !strings.HasPrefix(g.Name, "json-api-the-") {
				count(t, address, r.Expr) // only that it can be read
				continue
			}
			asked++
			if got := count(t, address, r.Expr); len(got) != 1 {
				t.Errorf("%s of %s: %d series for %s", r.Alert, g.Name, len(got), r.Expr)
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d expressions were asked", asked)
	}
}

// takesTheMessage makes sure that a pattern is looked for in the message of a line,
// in whole lines that have none, and that lines of another format do not fail the
// query.
func takesTheMessage(t *testing.T, address string) {
	send(t, address, "messages", []string{
		`{"level":"error","msg":"boom 1"}`, `{"message":"boom 2"}`, `boom 3`, `{"msg":"fine","path":"boom"}`, `{"broken": boom`, `msg="boom 4" level=error`,
	})
	for format, want := range map[string]string{"json": "3", "logfmt": "2"} {
		query := `sum by (app) (count_over_time({app="messages"} | ` + format +
			` message="message", msg="msg" | line_format "{{or .message .msg __line__}}" | drop __error__, __error_details__ |~ ` + "`^boom ` [5m])) > 0"
		if got := count(t, address, query); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, want %s", format, got, want)
		}
	}
}

// refusesTheSame loads each query that the reader of LogQL is tested with as a rule.
func refusesTheSame(t *testing.T, address string) {
	for file, want := range map[string]int{"taken.txt": http.StatusAccepted, "refused.txt": http.StatusBadRequest, "beyond.txt": http.StatusBadRequest} {
		data, err := os.ReadFile(filepath.Join("..", "pkg", "lint", "logql", "testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for query := range strings.Lines(string(data)) {
			group, err := json.Marshal(map[string]any{"name": "g", "rules": []any{map[string]string{"alert": "A", "expr": strings.TrimSpace(query)}}})
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.Post(address+"/loki/api/v1/rules/lint", "application/yaml", bytes.NewReader(group))
			if err != nil {
				t.Fatal(err)
			}
			if _ = response.Body.Close(); response.StatusCode != want {
				t.Errorf("%s: status %d, want %d, for %s", file, response.StatusCode, want, query)
			}
		}
	}
}
