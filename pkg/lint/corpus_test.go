package lint

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

// corpus reads the foreign rules that NTHLAYER_CORPUS points at.
func corpus(tb testing.TB) []File {
	tb.Helper()
	root := os.Getenv("NTHLAYER_CORPUS")
	if root == "" {
		tb.Skip("skipped: set NTHLAYER_CORPUS to a folder with awesome-prometheus-alerts to lint foreign rules")
	}
	var files []File
	err := filepath.WalkDir(filepath.Join(root, "awesome-prometheus-alerts"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") {
			return err
		}
		data, err := os.ReadFile(path)
		files = append(files, File{Name: strings.TrimPrefix(path, root+"/"), Data: data})
		return err
	})
	if err != nil || len(files) == 0 {
		tb.Fatalf("read the corpus: %d files, %v", len(files), err)
	}
	return files
}

func TestForeignRulesGetPositionsInsideTheirFiles(t *testing.T) {
	files := corpus(t)
	lines := map[string]int{}
	for _, f := range files {
		lines[f.Name] = strings.Count(string(f.Data), "\n") + 1
	}
	counts := map[string]int{}
	for _, f := range RuleFiles(context.Background(), files, Options{}) {
		counts[f.Rule+" "+string(f.Severity)]++
		if f.Line < 1 || f.Line > lines[f.File] || f.Column < 1 || f.Snippet == "" || f.Suggestion == "" {
			t.Errorf("%s: %s: incomplete: %+v", f.Position(), f.Rule, f)
		}
		if f.Severity != report.Info || testing.Verbose() {
			t.Logf("%s: %s: %s: %s [%s]\n%s", f.Position(), f.Severity, f.Rule, f.Message, f.Suggestion, f.Snippet)
		}
	}
	t.Logf("%d files: %v", len(files), counts)
}
