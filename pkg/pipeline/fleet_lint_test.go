package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// TestFleetLints makes sure that what we generate has nothing to say about: dashboards
// and rules for Loki.
func TestFleetLints(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	Run(t.Context(), fleetRun(t, dir, ""))
	ws := spectest.Open(t, dir)
	logs, problems := ws.Find(t.Context(), []string{"**/loki-alerts.yaml"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	rep := Run(t.Context(), Options{Stages: []Stage{Lint}, Workspace: ws, Files: logs, Beside: ws.FindBeside(t.Context(), []string{"."}), At: at()})
	for _, f := range rep.Findings {
		t.Errorf("%s: %s (%s)", f.Position(), f.Message, f.Rule)
	}
	if rep.Summary.Dashboards < 30 || rep.Summary.RuleFiles < 20 {
		t.Errorf("only %d dashboards and %d files for Loki were looked at", rep.Summary.Dashboards, rep.Summary.RuleFiles)
	}
	// The same dashboards are not sound when something in them is broken.
	first := ws.FindBeside(t.Context(), []string{"."})
	i := slices.IndexFunc(first, func(f spec.Found) bool { return strings.HasSuffix(f.Path, "dashboard.json") })
	name := filepath.Join(dir, first[i].Path)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(data), `"expr": "`, `"expr": "(`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	rep = Run(t.Context(), Options{Stages: []Stage{Lint}, Workspace: ws, Files: first[i : i+1], At: at()})
	var rules []string
	for _, f := range rep.Findings {
		rules = append(rules, f.Rule)
	}
	if rep.Verdict != report.Fail || !slices.Equal(rules, []string{"generate/edited", "dashboard/target-promql"}) {
		t.Errorf("%s: %v", rep.Verdict, rep.Findings)
	}
}
