package local_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/local"
)

// target is the context of a pull_request_target run in a repository whose last
// commit is the head of the pull request.
func target(r repo) host.Context {
	return host.Context{
		Host: host.GitHub, Event: host.PullRequestTarget, PR: 7, Head: r.head, Base: r.base, BaseRef: "main",
		Repo: host.Repo{Owner: "example", Name: "shop"},
	}
}

// clone returns a checkout of a commit of a repository.
func clone(t *testing.T, r repo, commit string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "checkout")
	git(t, r.dir, "clone", "-q", "--no-local", r.dir, dir)
	git(t, dir, "checkout", "-q", "--detach", commit)
	return dir
}

func TestGuardTarget(t *testing.T) {
	r := newRepo(t)
	const file = "services/a.yaml"
	for _, tt := range []struct {
		name    string
		arrange func(dir string)
		// files are those that the run reads, services/a.yaml when there are none.
		files   []string
		refused string
	}{
		{name: "the base"},
		{name: "the head", arrange: func(dir string) { git(t, dir, "checkout", "-q", r.head) }, refused: "not shown to be one of the base"},
		{name: "the head as a branch", arrange: func(dir string) { git(t, dir, "checkout", "-q", "-b", "x", r.head) }, refused: "not shown to be one of the base"},
		{name: "a merge made here", arrange: func(dir string) { git(t, dir, "merge", "-q", "--no-ff", "-m", "m", r.head) }, refused: "not shown to be one of the base"},
		{name: "a newer head", arrange: func(dir string) {
			git(t, dir, "checkout", "-q", r.head)
			write(t, dir, "x", "x")
			git(t, dir, "add", ".")
			git(t, dir, "commit", "-q", "-m", "x")
		}, refused: "not shown to be one of the base"},
		{name: "files of the head", arrange: func(dir string) { git(t, dir, "checkout", "-q", r.head, "--", "services") }, refused: file + " is not what the commit"},
		{name: "files that are not committed", arrange: func(dir string) { write(t, dir, "new.yaml", "x") }, files: []string{"new.yaml"}, refused: "new.yaml is not what the commit"},
		{name: "files that are not there", files: []string{"no.yaml"}},
		{name: "no commit", arrange: func(dir string) { write(t, dir, ".git/HEAD", "ref: refs/heads/.invalid\n") }, refused: "cannot be told which commit it holds"},
		{name: "no checkout", arrange: func(dir string) { _ = os.RemoveAll(filepath.Join(dir, ".git")) }},
		{name: "the head in a folder", arrange: func(dir string) { git(t, dir, "worktree", "add", "-q", "--detach", "pr", r.head) }, refused: "the folder pr"},
		{name: "the head deep below", arrange: func(dir string) {
			git(t, dir, "worktree", "add", "-q", "--detach", "a/b/pr", r.head)
		}, files: []string{"a/b/pr/services/a.yaml"}, refused: "the folder a/b/pr"},
		{name: "a submodule of the base", arrange: func(dir string) { submodule(t, dir, r.base) }, files: []string{"lib/" + file}},
		{name: "another commit in a submodule", arrange: func(dir string) { submodule(t, dir, r.head) }, files: []string{"lib/" + file}, refused: "the folder lib"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := clone(t, r, r.base)
			if tt.arrange != nil {
				tt.arrange(dir)
			}
			files := tt.files
			if files == nil {
				files = []string{file}
			}
			at, commit := target(r), r.base
			if strings.Contains(tt.name, "submodule") {
				commit = git(t, dir, "rev-parse", "HEAD")
			}
			err := local.GuardTarget(t.Context(), at, commit, dir, files, nil)
			if tt.refused == "" && err != nil || tt.refused != "" && (err == nil || !strings.Contains(err.Error(), tt.refused)) {
				t.Errorf("error %v, want %q", err, tt.refused)
			}
			// A layer is read as the files are.
			if err := local.GuardTarget(t.Context(), at, commit, dir, nil, files); (err != nil) != (tt.refused != "") {
				t.Errorf("as a layer: %v", err)
			}
		})
	}
}

// submodule commits a submodule lib at the first commit of a repository, and checks
// out another commit in it.
func submodule(t *testing.T, dir, commit string) {
	t.Helper()
	source := git(t, dir, "remote", "get-url", "origin")
	first := git(t, dir, "rev-parse", "HEAD")
	git(t, dir, "-c", "protocol.file.allow=always", "submodule", "add", "-q", source, "lib")
	git(t, filepath.Join(dir, "lib"), "checkout", "-q", first)
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "submodule")
	git(t, filepath.Join(dir, "lib"), "checkout", "-q", commit)
}

