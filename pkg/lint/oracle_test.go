package lint

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
)

// refusedByPrometheus returns why Prometheus's own loader refuses a rule file.
func refusedByPrometheus(data []byte) (errs []error) {
	logger := slog.New(slog.NewTextHandler(io.Discard, nil))
	_, errs = rulefmt.Parse(data, false, model.UTF8Validation, parser.NewParser(parser.Options{}), logger)
	return errs
}

// refusedByUs returns what says that a file cannot be loaded. One for Loki is told
// from those for Prometheus without a finding.
func refusedByUs(name string, data []byte) (found []report.Finding) {
	if _, l := (Files{{Name: name, Data: data}}).Lint(context.Background(), Options{}); len(l.forLoki) > 0 {
		return []report.Finding{{Rule: "rule/logql"}}
	}
	for _, f := range RuleFiles(context.Background(), []File{{Name: name, Data: data}}, Options{}) {
		if f.Severity == report.Error && f.Rule != "promql/quantile-without-le" && f.Rule != "promql/argument" && f.Rule != "promql/too-long" || f.Rule == "rule/structure" || f.Rule == "promql/experimental" {
			found = append(found, f)
		}
	}
	return found
}

func TestRuleFilesAreRefusedWhenPrometheusRefusesThem(t *testing.T) {
	var files []string
	err := filepath.WalkDir("testdata", func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".yaml") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(data, []byte("groups:")) {
			continue
		}
		compared++
		theirs, found := refusedByPrometheus(data), refusedByUs(path, data)
		if (len(theirs) > 0) != (len(found) > 0) {
			t.Errorf("%s: Prometheus says %v, we say %v", path, theirs, found)
		}
	}
	if compared < 20 {
		t.Errorf("only %d files were compared", compared)
	}
}

func TestForeignRulesAreRefusedWhenPrometheusRefusesThem(t *testing.T) {
	for _, f := range corpus(t) {
		theirs, found := refusedByPrometheus(f.Data), refusedByUs(f.Name, f.Data)
		if (len(theirs) > 0) != (len(found) > 0) {
			t.Errorf("%s: Prometheus says %v, we say %v", f.Name, theirs, found)
		}
	}
}

// TestEachMistakeIsRefusedAlone breaks one thing at a time in a file that
// Prometheus loads, so that no mistake hides another.
func TestEachMistakeIsRefusedAlone(t *testing.T) {
	const sound = `groups:
  - name: a
    interval: 1m
    limit: 5
    labels: {cluster: x}
    rules:
      - alert: Down
        expr: up == 0
        for: 5m
        labels: {severity: page}
        annotations: {summary: "{{ $labels.job }}"}
      - record: job:up:sum
        expr: sum by (job) (up)
  - name: b
    rules: []
`
	if errs := refusedByPrometheus([]byte(sound)); len(errs) > 0 {
		t.Fatalf("the sound file is refused: %v", errs)
	}
	if found := refusedByUs("sound.yaml", []byte(sound)); len(found) > 0 {
		t.Fatalf("the sound file is refused by us: %v", found)
	}
	for _, c := range []struct{ old, broken, rule string }{
		{"groups:", "group:", "rule/structure"},
		{"name: a", "nam: a", "rule/structure"},
		{"name: a", "name: b", "group/duplicate"},
		{"interval: 1m", "interval: 1 m", "rule/duration"},
		{"limit: 5", "limit: five", "rule/structure"},
		{"cluster: x", "__name__: x", "rule/label-name"},
		{"cluster: x", "cluster: [x]", "rule/structure"},
		{"alert: Down", "alert: ''", "rule/structure"},
		{"expr: up == 0", "expr: up ==", "promql/syntax"},
		{"expr: up == 0", "expr: {up: 0}", "rule/structure"},
		{"expr: up == 0\n", "\n", "rule/structure"},
		{"for: 5m", "for: -5m", "rule/duration"},
		{"for: 5m", "fro: 5m", "rule/structure"},
		{"severity: page", `"": page`, "rule/label-name"},
		{"$labels.job", "$lables.job", "alert/template"},
		{"$labels.job", "humanize", ""},
		{"record: job:up:sum", "record: job:up:sum{}", "rule/name"},
		{"record: job:up:sum", "record: job:up:sum\n        for: 1m", "rule/structure"},
		{"record: job:up:sum", "record: job:up:sum\n        annotations: {a: b}", "rule/structure"},
		{"record: job:up:sum", "record: job:up:sum\n        alert: Up", "rule/structure"},
		{"rules: []", "rules: {}", "rule/structure"},
		{"rules: []", "rules: []\n    rules: []", "yaml/duplicate-key"},
		{"rules: []", "rules: [", "yaml/syntax"},
	} {
		data := []byte(strings.Replace(sound, c.old, c.broken, 1))
		theirs, found := refusedByPrometheus(data), refusedByUs("broken.yaml", data)
		if (len(theirs) > 0) != (c.rule != "") {
			t.Errorf("%q: the example is wrong, Prometheus says %v", c.broken, theirs)
		}
		got := slices.ContainsFunc(found, func(f report.Finding) bool { return f.Rule == c.rule })
		if got != (c.rule != "") || c.rule == "" && len(found) > 0 {
			t.Errorf("%q: want %q, got %v", c.broken, c.rule, found)
		}
	}
}
