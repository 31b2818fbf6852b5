//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/e2e/neighbour"
)

// gitea is a Gitea with the repository example/shop, in which a pull request
// changes payments-api.
type gitea struct {
	t      *testing.T
	lab    *lab
	server *neighbour.Gitea
	podman *neighbour.Podman // runs the image; nil runs the program itself
	repo   *repository
	// owner is the token of the user example, bot that of the jobs.
	owner, bot string
	head, base string
	pull       int
}

func newGitea(t *testing.T, l *lab) *gitea {
	t.Helper()
	binary := l.tool(t, "gitea/gitea", required)
	server, err := neighbour.NewGitea(t.Context(), binary, filepath.Join(l.tools, "gitea", "static"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	g := &gitea{t: t, lab: l, server: server, repo: newRepository(t, l)}
	for name, token := range map[string]*string{"example": &g.owner, "shop-bot": &g.bot} {
		if *token, err = server.User(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	g.call(http.MethodPost, "user/repos", map[string]any{"name": "shop", "default_branch": "main"}, nil)
	g.call(http.MethodPut, "repos/example/shop/collaborators/shop-bot", map[string]any{"permission": "write"}, nil)
	g.base = g.repo.commit("the demo")
	g.push("main")
	g.repo.git("checkout", "-q", "-b", "looser")
	g.change("400")
	g.pull = g.open("looser")
	return g
}

// change sets the threshold of payments-api and pushes that to the branch of the
// pull request.
func (g *gitea) change(threshold string) {
	g.t.Helper()
	file := "services/payments-api.yaml"
	g.repo.write(file, thresholdLine.ReplaceAllString(g.repo.read(file), "threshold_ms: "+threshold+"}"))
	g.head = g.repo.commit("threshold " + threshold)
	g.push("looser")
	if g.pull > 0 {
		g.await("the commit in the pull request", func() bool { return g.pullHead(g.pull) == g.head })
	}
}

var thresholdLine = regexp.MustCompile(`threshold_ms: \d+}`)

func (g *gitea) push(branch string) {
	g.t.Helper()
	remote := strings.Replace(g.server.URL, "://", "://example:"+g.owner+"@", 1) + "/example/shop.git"
	g.repo.git("push", "-q", remote, "HEAD:refs/heads/"+branch)
	g.await("the branch "+branch, func() bool {
		var found struct{ Commit struct{ ID string } }
		status := g.ask(http.MethodGet, "repos/example/shop/branches/"+branch, nil, &found)
		return status == http.StatusOK && found.Commit.ID == g.repo.git("rev-parse", "HEAD")
	})
}

// open opens a pull request, and waits until Gitea knows its commits.
func (g *gitea) open(branch string) int {
	g.t.Helper()
	var pull struct{ Number int }
	g.call(http.MethodPost, "repos/example/shop/pulls", map[string]any{"title": "a change", "head": branch, "base": "main"}, &pull)
	g.await("the commits of the pull request", func() bool { return g.pullHead(pull.Number) == g.head })
	return pull.Number
}

func (g *gitea) pullHead(number int) string {
	g.t.Helper()
	var pull struct{ Head struct{ SHA string } }
	g.call(http.MethodGet, fmt.Sprintf("repos/example/shop/pulls/%d", number), nil, &pull)
	return pull.Head.SHA
}

// await asks again until something is so.
func (g *gitea) await(what string, so func() bool) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Minute)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !so() {
		select {
		case <-again.C:
		case <-ctx.Done():
			g.t.Fatalf("%s did not show within a minute", what)
		}
	}
}

// call calls the API as the owner and must not fail.
func (g *gitea) call(method, path string, in, out any) {
	g.t.Helper()
	if status := g.ask(method, path, in, out); status/100 != 2 {
		g.t.Fatalf("%s %s: status %d", method, path, status)
	}
}

func (g *gitea) ask(method, path string, in, out any) int {
	g.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		g.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.server.URL+"/api/v1/"+path, bytes.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+g.owner)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	if out != nil && resp.StatusCode/100 == 2 {
		if err := json.Unmarshal(data, out); err != nil {
			g.t.Fatalf("%s %s: %v\n%s", method, path, err, data)
		}
	}
	return resp.StatusCode
}

// giteaComment is a comment as Gitea shows it.
type giteaComment struct {
	ID   int64
	Body string
	URL  string `json:"html_url"`
	User struct{ Login string }
}

func (g *gitea) comments() []giteaComment {
	g.t.Helper()
	var out []giteaComment
	g.call(http.MethodGet, fmt.Sprintf("repos/example/shop/issues/%d/comments", g.pull), nil, &out)
	return out
}

// statuses returns the state of each context on a commit.
func (g *gitea) statuses(commit string) map[string]string {
	g.t.Helper()
	var all struct {
		Statuses []struct{ Context, Status string }
	}
	g.call(http.MethodGet, "repos/example/shop/commits/"+commit+"/status", nil, &all)
	out := map[string]string{}
	for _, s := range all.Statuses {
		out[s.Context] = s.Status
	}
	return out
}