// The base branch may have moved on since the event, or be checked out at an older
// commit. Descendants prove nothing, for every pull request is one.
func TestGuardTargetKnowsTheBaseBranch(t *testing.T) {
	r := newRepo(t)
	origin := func(dir, address string) { git(t, dir, "remote", "set-url", "origin", address) }
	for _, tt := range []struct {
		name, base, branch, origin string
		refused                    bool
	}{
		{"older than the event's", r.head, "other", "https://github.com/example/shop", false},
		{"the branch moved on", r.base, "main", "https://github.com/example/shop", false},
		{"a branch of the same name in a fork", r.base, "main", "https://github.com/octocat/shop", true},
		{"another branch", r.base, "feature", "https://github.com/example/shop", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := target(r)
			at.Base, at.BaseRef = tt.base, tt.branch
			dir := clone(t, r, r.head)
			if tt.base == r.head {
				git(t, dir, "checkout", "-q", r.base)
			}
			origin(dir, tt.origin)
			if err := local.GuardTarget(t.Context(), at, strings.Repeat("9", 40), dir, []string{"services/a.yaml"}, nil); (err != nil) != tt.refused {
				t.Errorf("error %v, refused should be %t", err, tt.refused)
			}
		})
	}
}

// What is posted on a commit says that it was looked at.
func TestDoubt(t *testing.T) {
	r := newRepo(t)
	for _, tt := range []struct {
		name    string
		event   host.Event
		arrange func(dir string)
		// commit is GITHUB_SHA when it is not the base.
		commit string
		doubt  string
	}{
		{name: "the head", event: host.PullRequest},
		{name: "the head", event: host.WorkflowRun},
		{name: "the head of a push", event: host.Push},
		{name: "the base", event: host.WorkflowRun, arrange: func(dir string) { git(t, dir, "checkout", "-q", r.base) }, doubt: "the workspace holds " + host.Short(r.base) + ", not the head " + host.Short(r.head)},
		{name: "the base", event: host.PullRequestTarget, arrange: func(dir string) { git(t, dir, "checkout", "-q", r.base) }, doubt: "not the head"},
		{name: "the base", event: host.PullRequest, arrange: func(dir string) { git(t, dir, "checkout", "-q", r.base) }, commit: r.head, doubt: "not the head"},
		{name: "the commit of the event", event: host.PullRequest, arrange: func(dir string) { git(t, dir, "checkout", "-q", r.base) }},
		{name: "a commit on top", event: host.WorkflowRun, arrange: func(dir string) { git(t, dir, "commit", "-q", "--allow-empty", "-m", "x") }},
		{name: "two commits on top", event: host.WorkflowRun, arrange: func(dir string) {
			git(t, dir, "commit", "-q", "--allow-empty", "-m", "x")
			git(t, dir, "commit", "-q", "--allow-empty", "-m", "y")
		}},
		{name: "no checkout", event: host.PullRequest, arrange: noGit(t)},
		{name: "no checkout", event: host.Push, arrange: noGit(t)},
		{name: "no checkout", event: host.WorkflowRun, arrange: noGit(t), doubt: "no checkout in the workspace shows that it holds the head"},
		{name: "no checkout", event: host.PullRequestTarget, arrange: noGit(t), doubt: "no checkout in the workspace shows that it holds the head"},
	} {
		t.Run(tt.name+", "+string(tt.event), func(t *testing.T) {
			dir := clone(t, r, r.head)
			if tt.arrange != nil {
				tt.arrange(dir)
			}
			at, commit := target(r), tt.commit
			at.Event = tt.event
			if commit == "" {
				commit = r.base
			}
			got := local.Doubt(t.Context(), at, commit, dir, []string{"services/a.yaml"})
			if (got != "") != (tt.doubt != "") || !strings.Contains(got, tt.doubt) {
				t.Errorf("got %q, want %q", got, tt.doubt)
			}
			at.Host = host.GitLab
			if got := local.Doubt(t.Context(), at, commit, dir, nil); got != "" {
				t.Errorf("GitLab checks out what it names: %q", got)
			}
		})
	}
}

func noGit(t *testing.T) func(string) {
	return func(dir string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
			t.Fatal(err)
		}
	}
}

// Which commit a submodule has to be at is told by git and by the files under .git
// alike.
func TestSubmodulesOfACommit(t *testing.T) {
	r := newRepo(t)
	dir := clone(t, r, r.base)
	submodule(t, dir, r.base)
	commit := git(t, dir, "rev-parse", "HEAD")
	objects, err := local.NewObjects(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]interface {
		Submodule(ctx context.Context, commit, path string) string
	}{"git": history(t, dir), "objects": objects} {
		for path, want := range map[string]string{"lib": r.base, "services": "", "services/a.yaml": "", "none": ""} {
			if got := read.Submodule(t.Context(), commit, path); got != want {
				t.Errorf("%s: %s is at %q, want %q", name, path, got, want)
			}
		}
		if got := read.Submodule(t.Context(), "HEAD", "lib"); got != "" {
			t.Errorf("%s: a name is no commit, but %q", name, got)
		}
	}
}
