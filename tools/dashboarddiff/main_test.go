package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/lint"
)

const board = `{"title": "It's", "editable": false, "schemaVersion": 39, "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]},
"panels": [{"type": "row", "title": "Row", "panels": [
{"id": 4, "type": "stat", "title": "", "description": "d", "datasource": {"uid": "$datasource"}, "fieldConfig": {"defaults": {"unit": "s"}}, "targets": [{"expr": "up"}, {"expr": "up{"}]},
{"id": 5, "type": "stat", "title": "A's", "description": "d", "datasource": {"uid": "$datasource"}, "targets": [{"expr": "up"}]}]}]}`

// program writes a stand-in for dashboard-linter, and returns its name.
func program(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "linter")
	script := "#!/bin/sh\nif [ \"$1\" = rules ]; then\n" +
		"printf '* `target-promql-rule` - Valid PromQL.\\n* `panel-units-rule` - Units.\\n* `template-job-rule` - A job.\\n'\nexit\nfi\ncat > /dev/null\ncat <<'EOF'\n" +
		"A job.\n[\x1b[31m❌\x1b[0m] Dashboard 'It's' is missing the job template\n" +
		"Units.\n[❌] Dashboard 'It's', panel 'A's' has no or invalid units defined: ''\n" +
		"Valid PromQL.\n[❌] Dashboard 'It's', panel with id '4', target idx '1' invalid PromQL query 'up{\n': 1:4: parse error\nEOF\n"
	if err := os.WriteFile(name, []byte(script), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	return name
}

func TestFindingsArePairedByRulePanelAndQuery(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{"a.json": board, "package.json": `{"title": "no dashboard"}`} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"NTHLAYER_DASHBOARDS": root, "NTHLAYER_DASHBOARD_LINTER": program(t)}
	var out bytes.Buffer
	if err := run(context.Background(), &out, func(name string) string { return env[name] }, nil); err != nil {
		t.Fatal(err)
	}
	const want = `1 dashboards

both: 2
      1  panel-units
      1  target-promql

only dashboard-linter: 1
      1  template-job: is missing the job template

only ours: 1
      1  panel-title-description
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMessagesAreReadBackIntoPanelAndQuery(t *testing.T) {
	l, err := newLinter(context.Background(), program(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.lint(context.Background(), lint.File{Name: "a.json", Data: []byte(board)})
	if err != nil {
		t.Fatal(err)
	}
	want := []finding{
		{"a.json", "template-job", "", -1, "is missing the job template"},
		{"a.json", "panel-units", "A's", -1, "has no or invalid units defined: ''"},
		{"a.json", "target-promql", "#4", 1, "invalid PromQL query 'up{\n': 1:4: parse error"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(finding{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestItSaysWhatItNeeds(t *testing.T) {
	err := run(context.Background(), &bytes.Buffer{}, func(string) string { return "" }, nil)
	if err == nil || err.Error() != "set NTHLAYER_DASHBOARDS to a folder with dashboards, and NTHLAYER_DASHBOARD_LINTER to the program dashboard-linter" {
		t.Errorf("got %v", err)
	}
}
