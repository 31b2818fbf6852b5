package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// generatedBy returns what apply writes for service files, with the files themselves.
func generatedBy(t *testing.T, files map[string]string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, files)
	t.Chdir(dir)
	var out bytes.Buffer
	code := run(t.Context(), process{
		args: []string{"apply", "--fail-on", "error"}, stdout: &out, stderr: &out, getenv: func(string) string { return "" },
		readFile: os.ReadFile, now: time.Now,
	})
	if code != 0 {
		t.Fatalf("apply ended with %d:\n%s", code, &out)
	}
	all := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all[filepath.ToSlash(path)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestStaleArtefactsAreAnnotatedOnTheChangedLine is a pull request that changes an
// objective and commits nothing else.
func TestStaleArtefactsAreAnnotatedOnTheChangedLine(t *testing.T) {
	base := generatedBy(t, map[string]string{
		"services/api.yaml": apiService, "services/web.yaml": strings.NewReplacer("name: api", "name: web", `"api"`, `"web"`).Replace(apiService),
	})
	change := map[string]string{"services/api.yaml": replaced("99.9", "99.95")}
	for _, more := range [][]string{nil, {"INPUT_CHANGED-ONLY", "true"}} {
		p := newPull(t, base, change, nil)
		r := p.run(false, append([]string{"INPUT_STAGES", "lint", "INPUT_CHECK-GENERATED", "true", "INPUT_ENVIRONMENT", ""}, more...)...)
		stale := 0
		for _, f := range r.rep.Findings {
			if f.Rule != "generate/stale" {
				continue
			}
			stale++
			if f.File != "services/api.yaml" || f.Line != 7 || f.Column != 5 || !strings.Contains(f.Message, "generated/api/") {
				t.Errorf("%s: %s", f.Position(), f.Message)
			}
		}
		if r.code != 2 || stale == 0 || !strings.Contains(r.stdout, "::error file=services/api.yaml,line=7") || !strings.Contains(r.stdout, "generate/stale") {
			t.Errorf("exit code %d, %d findings\n%s", r.code, stale, r.stdout)
		}
	}
}

// TestChangedArtefactsAloneAreChecked is a pull request that changes a generated file
// and no service file.
func TestChangedArtefactsAloneAreChecked(t *testing.T) {
	base := generatedBy(t, map[string]string{"services/api.yaml": apiService})
	const file = "generated/api/burn-rate-alerts.yaml"
	p := newPull(t, base, map[string]string{file: base[file] + "# by hand\n"}, nil)
	r := p.run(false, "INPUT_STAGES", "lint", "INPUT_CHECK-GENERATED", "true", "INPUT_ENVIRONMENT", "", "INPUT_CHANGED-ONLY", "true")
	if r.code != 2 || !strings.Contains(r.stdout, file+" was changed by hand") {
		t.Errorf("exit code %d\n%s", r.code, r.stdout)
	}
}
