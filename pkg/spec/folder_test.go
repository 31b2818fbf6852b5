package spec_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// linked is a folder with links out of it, to git's own files and to a folder inside.
func linked(t *testing.T) (dir, outside string) {
	t.Helper()
	outside, dir = t.TempDir(), t.TempDir()
	filetest.Write(t, dir, ".git/config", []byte("old"))
	filetest.Write(t, dir, "folder/a.json", []byte("old"))
	for name, to := range map[string]string{"out": outside, "up": "..", "git": ".git", "same": "folder", "again": "same", "a.json": "folder/a.json"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir, outside
}

func TestAFolderIsOneOfTheWorkspace(t *testing.T) {
	dir, outside := linked(t)
	ws := spectest.Open(t, dir)
	for name, want := range map[string]string{
		"out": "leads out", "out/new": "leads out", "up": "leads out", "up/new": "leads out", "..": "leads out", outside: "leads out",
		"git": "git's own", "git/hooks": "git's own", ".git": "git's own", "a.json": "no folder", "folder/a.json": "no folder",
	} {
		f, err := ws.Folder(name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
		if err == nil {
			_ = f.Close()
		}
	}
	for _, name := range []string{outside, filepath.Join(dir, ".git")} {
		if entries, err := os.ReadDir(name); err != nil || len(entries) > 1 {
			t.Errorf("%s has %v, %v", name, entries, err)
		}
	}
	for name, at := range map[string]string{"again": "folder/new.json", "same/sub/deep": "folder/sub/deep/new.json", ".": "new.json"} {
		f, err := ws.Folder(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := errors.Join(f.Write("new.json", []byte("one")), f.Write("new.json", []byte("two")), f.Close()); err != nil {
			t.Error(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(at))); err != nil || string(got) != "two" {
			t.Errorf("%s holds %q, %v", at, got, err)
		}
	}
}

// TestAWorkspaceBelowGitIsNotWritten makes sure that the folder of a run counts too,
// by whatever link it is named.
func TestAWorkspaceBelowGitIsNotWritten(t *testing.T) {
	dir, _ := linked(t)
	ws := spectest.Open(t, filepath.Join(dir, "git"))
	if err := ws.Write("hooks/post-checkout", []byte("x")); err == nil || !strings.Contains(err.Error(), "git's own") {
		t.Errorf("written: %v", err)
	}
}

func TestCreateReplacesNothing(t *testing.T) {
	dir, _ := linked(t)
	ws := spectest.Open(t, dir)
	for _, name := range []string{"folder/a.json", "a.json", "same/a.json", "out"} {
		if err := ws.Create(name, []byte("new")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v, want that it exists", name, err)
		}
	}
	if err := ws.Create("out/b.json", nil); !errors.Is(err, spec.ErrLeadsOut) {
		t.Errorf("out/b.json: %v, want that it leads out", err)
	}
	if err := ws.Create("same/new/b.json", []byte("new")); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"folder/a.json": "old", "folder/new/b.json": "new"} {
		if got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
}

func TestRemoveEmptyRemovesNoLink(t *testing.T) {
	dir, outside := linked(t)
	ws := spectest.Open(t, dir)
	for _, sub := range []string{filepath.Join(outside, "empty"), filepath.Join(dir, ".git", "empty"), filepath.Join(dir, "folder", "empty")} {
		if err := os.Mkdir(sub, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"same", "out", "out/empty", "git/empty", "folder", "a.json", "none"} {
		if err := ws.RemoveEmpty(name); err == nil {
			t.Errorf("%s was removed", name)
		}
	}
	for _, name := range []string{filepath.Join(outside, "empty"), filepath.Join(dir, ".git", "empty"), filepath.Join(dir, "same")} {
		if _, err := os.Lstat(name); err != nil {
			t.Error(err)
		}
	}
	if err := ws.RemoveEmpty("same/empty"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "folder", "empty")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty folder is there still: %v", err)
	}
}

func TestWhatLeadsIntoGitIsTold(t *testing.T) {
	dir, _ := linked(t)
	ws := spectest.Open(t, dir)
	for name, want := range map[string]bool{
		".git": true, "git": true, "git/hooks/new": true, ".GIT/x": true, "new/.git": true,
		"folder": false, "same/new": false, "new/deep": false, "out": false, "out/new": false, ".": false, ".github/x": false,
	} {
		if got := ws.LeadsIntoGit(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
