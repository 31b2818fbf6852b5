package spec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A pull request can name git's own files or link to them. They hold the token of
// the job, which the excerpt of a finding would print.
func TestFilesOfGitAreNotRead(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		".git/config": "foo: [ token\n", "lib/.git/config": "foo: [ token\n",
		"services/a.yaml": "name: a\ntier: low\nteam: t\ntemplate: stolen\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	links := map[string]string{
		"services/x.yaml": "../.git/config", "services/environments/a-prod.yaml": "../../.git/config",
		".nthlayer/templates/stolen.yaml": "../../.git/config", "services/lib.yaml": "../lib/.git/config", "g": ".git",
	}
	for name, target := range links {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
	}
	ws, err := OpenWorkspace(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	for _, name := range []string{".git/config", "g/config", "lib/.git/config", "services/x.yaml", "services/lib.yaml"} {
		if data, err := ws.Read(name, 100); !errors.Is(err, errGit) {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	for _, args := range [][]string{nil, {"services"}, {".git/config"}, {"g/config"}, {"services/x.yaml"}} {
		files, problems := ws.Find(t.Context(), args)
		loaded := Load(t.Context(), ws, files, Options{Environment: "prod"})
		told := false
		for _, f := range append(append(problems, loaded.Unreadable...), loaded.Findings...) {
			told = told || strings.Contains(f.Message, errGit.Error())
			if strings.Contains(f.Message, "token") || f.Line > 0 && ofGit(f.File) {
				t.Errorf("%v: %s: %s", args, f.Position(), f.Message)
			}
		}
		if !told {
			t.Errorf("%v: nothing says that files of git are not read: %v", args, loaded.Unreadable)
		}
	}
}
