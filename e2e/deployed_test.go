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
