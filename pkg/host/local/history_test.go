package local_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/local"
)

func history(t *testing.T, dir string) *local.Git {
	t.Helper()
	g, err := local.NewGit(dir)
	if err != nil {
		t.Skip(err)
	}
	return g
}

func TestFilesOfACommit(t *testing.T) {
	r := newRepo(t)
	g := history(t, r.dir)
	for _, c := range []struct{ commit, path, want string }{
		{r.base, "services/a.yaml", "a\nb\nc\n"},
		{r.head, "services/a.yaml", "a\nB\nc\nd\n"},
		{r.base, "gone.yaml", "x\n"},
		{r.head, "services/mit Lücke.yaml", "fresh\n"},
	} {
		if got, err := g.ReadFile(t.Context(), c.commit, c.path); err != nil || string(got) != c.want {
			t.Errorf("%s at %s: %q, %v", c.path, host.Short(c.commit), got, err)
		}
	}
	for _, c := range []struct{ commit, path string }{
		{r.head, "gone.yaml"}, {r.head, "services"}, {"HEAD", "services/a.yaml"}, {strings.Repeat("9", 40), "services/a.yaml"}, {"--batch", "x"},
	} {
		if got, err := g.ReadFile(t.Context(), c.commit, c.path); err == nil {
			t.Errorf("%s at %s: %q", c.path, c.commit, got)
		}
	}
}

// A filter of the checkout would be a command that somebody else chose.
func TestReadingAFileRunsNothingOfTheCheckout(t *testing.T) {
	r := newRepo(t)
	trap := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(t.TempDir(), "trap.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch "+trap+"\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"core.fsmonitor", "core.pager", "diff.trap.textconv", "filter.trap.smudge", "filter.trap.process"} {
		git(t, r.dir, "config", key, script)
	}
	write(t, r.dir, ".git/info/attributes", "*.yaml diff=trap filter=trap\n")
	if got, err := history(t, r.dir).ReadFile(t.Context(), r.base, "services/a.yaml"); err != nil || string(got) != "a\nb\nc\n" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := os.Stat(trap); err == nil {
		t.Error("a command of the checkout ran")
	}
}

func TestParentsAndMergeBase(t *testing.T) {
	r := newRepo(t)
	git(t, r.dir, "checkout", "-q", "-b", "other", r.base)
	write(t, r.dir, "other.yaml", "o\n")
	git(t, r.dir, "add", ".")
	git(t, r.dir, "commit", "-q", "-m", "other\n\nparent "+strings.Repeat("9", 40))
	other := git(t, r.dir, "rev-parse", "HEAD")
	git(t, r.dir, "merge", "-q", "-m", "merge", r.head)
	merge := git(t, r.dir, "rev-parse", "HEAD")
	g := history(t, r.dir)
	if got, err := g.Parents(t.Context(), merge); err != nil || !slices.Equal(got, []string{other, r.head}) {
		t.Errorf("parents of the merge: %v, %v", got, err)
	}
	if got, err := g.Parents(t.Context(), other); err != nil || !slices.Equal(got, []string{r.base}) {
		t.Errorf("parents: %v, %v; the message must not count", got, err)
	}
	if got, err := g.MergeBase(t.Context(), other, r.head); err != nil || got != r.base {
		t.Errorf("merge base %q, %v", got, err)
	}
	// A shallow clone still tells the parents of its one commit.
	shallow := t.TempDir()
	git(t, shallow, "clone", "-q", "--depth=1", "file://"+r.dir, ".")
	g = history(t, shallow)
	if got, err := g.Parents(t.Context(), merge); err != nil || len(got) != 2 {
		t.Errorf("shallow: %v, %v", got, err)
	}
	if got, err := g.ReadFile(t.Context(), r.base, "services/a.yaml"); err == nil {
		t.Errorf("a shallow clone has no base, read %q", got)
	}
}
