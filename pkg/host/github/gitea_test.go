package github_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
	"github.com/nthlayer/action/pkg/host/hosttest"
)

// gitea serves what a Gitea 1.26 answered for one pull request. go test -tags e2e
// -run TestGiteaRecorded ./e2e compares the files with a real one, and writes them
// anew with -record.
type gitea struct {
	at    host.Context
	asked []string
	// answers are names of files by path; a path without one is not found.
	answers map[string]string
}

func newGitea(t *testing.T) *gitea {
	t.Helper()
	const repo = "/api/v1/repos/example/shop"
	g := &gitea{answers: map[string]string{
		repo + "/pulls/1":                             "pull.json",
		repo + "/pulls/1/files":                       "files.json",
		repo + "/pulls/1.diff":                        "pull.diff",
		repo + "/compare/" + base + "..." + head:      "compare.json",
		repo + "/contents/services/payments-api.yaml": "contents.json",
		repo + "/git/commits/" + head:                 "commit.json",
		repo + "/commits/" + head + "/statuses":       "statuses.json",
		"/api/v1/user":                                "user.json",
		repo + "/contents/services":                   "files.json",
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.asked = append(g.asked, r.URL.Path)
		data, err := os.ReadFile(filepath.Join("testdata", "gitea", g.answers[r.URL.Path]))
		if g.answers[r.URL.Path] == "" || err != nil {
			w.WriteHeader(http.StatusNotFound)
			data = []byte(`{"errors":null,"message":"not found","url":"https://gitea.example/api/swagger"}`)
		}
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		if strings.HasSuffix(r.URL.Path, ".diff") {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		}
		_, _ = w.Write(data)
	}))
	t.Cleanup(server.Close)
	g.at = host.Context{
		Host: host.GitHub, Event: host.PullRequest, Head: head, Base: base, PR: 1,
		Repo: host.Repo{Owner: "example", Name: "shop"}, URLs: host.URLs{API: server.URL + "/api/v1", Server: server.URL},
	}
	return g
}

