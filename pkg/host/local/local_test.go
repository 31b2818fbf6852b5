package local_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
	"github.com/nthlayer/action/pkg/host/local"
)

// repo is a repository with two commits.
type repo struct {
	dir        string
	base, head string
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func newRepo(t *testing.T) repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	r := repo{dir: t.TempDir()}
	git(t, r.dir, "init", "-q", "-b", "main")
	write(t, r.dir, "services/a.yaml", "a\nb\nc\n")
	write(t, r.dir, "services/old.yaml", "one\ntwo\nthree\nfour\n")
	write(t, r.dir, "gone.yaml", "x\n")
	git(t, r.dir, "add", ".")
	git(t, r.dir, "commit", "-q", "-m", "base")
	r.base = git(t, r.dir, "rev-parse", "HEAD")
	write(t, r.dir, "services/a.yaml", "a\nB\nc\nd\n")
	write(t, r.dir, "services/mit Lücke.yaml", "fresh\n")
	git(t, r.dir, "mv", "services/old.yaml", "services/new.yaml")
	git(t, r.dir, "rm", "-q", "gone.yaml")
	git(t, r.dir, "add", ".")
	git(t, r.dir, "commit", "-q", "-m", "head")
	r.head = git(t, r.dir, "rev-parse", "HEAD")
	return r
}

func changes(t *testing.T, r repo) host.Changes {
	t.Helper()
	g, err := local.NewGit(r.dir)
	if err != nil {
		t.Skip(err)
	}
	got, err := g.Changes(t.Context(), r.base, r.head)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestChangesByGit(t *testing.T) {
	got := changes(t, newRepo(t))
	want := []host.ChangedFile{
		{Path: "gone.yaml", Status: host.Removed, Lines: diff.Lines{{From: 1, To: 1}}},
		{Path: "services/a.yaml", Status: host.Modified, Lines: diff.Lines{{From: 2, To: 2}, {From: 4, To: 4}}},
		{Path: "services/mit Lücke.yaml", Status: host.Added, Lines: diff.Lines{{From: 1, To: 1}}},
		{Path: "services/new.yaml", Previous: "services/old.yaml", Status: host.Renamed},
	}
	if d := cmp.Diff(want, got.Files); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got.Precision != host.ByLine {
		t.Errorf("precision %s", got.Precision)
	}
}

// The checkout may bring configuration along; none of its commands may run.
func TestGitRunsNothingOfTheCheckout(t *testing.T) {
	r := newRepo(t)
	trap := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(t.TempDir(), "trap.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch "+trap+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"core.fsmonitor", "diff.external", "diff.trap.textconv", "diff.trap.command", "core.pager"} {
		git(t, r.dir, "config", key, script)
	}
	write(t, r.dir, ".git/info/attributes", "*.yaml diff=trap\n")
	changes(t, r)
	if _, err := os.Stat(trap); err == nil {
		t.Error("a command of the checkout ran")
	}
}

func TestGitRefusesWhatIsNoCommit(t *testing.T) {
	r := newRepo(t)
	g, err := local.NewGit(r.dir)
	if err != nil {
		t.Skip(err)
	}
	for _, base := range []string{"main", "--output=/tmp/x", strings.Repeat("9", 40)} {
		if got, err := g.Changes(t.Context(), base, r.head); err == nil {
			t.Errorf("%q: %+v", base, got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Changes(ctx, r.base, r.head); err == nil {
		t.Error("a stopped run has no answer")
	}
}

func TestReadCheckout(t *testing.T) {
	sha, other := strings.Repeat("a", 40), strings.Repeat("b", 40)
	tests := []struct {
		name  string
		files map[string]string
		want  local.Checkout
	}{
		{"no checkout", nil, local.Checkout{}},
		{"detached", map[string]string{".git/HEAD": sha + "\n"}, local.Checkout{Head: sha}},
		{"branch", map[string]string{".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": sha + "\n"}, local.Checkout{Head: sha}},
		{"packed branch", map[string]string{".git/HEAD": "ref: refs/heads/main", ".git/packed-refs": "# pack-refs\n" + sha + " refs/heads/main\n"}, local.Checkout{Head: sha}},
		{
			"merge of a pull request",
			map[string]string{".git/HEAD": sha, ".git/refs/remotes/pull/7/merge": sha, ".git/refs/remotes/pull/8/merge": other},
			local.Checkout{Head: sha, PullRefs: []string{"refs/remotes/pull/7/merge"}},
		},
		{
			"packed merge of a pull request",
			map[string]string{".git/HEAD": sha, ".git/packed-refs": sha + " refs/remotes/pull/7/merge\n" + other + " refs/heads/x\n"},
			local.Checkout{Head: sha, PullRefs: []string{"refs/remotes/pull/7/merge"}},
		},
		{"unborn branch", map[string]string{".git/HEAD": "ref: refs/heads/main"}, local.Checkout{}},
		{"ref that climbs", map[string]string{".git/HEAD": "ref: ../../etc/passwd"}, local.Checkout{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, text := range tt.files {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			got, err := local.ReadCheckout(files)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestReadCheckoutAgreesWithGit(t *testing.T) {
	r := newRepo(t)
	got, err := local.ReadCheckout(os.DirFS(r.dir))
	if err != nil || got.Head != r.head {
		t.Errorf("got %+v, %v; want %s", got, err, r.head)
	}
}

func TestGuardTarget(t *testing.T) {
	head, merge, main := strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40)
	c := host.Context{Event: host.PullRequestTarget, Head: head, Merge: merge, PR: 7}
	tests := []struct {
		name     string
		event    host.Event
		checkout local.Checkout
		refused  bool
	}{
		{"head of the pull request", host.PullRequestTarget, local.Checkout{Head: head}, true},
		{"its test merge", host.PullRequestTarget, local.Checkout{Head: merge}, true},
		{"a newer test merge", host.PullRequestTarget, local.Checkout{Head: strings.Repeat("d", 40), PullRefs: []string{"refs/remotes/pull/7/merge"}}, true},
		{"the base", host.PullRequestTarget, local.Checkout{Head: main}, false},
		{"no checkout", host.PullRequestTarget, local.Checkout{}, false},
		{"ordinary event", host.PullRequest, local.Checkout{Head: head}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.Event = tt.event
			err := local.GuardTarget(c, tt.checkout)
			if (err != nil) != tt.refused {
				t.Errorf("error %v, refused should be %v", err, tt.refused)
			}
		})
	}
}
