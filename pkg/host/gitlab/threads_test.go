package gitlab_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/gitlab"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/host/threads"
)

const changed = "services/shop.yaml"

// changedFiles are a changed, a new and a renamed file, a removed one, and one
// whose diff GitLab leaves out.
func changedFiles(g *hosttest.GitLab) {
	g.SetDiffs(
		hosttest.Diff{OldPath: changed, NewPath: changed, Diff: "@@ -3,4 +3,5 @@ spec:\n a\n-b\n+B\n+C\n c\n d\n"},
		hosttest.Diff{OldPath: "new.yaml", NewPath: "new.yaml", NewFile: true, Diff: "@@ -0,0 +1,2 @@\n+a\n+b\n"},
		hosttest.Diff{OldPath: "was.yaml", NewPath: "is.yaml", RenamedFile: true},
		hosttest.Diff{OldPath: "gone.yaml", NewPath: "gone.yaml", DeletedFile: true, Diff: "@@ -1 +0,0 @@\n-a\n"},
		hosttest.Diff{OldPath: "large.yaml", NewPath: "large.yaml"},
	)
}

func number(n int) *int { return &n }

// A position names the three commits of the newest version, both paths, and the
// old line of a line that was there before. GitLab refuses any other.
func TestThreadsAreOpenedWhereGitLabTakesThem(t *testing.T) {
	for _, tt := range []struct {
		name     string
		file     string
		line     int
		old, new *int
		oldPath  string
	}{
		{"added", changed, 5, nil, number(5), changed},
		{"context in a hunk", changed, 6, number(5), number(6), changed},
		{"unchanged, above all hunks", changed, 1, number(1), number(1), changed},
		{"unchanged, below", changed, 30, number(29), number(30), changed},
		{"new file", "new.yaml", 2, nil, number(2), "new.yaml"},
		{"renamed file", "is.yaml", 7, number(7), number(7), "was.yaml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := server(t)
			changedFiles(g)
			api := client(t, at(g), token, nil)
			got, err := api.OpenThread(t.Context(), threads.Place{File: tt.file, Line: tt.line}, "text")
			if err != nil {
				t.Fatal(err)
			}
			want := hosttest.GitLabPosition{
				BaseSHA: hosttest.VersionBase, StartSHA: hosttest.VersionStart, HeadSHA: head, Type: "text",
				OldPath: tt.oldPath, NewPath: tt.file, OldLine: tt.old, NewLine: tt.new,
			}
			if diff := cmp.Diff(want, *g.Threads()[0].Notes[0].Position); diff != "" {
				t.Error(diff)
			}
			if got.ID == "" || got.Note == 0 || got.Author.Login != hosttest.ProjectBot.Username {
				t.Errorf("thread %+v", got)
			}
			if _, err := api.OpenThread(t.Context(), threads.Place{File: tt.file, Line: tt.line}, "text"); err != nil || len(g.Requests("GET", "/versions")) != 2 {
				t.Errorf("%v; the version was read %d times, want once with its list", err, len(g.Requests("GET", "/versions")))
			}
		})
	}
}

