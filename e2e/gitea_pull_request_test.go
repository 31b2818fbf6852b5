//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host/hosttest"
)

// TestGitea posts to a real Gitea as jobs of its Actions do. The parts build on
// each other.
func TestGitea(t *testing.T) {
	l := newLab(t)
	g := newGitea(t, l)
	g.call(http.MethodPost, fmt.Sprintf("repos/example/shop/issues/%d/comments", g.pull), map[string]any{"body": "why this?"}, nil)
	t.Run("posts", func(t *testing.T) { g.in(t).posts() })
	t.Run("writes the same once", func(t *testing.T) { g.in(t).writesTheSameOnce() })
	t.Run("edits", func(t *testing.T) { g.in(t).edits() })
	t.Run("two at once", func(t *testing.T) { g.in(t).twoAtOnce() })
	t.Run("an older run", func(t *testing.T) { g.in(t).olderRuns() })
	t.Run("without git", func(t *testing.T) {
		g := g.in(t)
		g.podman = l.podman(t)
		l.image(t, g.podman, runtime.GOARCH, "action")
		g.withoutGit()
	})
}

// in returns the same Gitea for a part of the test.
func (g *gitea) in(t *testing.T) *gitea {
	part := *g
	part.t = t
	part.repo = &repository{t: t, dir: g.repo.dir}
	return &part
}

// keyed returns our comments with a key, without those of people.
func (g *gitea) keyed(key string) []giteaComment {
	g.t.Helper()
	var out []giteaComment
	for _, c := range g.comments() {
		if strings.HasPrefix(c.Body, "<!-- nthlayer") && strings.Contains(c.Body, "key="+key+" ") {
			out = append(out, c)
		}
	}
	return out
}

func (g *gitea) posts() {
	run := g.job(g.head, 1)
	if run.code != 2 || run.outputs["undelivered"] != "" || run.outputs["blocked-services"] != "payments-api" {
		g.t.Fatalf("exit code %d, outputs %v\n%s", run.code, run.outputs, run.log)
	}
	all := g.comments()
	if len(all) != 2 || all[0].Body != "why this?" || all[1].User.Login != "shop-bot" || all[1].URL != run.outputs["comment-url"] {
		g.t.Fatalf("comments %+v, output %q", all, run.outputs["comment-url"])
	}
	want := map[string]string{
		"nthlayer/validate": "failure", "nthlayer/lint": "success", "nthlayer/verify": "failure", "nthlayer/gate": "failure", "nthlayer/portfolio": "success",
	}
	if d := cmp.Diff(want, g.statuses(g.head)); d != "" {
		g.t.Errorf("statuses (-want +got):\n%s", d)
	}
	if !strings.Contains(run.log, "(change/slo-weakened)") {
		g.t.Errorf("nothing says that the change loosens a threshold:\n%s", run.log)
	}
}

func (g *gitea) writesTheSameOnce() {
	before := g.comments()
	run := g.job(g.head, 2)
	if d := cmp.Diff(before, g.comments()); d != "" || run.outputs["undelivered"] != "" {
		g.t.Errorf("outputs %v, comments (-before +after):\n%s", run.outputs, d)
	}
}

func (g *gitea) edits() {
	before := g.comments()
	run := g.job(g.head, 3, "INPUT_STAGES=lint")
	after := g.comments()
	if len(after) != 2 || after[0] != before[0] || after[1].ID != before[1].ID || after[1].Body == before[1].Body {
		g.t.Errorf("comments %+v, before %+v\n%s", after, before, run.log)
	}
}

// twoAtOnce has two runs begin a comment at the same time.
func (g *gitea) twoAtOnce() {
	before := g.comments()
	var both sync.WaitGroup
	for _, id := range []int{20, 21} {
		both.Go(func() {
			stages := map[int]string{20: "lint", 21: "lint, gate"}[id]
			if run := g.job(g.head, id, "INPUT_COMMENT-KEY=both", "INPUT_COMMENT=always", "INPUT_STATUSES=false", "INPUT_STAGES="+stages); run.outputs["undelivered"] != "" {
				g.t.Errorf("run %d: outputs %v\n%s", id, run.outputs, run.log)
			}
		})
	}
	both.Wait()
	if ours := g.keyed("both"); len(ours) != 1 || len(g.comments()) != len(before)+1 {
		g.t.Errorf("comments of both runs: %+v", ours)
	}
}

// olderRuns end after a newer one: one for an older commit, and one that began
// earlier for the same commit.
func (g *gitea) olderRuns() {
	older := g.head
	g.change("500")
	g.job(g.head, 31)
	want := g.keyed("default")
	if len(want) != 1 || !strings.Contains(want[0].Body, g.head) {
		g.t.Fatalf("comments %+v", want)
	}
	for _, old := range []struct {
		commit string
		run    int
	}{{older, 30}, {older, 32}, {g.head, 29}} {
		g.job(old.commit, old.run, "INPUT_STAGES=lint")
		if d := cmp.Diff(want, g.keyed("default")); d != "" {
			g.t.Errorf("run %d for %.7s wrote over run 31 (-want +got):\n%s", old.run, old.commit, d)
		}
	}
}

// withoutGit is what the image has. The lines of a pull request and its base come
// from the API, and what a push changes from the checkout: Gitea compares commits
// without naming files.
func (g *gitea) withoutGit() {
	run := g.job(g.head, 50)
	if run.code != 2 || strings.Contains(run.log, "all its lines count as changed") || !strings.Contains(run.log, "(change/slo-weakened)") {
		g.t.Errorf("exit code %d\n%s", run.code, run.log)
	}
	annotated := map[string]bool{}
	for _, c := range hosttest.ParseLog(run.log) {
		annotated[c.Properties["file"]+":"+c.Properties["line"]] = true
	}
	if !annotated["services/payments-api.yaml:12"] {
		g.t.Errorf("the changed line has no annotation: %v", annotated)
	}
	push := g.job(g.head, 51, "GITHUB_EVENT_NAME=push", "INPUT_CHANGED-ONLY=true")
	if push.code != 2 || push.outputs["blocked-services"] != "payments-api" || push.outputs["missing-metrics"] != "0" {
		g.t.Errorf("a push: exit code %d, outputs %v\n%s", push.code, push.outputs, push.log)
	}
}
