package pipeline

import (
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// TestRulesOfAChangeReadWhatItLeavesAlone covers an alert of a change that asks for a
// label which a recording rule in another file does not keep.
func TestRulesOfAChangeReadWhatItLeavesAlone(t *testing.T) {
	ws := spectest.Open(t, filetest.Unpack(t, `
-- rules/alerts.yaml --
groups:
  - name: a
    rules:
      - alert: Slow
        expr: job:latency:max{instance="a"} > 1
        for: 5m
-- rules/records.yaml --
groups:
  - name: b
    rules:
      - record: job:latency:max
        expr: max by (job) (latency_seconds)
      - alert: Slower
        expr: job:latency:max{instance="b"} > 1
        for: 5m
`))
	files, problems := ws.Find(t.Context(), []string{"rules"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for changed, want := range map[string]int{"rules/alerts.yaml": 1, "rules/records.yaml": 1, "": 0} {
		rep := Run(t.Context(), Options{Stages: []Stage{Lint}, Workspace: ws, Files: files, Changed: func(path string) bool { return path == changed }, At: at()})
		got := 0
		for _, f := range rep.Findings {
			if f.Rule == "rule/recorded-label" && f.File == changed {
				got++
			}
		}
		if got != want || len(rep.Findings) != want {
			t.Errorf("a change of %q: %v, want %d findings", changed, rep.Findings, want)
		}
	}
}