// What cannot have a thread is refused by itself, so that the others go on.
func TestLinesWithoutAThreadAreRefused(t *testing.T) {
	for _, file := range []string{"other.yaml", "gone.yaml", "large.yaml"} {
		g := server(t)
		changedFiles(g)
		_, err := client(t, at(g), token, nil).OpenThread(t.Context(), threads.Place{File: file, Line: 1}, "text")
		if hosttest.Classified(t, err).Kind != host.Rejected || !strings.Contains(err.Error(), file+":1") || len(g.Threads()) > 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
	g := server(t)
	changedFiles(g)
	g.Break(hosttest.Fault{Method: "POST", Status: 400, Message: "400 Bad request - Note {:line_code=>[\"can't be blank\"]}"})
	if _, err := client(t, at(g), token, nil).OpenThread(t.Context(), threads.Place{File: changed, Line: 5}, "text"); hosttest.Classified(t, err).Kind != host.Rejected {
		t.Errorf("refused by GitLab: %v", err)
	}
}

// The newest version may be about another commit than the pipeline.
func TestThreadIsNotOpenedOnANewerVersion(t *testing.T) {
	g := server(t)
	changedFiles(g)
	g.SetHead(base)
	_, err := client(t, at(g), token, nil).OpenThread(t.Context(), threads.Place{File: changed, Line: 5}, "text")
	if hosttest.Classified(t, err).Kind != host.Conflict || len(g.Requests("POST", "")) > 0 {
		t.Errorf("error %v", err)
	}
}

func TestThreadsAreReadToTheLastPage(t *testing.T) {
	g := server(t)
	for range 120 {
		g.Seed(hosttest.Developer, "a plain note")
	}
	for range 130 {
		g.SeedThread(hosttest.Developer, "what is this?")
	}
	last := g.SeedThread(hosttest.ProjectBot, "ours")
	g.Reply(last.ID, hosttest.Developer, "thanks")
	g.Resolve(last.ID, hosttest.Developer)
	got, err := client(t, at(g), token, nil).Threads(t.Context())
	if err != nil || len(got) != 131 {
		t.Fatalf("%d threads, %v", len(got), err)
	}
	want := threads.Thread{
		ID: last.ID, Note: last.Notes[0].ID, Author: host.Author{Login: hosttest.ProjectBot.Username}, Body: "ours",
		Replies: 1, Resolved: true, ResolvedBy: host.Author{Login: hosttest.Developer.Username},
	}
	if diff := cmp.Diff(want, got[130]); diff != "" {
		t.Error(diff)
	}
	if n := len(g.Requests("GET", "/discussions")); n != 3 {
		t.Errorf("%d requests for 251 discussions, want 3", n)
	}
}

func TestTooManyThreadsAreAnErrorNotAHalfList(t *testing.T) {
	g := server(t)
	for range 5001 {
		g.SeedThread(hosttest.Developer, "x")
	}
	if got, err := client(t, at(g), token, nil).Threads(t.Context()); err == nil {
		t.Errorf("%d threads and no error", len(got))
	}
}

func TestThreadIsEditedResolvedAndRemoved(t *testing.T) {
	g := server(t)
	changedFiles(g)
	api := client(t, at(g), token, nil)
	ours, err := api.OpenThread(t.Context(), threads.Place{File: changed, Line: 5}, "one")
	if err != nil {
		t.Fatal(err)
	}
	if err := api.EditThread(t.Context(), ours, "two"); err != nil || g.Threads()[0].Notes[0].Body != "two" {
		t.Errorf("%v, %+v", err, g.Threads())
	}
	for _, resolved := range []bool{true, false} {
		if err := api.ResolveThread(t.Context(), ours, resolved); err != nil || g.Threads()[0].Resolved() != resolved {
			t.Errorf("%v, %+v", err, g.Threads())
		}
	}
	if err := api.RemoveThread(t.Context(), ours); err != nil || len(g.Threads()) > 0 {
		t.Errorf("%v, %+v", err, g.Threads())
	}
	if err := api.RemoveThread(t.Context(), ours); hosttest.Classified(t, err).Kind != host.NotFound {
		t.Errorf("second time: %v", err)
	}
}

func TestFileIsComparedWithTheHead(t *testing.T) {
	g := server(t)
	g.SetFile(head, changed, "a\nb\n")
	merge := client(t, at(g), token, nil)
	for text, want := range map[string]bool{"a\nb\n": true, "a\r\nb\r\n": true, "x\na\nb\n": false} {
		if same, err := merge.SameAtHead(t.Context(), changed, []byte(text)); err != nil || same != want {
			t.Errorf("%q: %v, %v", text, same, err)
		}
	}
	if _, err := merge.SameAtHead(t.Context(), "other.yaml", nil); err == nil {
		t.Error("a file that cannot be read is the same")
	}
	requests := len(g.Requests("", ""))
	detached := at(g)
	detached.GitLab = &host.GitLabJob{Kind: host.Detached, Project: 42, Target: 42, Commit: head}
	if same, err := client(t, detached, token, nil).SameAtHead(t.Context(), changed, nil); !same || err != nil || len(g.Requests("", "")) > requests {
		t.Errorf("the head itself: %v, %v", same, err)
	}
}

func TestEveryCallAboutThreadsEndsWithTheRun(t *testing.T) {
	for name, call := range map[string]func(context.Context, *gitlab.Client) error{
		"list": func(ctx context.Context, c *gitlab.Client) error { _, err := c.Threads(ctx); return err },
		"open": func(ctx context.Context, c *gitlab.Client) error {
			_, err := c.OpenThread(ctx, threads.Place{File: changed, Line: 5}, "x")
			return err
		},
		"edit": func(ctx context.Context, c *gitlab.Client) error {
			return c.EditThread(ctx, threads.Thread{ID: "a", Note: 1}, "x")
		},
		"resolve": func(ctx context.Context, c *gitlab.Client) error {
			return c.ResolveThread(ctx, threads.Thread{ID: "a", Note: 1}, true)
		},
		"remove": func(ctx context.Context, c *gitlab.Client) error {
			return c.RemoveThread(ctx, threads.Thread{ID: "a", Note: 1})
		},
		"compare": func(ctx context.Context, c *gitlab.Client) error {
			_, err := c.SameAtHead(ctx, changed, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := server(t)
			ctx, cancel := context.WithCancel(t.Context())
			g.Break(hosttest.Fault{Hang: true, Before: cancel})
			if e := hosttest.Classified(t, call(ctx, client(t, at(g), token, nil))); e.Kind != host.Stopped {
				t.Errorf("kind %s", e.Kind)
			}
		})
	}
}
