//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSlothTakesWhatIsWrittenForIt shows generated specifications to sloth itself,
// and what it makes of them to promtool.
func TestSlothTakesWhatIsWrittenForIt(t *testing.T) {
	l := newLab(t)
	sloth, promtool := l.tool(t, "sloth", required), l.tool(t, "promtool", required)
	run := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	dir := t.TempDir()
	service := filepath.Join(dir, "service.yaml")
	if err := os.WriteFile(service, []byte(slothService), 0o600); err != nil {
		t.Fatal(err)
	}
	generate := exec.CommandContext(t.Context(), filepath.Join(l.root, "bin", "nthlayer"), "generate", "slo", "--format", "sloth", "--fail-on", "none", "-o", "sloth.yaml", "service.yaml")
	generate.Dir = dir
	if out, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rules := filepath.Join(dir, "rules.yaml")
	run(sloth, "validate", "-i", filepath.Join(dir, "sloth.yaml"))
	run(sloth, "generate", "-i", filepath.Join(dir, "sloth.yaml"), "-o", rules)
	if out := run(promtool, "check", "rules", rules); !strings.Contains(out, "SUCCESS") {
		t.Error(out)
	}
	data, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`path="{{ odd }}"`, "sloth_slo: freshness", "sloth_severity: ticket"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in what sloth made:\n%s", want, data)
		}
	}
	if strings.Contains(string(data), "sloth_severity: page") {
		t.Error("sloth pages for a service of tier low")
	}
}

const slothService = `service: {name: pay, team: money, tier: low, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: odd, spec: {objective: 99.9, window: 30d, error_query: 'sum(rate(req_total{path="{{ odd }}"}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: latency, spec: {objective: 99.5, window: 30d, threshold_ms: 300, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(lat_seconds_bucket[5m])))'}}
  - {kind: SLO, name: native, spec: {objective: 99.5, window: 30d, threshold_ms: 300, latency_query: 'histogram_quantile(0.99, sum(rate(lat_seconds[5m])))'}}
  - {kind: SLO, name: freshness, spec: {objective: 99.25, window: 30d, indicator: {type: custom, metric: 'max(lag_seconds)', threshold: 10}}}
  - {kind: SLO, name: opaque, spec: {objective: 99.5, window: 30d, query: 'avg(probe_success)'}}
`
