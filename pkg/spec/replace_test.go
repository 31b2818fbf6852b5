package spec_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

func TestReplaceKeepsModesAndLinks(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	filetest.Write(t, outside, "a.yaml", []byte("outside"))
	filetest.Write(t, dir, "rules/a.yaml", []byte("old"))
	filetest.Write(t, dir, ".git/config", []byte("old"))
	filetest.Write(t, dir, "rules/a.yaml.nthlayer-tmp", []byte("of a run that died"))
	for name, to := range map[string]string{"inside.yaml": "rules/a.yaml", "outside.yaml": filepath.Join(outside, "a.yaml"), "git.yaml": ".git/config"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "rules", "a.yaml"), 0o640); err != nil {
		t.Fatal(err)
	}
	ws := spectest.Open(t, dir)
	for _, name := range []string{"outside.yaml", "git.yaml", "../a.yaml", "missing.yaml"} {
		if err := ws.Replace(name, []byte("outside"), []byte("new")); err == nil {
			t.Errorf("%s was replaced", name)
		}
	}
	if err := ws.Replace("rules/a.yaml", []byte("other"), []byte("new")); err == nil {
		t.Error("a file that changed meanwhile was replaced")
	}
	if err := ws.Replace("inside.yaml", []byte("old"), []byte("new")); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "rules", "a.yaml"): "new", filepath.Join(outside, "a.yaml"): "outside", filepath.Join(dir, ".git", "config"): "old",
	} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", path, got, err)
		}
	}
	info, err := os.Lstat(filepath.Join(dir, "inside.yaml"))
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if info, err = os.Stat(filepath.Join(dir, "rules", "a.yaml")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "rules", "*")); len(left) != 1 {
		t.Errorf("files were left behind: %v", left)
	}
}
