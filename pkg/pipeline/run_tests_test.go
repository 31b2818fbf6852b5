package pipeline

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// TestUnitTestsAreFoundWhateverEndsTheirLines looks into a folder, where what is no
// file of tests by its text is passed over.
func TestUnitTestsAreFoundWhateverEndsTheirLines(t *testing.T) {
	const rules = "groups:\n- name: a\n  rules:\n  - alert: Down\n    expr: up == 0\n"
	const tests = "# why\nrule_files: [rules.yaml]\ntests:\n- interval: 1m\n  input_series:\n  - {series: up, values: '0'}\n  alert_rule_test:\n  - {eval_time: 0, alertname: Down, exp_alerts: [{}]}\n"
	for _, end := range []string{"\n", "\r\n", "\r"} {
		dir := t.TempDir()
		filetest.Write(t, dir, "rules.yaml", []byte(strings.ReplaceAll(rules, "\n", end)))
		filetest.Write(t, dir, "tests.yaml", []byte(strings.ReplaceAll(tests, "\n", end)))
		rep := RunTests(t.Context(), Options{Workspace: spectest.Open(t, dir), Files: []spec.Found{{Path: "rules.yaml"}, {Path: "tests.yaml"}}})
		if len(rep.Tests) != 1 || rep.Verdict != report.Pass || rep.Tests[0].Line != 4 {
			t.Errorf("lines end with %q: %+v, %v", end, rep.Tests, rep.Findings)
		}
	}
}
