//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/lint/pint"
)

// lintWith lints a folder with the program and a real pint.
func (l *lab) lintWith(t *testing.T, dir, binary string, args ...string) (code int, found []string, said string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(l.root, "bin", "nthlayer"), append([]string{"lint", "--format", "json", "--pint", binary}, args...)...)
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	var rep struct {
		Findings []struct {
			Rule, File, Message string
			Line                int
		}
	}
	if err := json.Unmarshal([]byte(stdout.String()), &rep); err != nil && stdout.Len() > 0 {
		t.Fatal(err)
	}
	for _, f := range rep.Findings {
		by := "ours"
		if strings.HasPrefix(f.Message, "pint ") {
			by = "pint"
		}
		found = append(found, fmt.Sprintf("%s:%d %s %s", f.File, f.Line, f.Rule, by))
	}
	return cmd.ProcessState.ExitCode(), found, stdout.String() + stderr.String()
}

// writeFiles writes files into a new folder.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// group is a rule file with one alert that only pint has something to say about, and
// one that both have.
const group = `groups:
  - name: checkout
    rules:
      - alert: Watchdog
        expr: vector(1)
      - alert: CheckoutBusy
        expr: up{service="checkout"}
`

// indented is the group of a PrometheusRule.
var indented = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: checkout}\nspec:\n  " + strings.ReplaceAll(strings.TrimSpace(group), "\n", "\n  ") + "\n"

func TestPintLooksAtTheSameFiles(t *testing.T) {
	l := newLab(t)
	binary := l.tool(t, "pint", required)
	dir := writeFiles(t, map[string]string{
		"rules/a[1].yaml":  group,
		"rules/a1.yaml":    strings.NewReplacer("CheckoutBusy", "Other", "Watchdog", "Dog", `"checkout"`, `"cart"`).Replace(group),
		"rules/k+8$s.yaml": strings.NewReplacer("CheckoutBusy", "Third", "Watchdog", "Cat", `"checkout"`, `"web"`).Replace(indented),
		"rules/loki.yaml":  "groups:\n- name: logs\n  rules:\n  - alert: Logs\n    expr: sum(count_over_time({service=\"checkout\"} |= `x` [5m])) > 1\n",
		"-n.yaml":          "not a rule file\n",
	})
	code, found, said := l.lintWith(t, dir, binary, "--engine", "both", "--disable", "rule/duplicate", "rules")
	want := []string{
		"rules/a1.yaml:5 alert/comparison pint", "rules/a1.yaml:7 alert/comparison ours",
		"rules/a[1].yaml:5 alert/comparison pint", "rules/a[1].yaml:7 alert/comparison ours",
		"rules/k+8$s.yaml:9 alert/comparison pint", "rules/k+8$s.yaml:11 alert/comparison ours",
	}
	if diff := cmp.Diff(want, found); diff != "" || code != 1 {
		t.Errorf("exit code %d (-want +got):\n%s\n%s", code, diff, said)
	}
	code, found, said = l.lintWith(t, dir, binary, "--engine", "pint", "rules")
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "ours", "pint")
	}
	if diff := cmp.Diff(want, found); diff != "" || code != 1 {
		t.Errorf("alone: exit code %d (-want +got):\n%s\n%s", code, diff, said)
	}
}

func TestPintSaysWhatIsWrongWithItsConfiguration(t *testing.T) {
	l := newLab(t)
	binary := l.tool(t, "pint", required)
	dir := writeFiles(t, map[string]string{"rules/a.yaml": group, ".pint.hcl": "checks {\n  disabled = [\"promql/nothing\"]\n}\n"})
	code, _, said := l.lintWith(t, dir, binary, "--engine", "both", "--pint-config", ".pint.hcl", "rules")
	if code != 4 || !strings.Contains(said, "pint/unanswered") || !strings.Contains(said, `failed to load config file \".pint.hcl\`) && !strings.Contains(said, "unknown check name promql/nothing") {
		t.Errorf("exit code %d\n%s", code, said)
	}
}

// checksOf returns the names of all checks that a pint knows.
func checksOf(t *testing.T, binary string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "--log-level", "error", "config")
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var config struct{ Checks struct{ Enabled []string } }
	if err := json.Unmarshal(out, &config); err != nil {
		t.Fatal(err)
	}
	return config.Checks.Enabled
}

// A configuration that passes asks no server, whatever it enables. One that enables
// a check of a server does in spite of --offline, so it is refused.
func TestPintAsksNoServer(t *testing.T) {
	l := newLab(t)
	binary := l.tool(t, "pint", required)
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	config := func(enabled ...string) string {
		list, err := json.Marshal(enabled)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`prometheus "p" {
  uri = "%s"
  timeout = "1s"
}
rule {
  enable = %s
  cost {}
  alerts {
    range = "1d"
    step = "5m"
    resolve = "5m"
  }
  link "https?://.+" {}
}
`, server.URL, list)
	}
	rules := strings.ReplaceAll(group, "expr: vector(1)", "expr: rate(a_total[5m] offset 1h) / on() sum(b) > 0\n        annotations: {link: \""+server.URL+"/x\"}") +
		"      - alert: Gone\n        expr: absent(up)\n        labels: {job: x}\n      - record: a:b\n        expr: sum(up)\n        labels: {job: x}\n"
	var offline, online []string
	for _, check := range checksOf(t, binary) {
		if _, err := pint.ReadConfig([]byte(config(check))); err == nil {
			offline = append(offline, check)
		} else {
			online = append(online, check)
		}
	}
	if len(offline) < 15 || len(online) < 10 {
		t.Fatalf("offline %q, online %q", offline, online)
	}
	dir := writeFiles(t, map[string]string{"rules/a.yaml": rules, "offline.hcl": config(offline...), "online.hcl": config("promql/series")})
	if code, _, said := l.lintWith(t, dir, binary, "--engine", "both", "--pint-config", "offline.hcl", "rules"); asked.Load() > 0 || strings.Contains(said, "pint/unanswered") || code > 2 {
		t.Errorf("%d requests, exit code %d\n%s", asked.Load(), code, said)
	}
	code, _, said := l.lintWith(t, dir, binary, "--engine", "both", "--pint-config", "online.hcl", "rules")
	if code != 3 || asked.Load() > 0 || !strings.Contains(said, "promql/series even with --offline") {
		t.Errorf("%d requests, exit code %d\n%s", asked.Load(), code, said)
	}
	// What is refused is refused for a reason: by itself pint asks.
	cmd := exec.CommandContext(t.Context(), binary, "--offline", "--config", "online.hcl", "lint", "rules")
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	if asked.Load() == 0 {
		t.Errorf("pint --offline asked nobody: a newer one keeps its word, and nothing need be refused\n%s", out)
	}
}

// Checks of a newer pint that we know nothing about would be told as pint/other.
func TestEveryCheckOfPintIsKnown(t *testing.T) {
	l := newLab(t)
	// What it finds is told as pint/other: we do not know which flags a server has.
	const without = "promql/features"
	for _, check := range checksOf(t, l.tool(t, "pint", required)) {
		if len(pint.Ours(check)) == 0 && check != without {
			t.Errorf("pint has a check %s, and no rule of ours stands for it: see pkg/lint/suppress/foreign.txt", check)
		}
	}
}
