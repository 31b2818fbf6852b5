package spec_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

func TestWriteStaysInTheWorkspaceAndOutOfGit(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	filetest.Write(t, outside, "a.json", []byte("old"))
	filetest.Write(t, dir, ".git/config", []byte("old"))
	filetest.Write(t, dir, "sub/.GIT/config", []byte("old"))
	filetest.Write(t, dir, "folder/a.json", []byte("old"))
	for name, to := range map[string]string{
		"out": outside, "git": ".git", "deep/git": "../.git", "gone": "nowhere",
		"a.json": filepath.Join(outside, "a.json"), "b.json": ".git/config", "same": "folder",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	ws := spectest.Open(t, dir)
	for name, want := range map[string]string{
		"out/a.json": "leads out", "out/new/a.json": "leads out", "../a.json": "leads out", filepath.Join(outside, "a.json"): "leads out",
		"git/config": "git's own", "git/hooks/pre-push": "git's own", "deep/git/config": "git's own", "sub/.GIT/config": "git's own",
		".git/config": "git's own", ".git": "git's own", "gone/a.json": "gone is a link that points to nothing", "folder": "there is a folder", "folder/a.json/b": "no folder",
	} {
		if err := ws.Write(name, []byte("new")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	for _, file := range []string{filepath.Join(outside, "a.json"), filepath.Join(dir, ".git", "config"), filepath.Join(dir, "sub", ".GIT", "config")} {
		if got, err := os.ReadFile(file); err != nil || string(got) != "old" {
			t.Errorf("%s holds %q, %v", file, got, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, ".git", "hooks")); err == nil {
		t.Error("a folder was made below .git")
	}
	for name, at := range map[string]string{"a.json": "a.json", "b.json": "b.json", "same/new.json": "folder/new.json", "new/deep/a.json": "new/deep/a.json"} {
		if err := ws.Write(name, []byte("new")); err != nil {
			t.Error(err)
		}
		file := filepath.Join(dir, filepath.FromSlash(at))
		info, err := os.Lstat(file)
		if err != nil || info.Mode()&fs.ModeSymlink != 0 {
			t.Errorf("%s is a link still: %v", at, err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != "new" {
			t.Errorf("%s holds %q, %v", at, got, err)
		}
	}
}

func TestWriteKeepsTheModeOfAFile(t *testing.T) {
	dir := t.TempDir()
	filetest.Write(t, dir, "a.json", []byte("old"))
	if err := os.Chmod(filepath.Join(dir, "a.json"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := spectest.Open(t, dir).Write("a.json", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "a.json")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
}

func TestRemoveStaysInTheWorkspaceAndOutOfGit(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	filetest.Write(t, outside, "a.json", []byte("old"))
	for _, name := range []string{".git/config", "folder/a.json", "b.json"} {
		filetest.Write(t, dir, name, []byte("old"))
	}
	for name, to := range map[string]string{"out": outside, "git": ".git", "link.json": ".git/config"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	ws := spectest.Open(t, dir)
	for _, name := range []string{"out/a.json", "git/config", ".git/config", "folder", "../a.json"} {
		if err := ws.Remove(name); err == nil {
			t.Errorf("%s was removed", name)
		}
	}
	for _, name := range []string{"folder/a.json", "b.json", "link.json", "missing.json", "missing/a.json"} {
		if err := ws.Remove(name); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is there still", name)
		}
	}
	for _, file := range []string{filepath.Join(outside, "a.json"), filepath.Join(dir, ".git", "config")} {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
}

// What keeps a file from being read is told in words, whatever reads it.
func TestReadSaysWhy(t *testing.T) {
	dir := t.TempDir()
	filetest.Write(t, dir, "folder/a.yaml", []byte("a"))
	if err := os.Symlink("/nowhere/policy.yaml", filepath.Join(dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	ws := spectest.Open(t, dir)
	for name, want := range map[string]string{"folder": "it is a folder, not a file", "link.yaml": "the link leads out of the workspace"} {
		if _, err := ws.Read(name, 10); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
