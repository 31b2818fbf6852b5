package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/local"
)

// link makes a symbolic link in a checkout, in place of what is there.
func link(t *testing.T, dir, name, target string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// The files under .git can name other repositories in many ways. None of them is
// read, whatever the machine holds beside the checkout.
func TestObjectsOfOtherRepositoriesAreNotRead(t *testing.T) {
	other := newRepo(t)
	objectsOf := filepath.Join(other.dir, ".git", "objects")
	for name, arrange := range map[string]func(dir string){
		"alternates": func(dir string) { write(t, dir, ".git/objects/info/alternates", objectsOf+"\n") },
		"alternates by a relative path": func(dir string) {
			write(t, dir, ".git/objects/info/alternates", relative(t, filepath.Join(dir, ".git/objects"), objectsOf)+"\n")
		},
		"alternates in place of a link": func(dir string) {
			link(t, dir, ".git/objects/alt", objectsOf)
			write(t, dir, ".git/objects/info/alternates", "objects/alt\n")
		},
		"a link for the objects":          func(dir string) { link(t, dir, ".git/objects", objectsOf) },
		"a relative link for the objects": func(dir string) { link(t, dir, ".git/objects", relative(t, filepath.Join(dir, ".git"), objectsOf)) },
		"links for single objects":        func(dir string) { linkAll(t, objectsOf, filepath.Join(dir, ".git/objects")) },
		"commondir":                       func(dir string) { write(t, dir, ".git/commondir", filepath.Join(other.dir, ".git")+"\n") },
		"a link for .git":                 func(dir string) { link(t, dir, ".git", filepath.Join(other.dir, ".git")) },
		"a .git file":                     func(dir string) { gitFile(t, dir, filepath.Join(other.dir, ".git")) },
		"include in the configuration": func(dir string) {
			write(t, dir, ".git/config", "[include]\n\tpath = "+filepath.Join(other.dir, ".git", "config")+"\n[core]\n\tworktree = "+other.dir+"\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			git(t, dir, "init", "-q")
			arrange(dir)
			o, err := local.NewObjects(dir)
			if err != nil {
				return // there is nobody to read it
			}
			if got, err := o.ReadFile(t.Context(), other.head, "services/a.yaml"); err == nil {
				t.Errorf("a file was read: %q", got)
			}
			if got, err := o.Changes(t.Context(), other.base, other.head); err == nil {
				t.Errorf("commits were compared: %+v", got)
			}
		})
	}
}

func relative(t *testing.T, from, to string) string {
	t.Helper()
	path, err := filepath.Rel(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func gitFile(t *testing.T, dir, to string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, ".git", "gitdir: "+to+"\n")
}

// linkAll links every folder of objects by its name.
func linkAll(t *testing.T, from, to string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		link(t, to, e.Name(), filepath.Join(from, e.Name()))
	}
}

// The workspace of a run can hold a .git that leads elsewhere. What is checked out
// there is not known, and not read.
func TestCheckoutThatLeadsOutOfTheWorkspaceIsLost(t *testing.T) {
	other := newRepo(t)
	for name, arrange := range map[string]func(dir string){
		"a .git file": func(dir string) { gitFile(t, dir, filepath.Join(other.dir, ".git")) },
		"a .git file with a relative path": func(dir string) {
			gitFile(t, dir, relative(t, dir, filepath.Join(other.dir, ".git")))
		},
	} {
		dir := t.TempDir()
		arrange(dir)
		c, ok, err := local.ReadCheckout(os.DirFS(dir), ".")
		if err != nil || !ok || !c.Lost || c.Head != "" || len(c.Remotes) > 0 {
			t.Errorf("%s: %+v, %t, %v", name, c, ok, err)
		}
		if err := local.GuardTarget(t.Context(), host.Context{Event: host.PullRequestTarget, PR: 7}, other.head, dir, nil, nil); err == nil {
			t.Errorf("%s: such a checkout may hold the pull request", name)
		}
	}
}

// A partial clone fetches what it lacks, with a command that its configuration
// names.
func TestGitFetchesNothing(t *testing.T) {
	r := newRepo(t)
	trap := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(t.TempDir(), "trap.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch "+trap+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	blob := git(t, r.dir, "rev-parse", r.base+":services/a.yaml")
	for _, setting := range []string{
		"core.repositoryFormatVersion=1", "extensions.partialClone=origin", "remote.origin.promisor=true",
		"remote.origin.url=" + r.dir, "remote.origin.uploadpack=" + script, "protocol.ext.allow=always",
	} {
		key, value, _ := strings.Cut(setting, "=")
		git(t, r.dir, "config", key, value)
	}
	if err := os.Remove(filepath.Join(r.dir, ".git", "objects", blob[:2], blob[2:])); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{r.dir, "ext::" + script} {
		git(t, r.dir, "config", "remote.origin.url", address)
		if got, err := history(t, r.dir).ReadFile(t.Context(), r.base, "services/a.yaml"); err == nil {
			t.Errorf("%s: %q", address, got)
		}
		if _, err := os.Stat(trap); err == nil {
			t.Errorf("%s: a command of the checkout ran", address)
		}
	}
}

// A job's PATH may begin with a folder of the checkout.
func TestGitIsNotLookedForInThePath(t *testing.T) {
	r := newRepo(t)
	trap, bin := filepath.Join(t.TempDir(), "ran"), t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\ntouch "+trap+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	changes(t, r)
	if _, err := os.Stat(trap); err == nil {
		t.Error("a program of the PATH ran")
	}
}
