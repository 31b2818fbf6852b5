package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// TestRuleFilesOfThePageAreRead loads the configurations that the page shows with
// Prometheus's own reader, and makes sure that each finds the rules of its layout and
// nothing else.
func TestRuleFilesOfThePageAreRead(t *testing.T) {
	page, err := os.ReadFile("../../docs/generate.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, m := range regexp.MustCompile("(?ms)^```yaml\n# ([\\w./-]+\\.ya?ml)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		shown[m[1]] = m[2]
	}
	for name, layout := range map[string]string{"prometheus.yml": "service", "prometheus-by-type.yml": "type"} {
		t.Run(layout, func(t *testing.T) {
			cfg, err := config.Load(shown[name], nil)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			put(t, dir, map[string]string{"services/checkout.yaml": shown["services/checkout.yaml"]})
			t.Chdir(dir)
			var out bytes.Buffer
			p := process{args: []string{"apply", "--layout", layout}, stdout: &out, stderr: &out, getenv: func(string) string { return "" }, readFile: os.ReadFile, now: time.Now}
			if code := run(t.Context(), p); code != 0 {
				t.Fatalf("apply ended with %d:\n%s", code, &out)
			}
			if diff := cmp.Diff(ruleFiles(t), matched(t, cfg.RuleFiles)); diff != "" {
				t.Errorf("rules that are there, and those that are found: -want +got:\n%s", diff)
			}
		})
	}
}

// matched are the files that patterns find, all of which are rules.
func matched(t *testing.T, patterns []string) []string {
	var out []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			if _, errs := rulefmt.ParseFile(name, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler)); len(errs) > 0 {
				t.Errorf("%s: %v", name, errs)
			}
			out = append(out, filepath.ToSlash(name))
		}
	}
	slices.Sort(out)
	return out
}

// ruleFiles are the files with Prometheus rules that were generated.
func ruleFiles(t *testing.T) []string {
	var out []string
	err := filepath.WalkDir("generated", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".yaml" || strings.Contains(name, "loki") {
			return err
		}
		data, err := os.ReadFile(name)
		if bytes.Contains(data, []byte("\ngroups:\n")) {
			out = append(out, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatal(out, err)
	}
	slices.Sort(out)
	return out
}
