package github_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/host/threads"
)

const changed = "services/a b.yaml"

// withDiff is a server whose pull request changes lines 4 to 6 of a file.
func withDiff(t *testing.T) *hosttest.GitHub {
	t.Helper()
	g := server(t)
	g.SetFiles(hosttest.File{Filename: changed, Status: "modified", Changes: 3, Patch: "@@ -3,2 +3,5 @@\n a\n+b\n+c\n+d\n e"})
	return g
}

func TestThreadsStandOnLinesOfTheHead(t *testing.T) {
	g := withDiff(t)
	api := client(t, at(g), token, nil)
	for _, place := range []threads.Place{{File: changed, Line: 4}, {File: changed, First: 4, Line: 6}, {File: changed, First: 5, Line: 5}} {
		if _, err := api.OpenThread(t.Context(), place, "text"); err != nil {
			t.Fatal(err)
		}
	}
	us := hosttest.ActionsBot
	want := []hosttest.ReviewComment{
		{ID: 1001, Body: "text", User: us, CommitID: head, Path: changed, Line: 4, Side: "RIGHT"},
		{ID: 1002, Body: "text", User: us, CommitID: head, Path: changed, Line: 6, StartLine: 4, Side: "RIGHT", StartSide: "RIGHT"},
		{ID: 1003, Body: "text", User: us, CommitID: head, Path: changed, Line: 5, Side: "RIGHT"},
	}
	if diff := cmp.Diff(want, g.Reviews()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, place := range []threads.Place{{File: changed, Line: 9}, {File: "other.yaml", Line: 4}, {File: changed, First: 1, Line: 4}} {
		if _, err := api.OpenThread(t.Context(), place, "text"); hosttest.Classified(t, err).Kind != host.Rejected {
			t.Errorf("%+v: %v", place, err)
		}
	}
}

func TestThreadsAreReadToTheLastPageWithTheirAnswers(t *testing.T) {
	g := withDiff(t)
	ours := g.SeedReview(hosttest.ActionsBot, hosttest.ReviewComment{Body: "ours", Path: changed, Line: 4})
	for range 250 {
		g.SeedReview(hosttest.Human, hosttest.ReviewComment{Body: "what is this?", Path: changed, Line: 5})
	}
	g.SeedReview(hosttest.Human, hosttest.ReviewComment{Body: "no", Path: changed, InReplyTo: ours.ID})
	g.Outdate(ours.ID)
	got, err := client(t, at(g), token, nil).Threads(t.Context())
	if err != nil || len(got) != 251 {
		t.Fatalf("%d threads, %v", len(got), err)
	}
	want := threads.Thread{ID: "1001", Note: 1001, Author: host.Author{Login: "github-actions[bot]", Bot: true}, Body: "ours", Replies: 1, Outdated: true}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	if got[1].Outdated || got[1].Replies != 0 {
		t.Errorf("%+v", got[1])
	}
	if n := len(g.Requests("GET", "/pulls/7/comments")); n != 3 {
		t.Errorf("%d requests for 252 comments, want 3", n)
	}
}

func TestTooManyThreadsAreAnErrorNotAHalfList(t *testing.T) {
	g := withDiff(t)
	for range 5001 {
		g.SeedReview(hosttest.Human, hosttest.ReviewComment{Body: "x", Path: changed, Line: 5})
	}
	if got, err := client(t, at(g), token, nil).Threads(t.Context()); err == nil {
		t.Errorf("%d threads and no error", len(got))
	}
}

func TestThreadIsEditedAndRemoved(t *testing.T) {
	g := withDiff(t)
	api := client(t, at(g), token, nil)
	ours, err := api.OpenThread(t.Context(), threads.Place{File: changed, Line: 5}, "one")
	if err != nil {
		t.Fatal(err)
	}
	if err := api.EditThread(t.Context(), ours, "two"); err != nil || g.Reviews()[0].Body != "two" {
		t.Errorf("%v, %+v", err, g.Reviews())
	}
	if err := api.RemoveThread(t.Context(), ours); err != nil || len(g.Reviews()) > 0 {
		t.Errorf("%v, %+v", err, g.Reviews())
	}
	if err := api.RemoveThread(t.Context(), ours); hosttest.Classified(t, err).Kind != host.NotFound {
		t.Errorf("second time: %v", err)
	}
}

func TestATokenThatMayNotCommentOnLinesSaysWhatItNeeds(t *testing.T) {
	g := withDiff(t)
	g.Grant(token, hosttest.Token{User: hosttest.ActionsBot, Installation: true})
	_, err := client(t, at(g), token, nil).OpenThread(t.Context(), threads.Place{File: changed, Line: 5}, "x")
	if e := hosttest.Classified(t, err); e.Kind != host.Permission || e.Need != "pull-requests: write" {
		t.Errorf("%+v", e)
	}
}

func TestFileIsComparedWithTheHead(t *testing.T) {
	g := withDiff(t)
	g.SetFile(head, changed, "a\nb\n")
	api := client(t, at(g), token, nil)
	for text, want := range map[string]bool{"a\nb\n": true, "a\r\nb\r\n": true, "x\na\nb\n": false} {
		if same, err := api.SameAtHead(t.Context(), changed, []byte(text)); err != nil || same != want {
			t.Errorf("%q: %v, %v", text, same, err)
		}
	}
	if _, err := api.SameAtHead(t.Context(), "other.yaml", nil); err == nil {
		t.Error("a file that cannot be read is the same")
	}
}

func TestEveryCallAboutThreadsEndsWithTheRun(t *testing.T) {
	ours := threads.Thread{ID: "1", Note: 1}
	for name, call := range map[string]func(context.Context, *github.Client) error{
		"list": func(ctx context.Context, c *github.Client) error { _, err := c.Threads(ctx); return err },
		"open": func(ctx context.Context, c *github.Client) error {
			_, err := c.OpenThread(ctx, threads.Place{File: changed, Line: 5}, "x")
			return err
		},
		"edit":   func(ctx context.Context, c *github.Client) error { return c.EditThread(ctx, ours, "x") },
		"remove": func(ctx context.Context, c *github.Client) error { return c.RemoveThread(ctx, ours) },
		"compare": func(ctx context.Context, c *github.Client) error {
			_, err := c.SameAtHead(ctx, changed, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := withDiff(t)
			ctx, cancel := context.WithCancel(t.Context())
			g.Break(hosttest.Fault{Hang: true, Before: cancel})
			if e := hosttest.Classified(t, call(ctx, client(t, at(g), token, nil))); e.Kind != host.Stopped || strings.Contains(e.Message, token) {
				t.Errorf("%+v", e)
			}
		})
	}
}
