//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// failure is a line of promtool about one expectation that does not hold.
var failure = regexp.MustCompile(`(?m)^ +(expr|alertname|rule): `)

// promtool runs a file of unit tests and returns how many expectations fail.
func promtool(t *testing.T, binary, dir, file string) (failed int, out string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "test", "rules", file)
	cmd.Dir = dir
	data, err := cmd.CombinedOutput()
	failed = len(failure.FindAllIndex(data, -1))
	if (err != nil) != strings.Contains(string(data), "FAILED") {
		t.Fatalf("promtool: %v\n%s", err, data)
	}
	if err != nil {
		failed = max(failed, 1)
	}
	return failed, string(data)
}

// nthlayerTest runs the same file with the program.
func (l *lab) nthlayerTest(t *testing.T, dir, file string) (failed int, out string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(l.root, "bin", "nthlayer"), "test", "--format", "json", file)
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	data, err := cmd.Output()
	var rep struct {
		ExitCode int `json:"exit_code"`
		Summary  struct {
			Errors, Tests int
		}
	}
	if jsonErr := json.Unmarshal(data, &rep); jsonErr != nil {
		t.Fatalf("nthlayer test: %v, %v\n%s", err, jsonErr, data)
	}
	if (err != nil) != (rep.ExitCode != 0) {
		t.Errorf("exit code %d, and %v", rep.ExitCode, err)
	}
	return rep.Summary.Errors, string(data)
}

// TestPromtoolSaysTheSame runs unit tests with both, those that are generated and
// those by hand: as many expectations must fail.
func TestPromtoolSaysTheSame(t *testing.T) {
	l := newLab(t)
	binary := l.tool(t, "promtool", required)
	t.Run("by hand", func(t *testing.T) {
		dir := filepath.Join(l.root, "pkg/source/ruler/promtool/testdata")
		for _, file := range []string{"good.yaml", "bad.yaml", "error.yaml", "fuzzy.yaml"} {
			want, theirs := promtool(t, binary, dir, file)
			got, ours := l.nthlayerTest(t, dir, file)
			if got != want || (file == "good.yaml" || file == "fuzzy.yaml") != (want == 0) {
				t.Errorf("%s: %d expectations fail, with promtool %d\n%s\n%s", file, got, want, ours, theirs)
			}
		}
	})
	t.Run("generated", func(t *testing.T) {
		dir := t.TempDir()
		l.apply(t, dir, l.forms(t))
		files, err := filepath.Glob(filepath.Join(dir, "generated", "*", "rule-tests*.yaml"))
		if err != nil || len(files) < 40 {
			t.Fatalf("%d files of tests, %v", len(files), err)
		}
		for i, file := range files {
			if failed, out := promtool(t, binary, filepath.Dir(file), filepath.Base(file)); failed > 0 {
				t.Errorf("%s: %d expectations fail\n%s", file, failed, out)
			}
			if failed, out := l.nthlayerTest(t, filepath.Dir(file), filepath.Base(file)); failed > 0 {
				t.Errorf("%s: %d expectations fail\n%s", file, failed, out)
			}
			if i%16 == 1 { // both files of a service were run, and a few services are enough
				l.sameWhenBroken(t, binary, filepath.Dir(file))
			}
		}
	})
}

// sameWhenBroken compares both on rules that somebody changed.
func (l *lab) sameWhenBroken(t *testing.T, binary, dir string) {
	t.Helper()
	rules := filepath.Join(dir, "burn-rate-alerts.yaml")
	data, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer("> (", "> 1.2 * (", "for: 15m", "for: 1h", "absent(", "count(").Replace(string(data))
	if err := os.WriteFile(rules, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"rule-tests.yaml", "rule-tests-days.yaml"} {
		want, theirs := promtool(t, binary, dir, file)
		got, ours := l.nthlayerTest(t, dir, file)
		if got != want || want == 0 {
			t.Errorf("%s: %d expectations of %s fail of changed rules, with promtool %d\n%s\n%s", dir, got, file, want, ours, theirs)
		}
	}
}

// forms returns a service for each kind of SLO, and a few more for objectives and
// windows.
func (l *lab) forms(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(l.root, "pkg/generate/ruletests/testdata/forms.txt"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	add := func(slo string) {
		name := fmt.Sprintf("s%d", len(out))
		out[name] = fmt.Sprintf("service: {name: %s, team: t, tier: critical, type: api}\nresources:\n  - {kind: SLO, name: main, spec: %s}\n", name, slo)
	}
	for _, paragraph := range strings.Split(strings.TrimSpace(string(data)), "\n\n")[1:] {
		add(strings.Split(paragraph, "\n")[1])
	}
	for _, both := range []string{"50, window: 7d", "99.99, window: 90d", "79.52, window: 30d", "99, window: 1h", "99.9, window: calendar-month"} {
		add(`{objective: ` + both + `, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}`)
	}
	return out
}

func (l *lab) apply(t *testing.T, dir string, services map[string]string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, "services"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range services {
		if err := os.WriteFile(filepath.Join(dir, "services", name+".yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(l.root, "bin", "nthlayer"), "apply", "--fail-on", "error", "--only", "recording-rules,burn-rate-alerts,rule-tests", "services")
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("apply: %v\n%s", err, out)
	}
}
