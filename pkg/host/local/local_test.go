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

// What the base did since the change branched off is no part of the change.
func TestChangesAreThoseSinceTheBranchingOff(t *testing.T) {
	r := newRepo(t)
	git(t, r.dir, "checkout", "-q", "-b", "moved-on", r.base)
	base := r.commit(t, "elsewhere.yaml", "x\n")
	g, err := local.NewGit(r.dir)
	if err != nil {
		t.Skip(err)
	}
	for name, by := range map[string]local.Repository{"git": g, "files": objects(t, r.dir)} {
		got, err := by.Changes(t.Context(), base, r.head)
		if _, ok := got.Find("elsewhere.yaml"); err != nil || ok || len(got.Files) != 4 {
			t.Errorf("%s: %+v, %v", name, got.Files, err)
		}
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

// Outside of a checkout git prints how it is to be used, which is of no use in a
// note.
func TestErrorOfGitIsOneShortLine(t *testing.T) {
	g, err := local.NewGit(t.TempDir())
	if err != nil {
		t.Skip(err)
	}
	_, err = g.Changes(t.Context(), strings.Repeat("a", 40), strings.Repeat("b", 40))
	if err == nil || err.Error() != "the workspace is no git checkout" {
		t.Errorf("error %v", err)
	}
	r := newRepo(t)
	if g, err = local.NewGit(r.dir); err != nil {
		t.Fatal(err)
	}
	_, err = g.Changes(t.Context(), r.base, strings.Repeat("b", 40))
	if err == nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 || !strings.Contains(err.Error(), "bbbbb") {
		t.Errorf("error %v", err)
	}
}

// tree is a workspace in memory.
func tree(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestReadCheckout(t *testing.T) {
	sha, other := strings.Repeat("a", 40), strings.Repeat("b", 40)
	tests := []struct {
		name, dir string
		files     map[string]string
		want      local.Checkout
		none      bool
	}{
		{name: "no checkout", dir: ".", none: true},
		{name: "folder of that name", dir: ".", files: map[string]string{".git/modules/lib/HEAD": sha}, none: true},
		{name: "detached", dir: ".", files: map[string]string{".git/HEAD": sha + "\n"}, want: local.Checkout{Head: sha}},
		{name: "in a folder", dir: "shop", files: map[string]string{"shop/.git/HEAD": sha + "\n", ".git/HEAD": other}, want: local.Checkout{Head: sha}},
		{name: "branch", dir: ".", files: map[string]string{".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": sha + "\n"}, want: local.Checkout{Head: sha}},
		{name: "packed branch", dir: ".", files: map[string]string{".git/HEAD": "ref: refs/heads/main", ".git/packed-refs": "# pack-refs\n" + sha + " refs/heads/main\n"}, want: local.Checkout{Head: sha}},
		{
			name: "merge of a pull request", dir: ".",
			files: map[string]string{".git/HEAD": sha, ".git/refs/remotes/pull/7/merge": sha, ".git/refs/remotes/pull/8/merge": other},
			want:  local.Checkout{Head: sha, PullRefs: []string{"refs/remotes/pull/7/merge"}},
		},
		{
			name: "packed merge of a pull request", dir: ".",
			files: map[string]string{".git/HEAD": sha, ".git/packed-refs": sha + " refs/remotes/pull/7/merge\n" + other + " refs/heads/x\n"},
			want:  local.Checkout{Head: sha, PullRefs: []string{"refs/remotes/pull/7/merge"}},
		},
		{name: "unborn branch", dir: ".", files: map[string]string{".git/HEAD": "ref: refs/heads/main"}},
		{name: "ref that climbs", dir: ".", files: map[string]string{".git/HEAD": "ref: ../../etc/passwd"}},
		{
			name: "submodule", dir: "lib",
			files: map[string]string{"lib/.git": "gitdir: ../.git/modules/lib\n", ".git/modules/lib/HEAD": sha, ".git/HEAD": other},
			want:  local.Checkout{Head: sha},
		},
		{
			name: "worktree, by the path outside of the container", dir: "pr",
			files: map[string]string{
				"pr/.git": "gitdir: /home/runner/work/shop/shop/.git/worktrees/pr\n", ".git/HEAD": other,
				".git/worktrees/pr/HEAD": "ref: refs/heads/x", ".git/worktrees/pr/commondir": "../..\n", ".git/refs/heads/x": sha,
				".git/refs/remotes/pull/7/head": sha,
			},
			want: local.Checkout{Head: sha, PullRefs: []string{"refs/remotes/pull/7/head"}},
		},
		{name: "submodule whose repository is elsewhere", dir: "pr", files: map[string]string{"pr/.git": "gitdir: ../../elsewhere\n"}, want: local.Checkout{Lost: true}},
		{name: ".git file that says nothing", dir: "pr", files: map[string]string{"pr/.git": "?"}, want: local.Checkout{Lost: true}},
		{
			name: "remotes", dir: ".",
			files: map[string]string{".git/HEAD": sha, ".git/config": "[core]\n\turl = no\n[remote \"origin\"]\n\turl = https://github.com/example/shop\n\tfetch = x\n"},
			want:  local.Checkout{Head: sha, Remotes: []string{"https://github.com/example/shop"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok, err := local.ReadCheckout(tree(tt.files), tt.dir)
			if err != nil || ok == tt.none {
				t.Fatalf("%t, %v", ok, err)
			}
			if !tt.none {
				tt.want.Dir = tt.dir
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestReadCheckoutAgreesWithGit(t *testing.T) {
	r := newRepo(t)
	git(t, r.dir, "worktree", "add", "-q", "old", r.base)
	for dir, want := range map[string]string{".": r.head, "old": r.base} {
		if got, ok, err := local.ReadCheckout(os.DirFS(r.dir), dir); err != nil || !ok || got.Head != want {
			t.Errorf("%s: got %+v, %v; want %s", dir, got, err, want)
		}
	}
}