// Gitea lists the files of a pull request without their patches.
func TestGiteaChangesOfAPullRequest(t *testing.T) {
	g := newGitea(t)
	got, err := client(t, g.at, token, nil).Changes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := host.Changes{
		Precision: host.ByLine, Source: "diff of the pull request",
		Files: []host.ChangedFile{{Path: "services/payments-api.yaml", Status: host.Modified, Lines: diff.Lines{{From: 12, To: 12}}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// Gitea has pages of its own size and takes no per_page; the Link header leads on.
func TestGiteaPages(t *testing.T) {
	const all, size = 70, 30
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number := max(1, atoi(r.URL.Query().Get("page")))
		var names []string
		for i := (number - 1) * size; i < min(number*size, all); i++ {
			names = append(names, fmt.Sprintf(`{"filename": "f%d", "status": "deleted", "changes": 1}`, i))
		}
		if number*size < all {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?limit=%d&page=%d>; rel="next"`, r.Host, r.URL.Path, size, number+1))
		}
		_, _ = fmt.Fprintf(w, "[%s]", strings.Join(names, ","))
	}))
	t.Cleanup(server.Close)
	g := newGitea(t)
	g.at.URLs.API = server.URL + "/api/v1"
	got, err := client(t, g.at, token, nil).Changes(t.Context())
	if err != nil || len(got.Files) != all || got.Files[0].Status != host.Removed {
		t.Errorf("%d files, %v", len(got.Files), err)
	}
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func TestGiteaChangesWithoutADiff(t *testing.T) {
	for name, answer := range map[string]string{"not found": "", "not readable": "pull.json"} {
		t.Run(name, func(t *testing.T) {
			g := newGitea(t)
			g.answers["/api/v1/repos/example/shop/pulls/1.diff"] = answer
			got, err := client(t, g.at, token, nil).Changes(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if want := []host.ChangedFile{{Path: "services/payments-api.yaml", Status: host.Modified, Whole: true}}; !cmp.Equal(want, got.Files) {
				t.Errorf("files %+v", got.Files)
			}
		})
	}
}

// A comparison on Gitea names no files. That is not a change of nothing.
func TestGiteaComparisonNamesNoFiles(t *testing.T) {
	g := newGitea(t)
	g.at.PR, g.at.Event = 0, host.Push
	got, err := client(t, g.at, token, nil).Changes(t.Context())
	if err != nil || got.Precision != host.UnknownChange || len(got.Notes) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	local := &comparer{changes: host.Changes{Precision: host.ByLine, Source: "git diff"}}
	if got, err = client(t, g.at, token, local).Changes(t.Context()); err != nil || got.Source != "git diff" {
		t.Errorf("with a checkout: %+v, %v", got, err)
	}
}

// Where a pull request began stands in it, and not in a comparison.
func TestGiteaMergeBase(t *testing.T) {
	g := newGitea(t)
	api := client(t, g.at, token, nil)
	if got, err := api.MergeBase(t.Context(), base, head); err != nil || got != base {
		t.Errorf("%q, %v", got, err)
	}
	other := strings.Repeat("8", 40)
	g.answers["/api/v1/repos/example/shop/compare/"+other+"..."+head] = "compare.json"
	if got, err := api.MergeBase(t.Context(), other, head); err == nil {
		t.Errorf("another commit and the head parted at %q", got)
	}
	moved := g.at
	moved.Head = strings.Repeat("9", 40)
	g.answers["/api/v1/repos/example/shop/compare/"+base+"..."+moved.Head] = "compare.json"
	if got, err := client(t, moved, token, nil).MergeBase(t.Context(), base, moved.Head); err == nil || !strings.Contains(err.Error(), "moved on") {
		t.Errorf("after a push: %q, %v", got, err)
	}
}

// Gitea knows no raw form of a file under its path.
func TestGiteaFileOfACommit(t *testing.T) {
	g := newGitea(t)
	api := client(t, g.at, token, nil)
	got, err := api.ReadFile(t.Context(), base, "services/payments-api.yaml")
	if err != nil || !strings.HasPrefix(string(got), "# A built-in template") || !strings.Contains(string(got), "threshold_ms: 250") {
		t.Errorf("%v\n%s", err, got)
	}
	if got, err := api.ReadFile(t.Context(), base, "services"); err == nil {
		t.Errorf("a folder was read as %q", got)
	}
	_, err = api.ReadFile(t.Context(), base, "gone.yaml")
	if e := hosttest.Classified(t, err); e.Kind != host.NotFound {
		t.Errorf("%+v", e)
	}
}

func TestGiteaParents(t *testing.T) {
	g := newGitea(t)
	if got, err := client(t, g.at, token, nil).Parents(t.Context(), head); err != nil || len(got) != 1 || got[0] != base {
		t.Errorf("%q, %v", got, err)
	}
}

// There is no GraphQL, and the token of a job is that of an account.
func TestGiteaSelf(t *testing.T) {
	g := newGitea(t)
	self, err := client(t, g.at, "5555555555555555555555555555555555555555", nil).Self(t.Context())
	if err != nil || self != (host.Author{Login: "shop-bot"}) {
		t.Errorf("%+v, %v", self, err)
	}
	if len(g.asked) != 1 || g.asked[0] != "/api/v1/user" {
		t.Errorf("asked %q", g.asked)
	}
	_, err = client(t, g.at, token, nil).Revisions(t.Context(), host.Comment{ID: 1})
	if e, ok := errors.AsType[*host.Error](err); !ok || e.Kind != host.NotFound {
		t.Errorf("former texts: %v", err)
	}
}

// A status says status for state, and the order of a second is not that in which
// they were set.
func TestGiteaStatuses(t *testing.T) {
	g := newGitea(t)
	got, err := client(t, g.at, token, nil).Statuses(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]host.State{}
	for _, s := range got {
		states[s.Context] = s.State
	}
	if d := cmp.Diff(map[string]host.State{"nthlayer/lint": host.StateSuccess, "nthlayer/gate": host.StatePending}, states); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
