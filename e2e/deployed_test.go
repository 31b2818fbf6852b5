//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/e2e/neighbour"
	"github.com/nthlayer/action/pkg/tech"
)

// TestDeployedRules makes sure that the rules which a real Prometheus has loaded from
// the generated files are those that are generated, and that a change is seen.
func TestDeployedRules(t *testing.T) {
	l := newLab(t)
	binary := l.tool(t, "prometheus", required)
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeService(t, dir, "shop-api", "format: text", catalog)
	file := filepath.Join(dir, "services", "shop-api.yaml")
	service, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func(slo string) {
		t.Helper()
		text := string(service) + "  - {kind: SLO, name: availability, spec: {objective: " + slo + ", window: 30d}}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	nthlayer := func(args ...string) (string, int) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), filepath.Join(l.root, "bin", "nthlayer"), args...)
		cmd.Dir, cmd.Env = dir, []string{"HOME=" + t.TempDir()}
		out, _ := cmd.CombinedOutput() // the exit code says it
		return string(out), cmd.ProcessState.ExitCode()
	}
	write("99.9")
	if out, code := nthlayer("apply"); code != 0 {
		t.Fatalf("apply ended with %d:\n%s", code, out)
	}
	rules := filepath.Join(dir, "generated", "shop-api")
	server, err := neighbour.Prometheus(t.Context(), binary, t.TempDir(),
		"rule_files: ["+rules+"/alerts.yaml, "+rules+"/burn-rate-alerts.yaml, "+rules+"/recording-rules.yaml]\n")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	if out, code := nthlayer("plan", "--deployed", "--prometheus-url", server.URL, "--only", "alerts,recording-rules,burn-rate-alerts"); code != 0 || strings.Contains(out, "push/deployed") {
		t.Errorf("what is loaded is not what is generated, exit code %d:\n%s", code, out)
	}
	write("99.5")
	if out, code := nthlayer("plan", "--deployed", "--prometheus-url", server.URL, "--only", "alerts,recording-rules,burn-rate-alerts"); code != 1 || !strings.Contains(out, "is loaded otherwise: the expression of SLOErrorBudgetBurnFast is another one") {
		t.Errorf("a change is not seen, exit code %d:\n%s", code, out)
	}
}

// TestWhatSomebodyChangedOnTheServer makes sure that every way in which a real
// Prometheus may run something else is told, at the group that it is about, and that
// rules of others are nobody's business.
func TestWhatSomebodyChangedOnTheServer(t *testing.T) {
	l := newLab(t)
	binary := l.tool(t, "prometheus", required)
	dir := t.TempDir()
	const service = `service: {name: shop, team: payments, tier: critical, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d}}
`
	if err := os.WriteFile(filepath.Join(dir, "service.yaml"), []byte(service), 0o600); err != nil {
		t.Fatal(err)
	}
	nthlayer := func(args ...string) (string, int) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), filepath.Join(l.root, "bin", "nthlayer"), append(args, "service.yaml")...)
		cmd.Dir, cmd.Env = dir, []string{"HOME=" + t.TempDir()}
		out, _ := cmd.CombinedOutput() // the exit code says it
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := nthlayer("apply"); code != 0 {
		t.Fatalf("apply ended with %d:\n%s", code, out)
	}
	var rules string
	for _, name := range []string{"alerts.yaml", "burn-rate-alerts.yaml", "recording-rules.yaml"} {
		data, err := os.ReadFile(filepath.Join(dir, "generated", "shop", name))
		if err != nil {
			t.Fatal(err)
		}
		_, groups, _ := strings.Cut(string(data), "groups:\n")
		rules += groups
	}
	rules = "groups:\n" + rules
	const down, theirs = "      - alert: ServiceTargetDown\n", "      - {alert: Theirs, expr: 'up == 0', labels: {managed_by: nthlayer, service: shop}}\n"
	tests := []struct{ name, old, changed, want string }{
		{"as generated", "", "", ""},
		{"an expression", "> 0.05 and", "> 0.5 and", "the group shop-http is loaded otherwise: the expression of ServiceErrorRatioHigh is another one"},
		{"how long it waits", "        for: 5m\n", "        for: 55m\n", "the group shop-http is loaded otherwise: ServiceErrorRatioHigh waits 55m, not 5m"},
		{"a label", "severity: critical", "severity: info", "the group shop-http is loaded otherwise: the labels of ServiceErrorRatioHigh are others"},
		{"one more rule", down, theirs + down, "the group shop-http is loaded otherwise: it has Theirs, which is not generated"},
		{"one rule less", down, "  - name: shop-others\n    rules:\n" + down, "the group shop-http is loaded otherwise: it lacks ServiceTargetDown"},
		{"a group that is gone", "name: nthlayer-burnrate-shop", "name: old", "the group nthlayer-burnrate-shop is not loaded"},
		{"a group that is left", "name: nthlayer-burnrate-shop", "name: old", "the group old is loaded and is not generated any more"},
		{"recording rules that are left", "name: nthlayer-health-shop", "name: nthlayer-old", "the group nthlayer-old is loaded and is not generated any more"},
		{"rules of others", "groups:\n", "groups:\n  - {name: theirs, rules: [{alert: Theirs, expr: 'up == 0', labels: {service: shop}}]}\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			loaded := filepath.Join(t.TempDir(), "rules.yaml")
			if err := os.WriteFile(loaded, []byte(strings.Replace(rules, test.old, test.changed, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			server, err := neighbour.Prometheus(t.Context(), binary, t.TempDir(), "rule_files: ["+loaded+"]\n")
			if err != nil {
				t.Fatal(err)
			}
			defer server.Stop()
			out, code := nthlayer("plan", "--deployed", "--prometheus-url", server.URL)
			if want := min(len(test.want), 1); code != want || !strings.Contains(out, test.want) || strings.Contains(out, "push/deployed") != (want == 1) {
				t.Errorf("exit code %d:\n%s", code, out)
			}
		})
	}
}
