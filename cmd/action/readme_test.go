package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/entrypoint"
)

// inDemo runs a command in a copy of the demo's folder, as make demo does, and
// returns its exit code and output.
func inDemo(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/demo")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	var out, errs strings.Builder
	code = run(context.Background(), process{
		args: args, stdout: &out, stderr: &errs, getenv: func(string) string { return "" }, readFile: os.ReadFile,
		now: func() time.Time { return time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC) },
	})
	return code, out.String(), errs.String()
}

// TestReadmeShowsWhatTheDemoPrints compares the README's block with a run. A line
// of three dots stands for lines that are left out.
func TestReadmeShowsWhatTheDemoPrints(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)<!-- demo -->\n```text\n(.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("the README has no demo block")
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	const flags = "--prometheus-url file:metrics.yaml --report-file out/report.json --comment-file out/comment.md"
	if !strings.Contains(string(makefile), "ci "+flags) {
		t.Fatalf("make demo does not run ci %s", flags)
	}
	code, got, _ := inDemo(t, append([]string{"ci"}, strings.Fields(flags)...)...)
	if code != entrypoint.ExitFail {
		t.Errorf("exit code %d, want %d", code, entrypoint.ExitFail)
	}
	rest := got
	for _, part := range strings.Split(strings.TrimSuffix(string(block[1]), "\n"), "\n...\n") {
		_, after, ok := strings.Cut(rest, part+"\n")
		if !ok {
			t.Errorf("the demo does not print, in this order:\n%s\nbut:\n%s", part, got)
			continue
		}
		rest = after
	}
	for _, name := range []string{"out/report.json", "out/comment.md"} {
		if info, err := os.Stat(name); err != nil || info.Size() == 0 {
			t.Errorf("%s was not written: %v", name, err)
		}
	}
}

// TestReadmeServiceFilesAreValid validates the service files of the README.
func TestReadmeServiceFilesAreValid(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)<!-- service file -->\n```yaml\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d service files in the README, want 2", len(blocks))
	}
	for _, b := range blocks {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "checkout.yaml"), b[1], 0o600); err != nil {
			t.Fatal(err)
		}
		t.Chdir(dir)
		var out strings.Builder
		code := run(context.Background(), process{
			args: []string{"validate", "checkout.yaml"}, stdout: &out, stderr: &out, getenv: func(string) string { return "" }, now: time.Now,
		})
		if code != entrypoint.ExitPass {
			t.Errorf("exit code %d for\n%s\n%s", code, b[1], out.String())
		}
	}
}
