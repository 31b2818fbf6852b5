package entrypoint_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

const otherSHA = "4444444444444444444444444444444444444444"

// files writes files into the workspace by names and texts in turn.
func (j *job) files(pairs ...string) *job {
	j.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		name := filepath.Join(j.dir, pairs[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			j.t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(pairs[i+1]), 0o644); err != nil {
			j.t.Fatal(err)
		}
	}
	return j
}

// A workflow may check the repository out into a folder, and then no path of the
// workspace is one of the repository.
func TestChangesAreTakenToWhereTheCheckoutIs(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_SERVICES", "shop/services").
		files("shop/.git/HEAD", headSHA, "shop/services/checkout.yaml", "name: checkout\n")
	j.rep = sample()
	for i := range j.rep.Findings {
		j.rep.Findings[i].File = "shop/" + j.rep.Findings[i].File
	}
	j.rep.Findings = report.Normalise(j.rep.Findings)
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d\n%s", code, j.stdout)
	}
	if f, ok := j.seen[0].Changes.Find("shop/services/checkout.yaml"); !ok || !f.Touches(4) {
		t.Errorf("changes %+v", j.seen[0].Changes)
	}
	errs := j.commands("error")
	if len(errs) != 2 || errs[0].Properties["file"] != "shop/services/checkout.yaml" {
		t.Errorf("annotations %+v", errs)
	}
}

func TestChangeThatCannotBeRelatedToTheWorkspaceIsUnknown(t *testing.T) {
	for name, files := range map[string][]string{
		"another repository": {".git/HEAD", otherSHA, ".git/config", "[remote \"origin\"]\nurl = https://github.com/example/catalog\n", "services/checkout.yaml", "name: a\n"},
		"no checkout at all": {"shop/services/checkout.yaml", "name: a\n"},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, "pull_request").files(files...).set("INPUT_CHANGED-ONLY", "true", "INPUT_SERVICES", "**/checkout.yaml")
			j.start()
			if got := j.seen[0].Changes; got.Precision != host.UnknownChange || got.Known() {
				t.Errorf("changes %+v", got)
			}
			if !strings.Contains(j.stdout, "note: which of the files changed cannot be told: ") || len(j.commands("error")) > 0 {
				t.Errorf("log:\n%s", j.stdout)
			}
		})
	}
}

func TestFilesOfOtherCheckoutsAreMentioned(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_SERVICES", "services, lib").files(
		".git/HEAD", headSHA, "services/checkout.yaml", "name: a\n",
		"lib/.git", "gitdir: ../.git/modules/lib\n", ".git/modules/lib/HEAD", otherSHA, "lib/service.yaml", "name: b\n")
	j.start()
	if got := j.seen[0].Changes; !got.Known() || got.Place.Covers("lib/service.yaml") || !got.Place.Covers("services/checkout.yaml") {
		t.Errorf("changes %+v", got)
	}
	if !strings.Contains(j.stdout, "note: 1 of the 2 files are in other checkouts than that of example/shop") {
		t.Errorf("log:\n%s", j.stdout)
	}
}

// The event's token can write and the job has all secrets, so that no file of
// the pull request may be read, wherever the workflow has put it.
func TestTargetEventFindsThePullRequestAtAnyDepth(t *testing.T) {
	tests := []struct {
		name    string
		files   []string
		refused string
	}{
		{"deep checkout", []string{"a/b/pr/.git/HEAD", headSHA, "a/b/pr/service.yaml", "name: a\n"}, "the folder a/b/pr of the workspace holds the commit 111111111111, which is not shown to be one of the base"},
		{
			"worktree",
			[]string{"a/pr/.git", "gitdir: /runner/.git/worktrees/pr\n", ".git/worktrees/pr/HEAD", headSHA, "a/pr/service.yaml", "name: a\n", ".git/HEAD", baseSHA},
			"the folder a/pr",
		},
		{"files of nobody knows which commit", []string{"pr/.git", "gitdir: /gone\n", "pr/service.yaml", "name: a\n"}, "the folder pr of the workspace has a .git that leads out of the workspace"},
		{"submodule without files that are read", []string{"pr/.git", "gitdir: ../.git/modules/pr\n", ".git/HEAD", baseSHA}, ""},
		{"submodule that the base does not record", []string{"lib/.git", "gitdir: ../.git/modules/lib\n", ".git/modules/lib/HEAD", otherSHA, "lib/service.yaml", "name: a\n", ".git/HEAD", baseSHA}, "the folder lib"},
		{"the base in a folder", []string{"base/.git/HEAD", baseSHA, "base/service.yaml", "name: a\n"}, ""},
		{"nobody knows which commit", []string{".git/HEAD", "ref: refs/heads/.invalid\n"}, "it cannot be told which commit it holds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(t, "pull_request_target").files(tt.files...)
			code := j.start()
			if tt.refused == "" && code != entrypoint.ExitFail || tt.refused != "" && (code != entrypoint.ExitUsage || len(j.seen) > 0) {
				t.Errorf("exit code %d, %d runs", code, len(j.seen))
			}
			if !strings.Contains(j.stdout, tt.refused) {
				t.Errorf("log:\n%s", j.stdout)
			}
		})
	}
}

// A pipe in place of a file never ends, and the job would wait for its own end.
func TestNothingWaitsForAPipe(t *testing.T) {
	j := newJob(t, "pull_request").files("services/checkout.yaml", "name: a\n").set("INPUT_REPORT-FILE", "report.json")
	for _, name := range []string{"services/pipe.yaml", "report.json"} {
		if err := syscall.Mkfifo(filepath.Join(j.dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j.rep = sample()
	for i := range j.rep.Findings {
		j.rep.Findings[i].File, j.rep.Findings[i].Line = "services/pipe.yaml", i
	}
	j.g.SetFiles(hosttest.File{Filename: "services/pipe.yaml", Status: "modified", Changes: 1, Patch: "@@ -9 +9 @@\n-a\n+b"}, hosttest.File{Filename: "services/checkout.yaml", Status: "added"})
	if code := j.start(); code != entrypoint.ExitFail {
		t.Errorf("exit code %d", code)
	}
	if got := j.outputs(); got["undelivered"] != "report-file" || got["report"] != "" {
		t.Errorf("outputs %v", got)
	}
}

// What a file was before is read from the repository, by the path it has there.
func TestBaseIsReadByThePathInTheRepository(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_SERVICES", "shop/services").
		files("shop/.git/HEAD", strings.Repeat("3", 40), "shop/services/checkout.yaml", "name: checkout\n")
	j.g.SetFile(baseSHA, "services/checkout.yaml", "name: before\n")
	j.run = func(ctx context.Context, s entrypoint.Settings) (*report.Report, error) {
		if data, err := s.Base.ReadBase(ctx, "shop/services/checkout.yaml"); err != nil || string(data) != "name: before\n" {
			t.Errorf("%q, %v", data, err)
		}
		return j.rep, nil
	}
	if code := j.start(); code != entrypoint.ExitFail {
		t.Errorf("exit code %d\n%s", code, j.stdout)
	}
}
