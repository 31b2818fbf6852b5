package gitlab_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/gitlab"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/transport"
)

const token = "glpat-secret-of-the-project"

var (
	head = strings.Repeat("1", 40)
	base = strings.Repeat("2", 40)
	// merged is the internal commit of a merged results pipeline.
	merged = strings.Repeat("3", 40)
)

// at is a merged results pipeline on the fake.
func at(g *hosttest.GitLab) host.Context {
	return host.Context{
		Host: host.GitLab, Event: host.PullRequest, Head: head, Base: base, Merge: merged, PR: 7, RunID: 900, Attempt: 1,
		GitLab: &host.GitLabJob{Kind: host.MergedResult, Project: 42, Target: 42, Commit: merged},
		URLs:   host.URLs{API: g.API(), Server: g.URL(), Request: g.URL() + "/example/shop/-/merge_requests/7"},
	}
}

func server(t *testing.T) *hosttest.GitLab {
	t.Helper()
	g := hosttest.NewGitLab(t)
	g.Grant(token, hosttest.GitLabToken{User: hosttest.ProjectBot, Notes: true, Statuses: true})
	g.AddPipeline(900, merged)
	g.SetHead(head)
	return g
}

func client(t *testing.T, c host.Context, secret string, local gitlab.Comparer) *gitlab.Client {
	t.Helper()
	return clientWith(t, c, secret, local, func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, 0.5)
}

// clientWith is a client with a wait of its own, and dice that always show the
// same.
func clientWith(t *testing.T, c host.Context, secret string, local gitlab.Comparer, sleep func(context.Context, time.Duration) error, dice float64) *gitlab.Client {
	t.Helper()
	origin, err := url.Parse(c.URLs.API)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := transport.New(transport.Options{Origin: origin, Auth: transport.Header("PRIVATE-TOKEN", secret), Sleep: sleep})
	if err != nil {
		t.Fatal(err)
	}
	api, err := gitlab.New(gitlab.Options{At: c, HTTP: tr.Client(), Local: local, Sleep: sleep, Random: func() float64 { return dice }})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	wait := func(context.Context, time.Duration) error { return nil }
	dice := func() float64 { return 0 }
	job := &host.GitLabJob{Project: 42, Target: 42}
	for name, o := range map[string]gitlab.Options{
		"no client":  {At: host.Context{GitLab: job, URLs: host.URLs{API: "https://x/api/v4"}}, Sleep: wait, Random: dice},
		"no wait":    {At: host.Context{GitLab: job, URLs: host.URLs{API: "https://x/api/v4"}}, HTTP: http.DefaultClient},
		"no project": {At: host.Context{GitLab: &host.GitLabJob{}, URLs: host.URLs{API: "https://x/api/v4"}}, HTTP: http.DefaultClient, Sleep: wait, Random: dice},
		"no address": {At: host.Context{GitLab: job}, HTTP: http.DefaultClient, Sleep: wait, Random: dice},
	} {
		if _, err := gitlab.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNotesAreReadToTheLastPageOldestFirst(t *testing.T) {
	g := server(t)
	first := g.Seed(hosttest.Developer, "hello")
	for range 249 {
		g.Seed(hosttest.Developer, "hello")
	}
	last := g.Seed(hosttest.ProjectBot, "ours")
	notes, err := client(t, at(g), token, nil).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) != 251 || notes[0].ID != first || notes[250].ID != last || notes[250].Author != (host.Author{Login: hosttest.ProjectBot.Username}) {
		t.Errorf("%d notes, last %+v", len(notes), notes[len(notes)-1])
	}
	if !strings.HasSuffix(notes[0].URL, "/example/shop/-/merge_requests/7#note_1001") {
		t.Errorf("address %q", notes[0].URL)
	}
	if n := len(g.Requests("GET", "/notes")); n != 3 {
		t.Errorf("%d requests for 251 notes, want 3", n)
	}
}

func TestTooManyNotesAreAnErrorNotAHalfList(t *testing.T) {
	g := server(t)
	for range 5001 {
		g.Seed(hosttest.Developer, "x")
	}
	if notes, err := client(t, at(g), token, nil).List(t.Context()); err == nil {
		t.Errorf("%d notes and no error", len(notes))
	}
}

func TestWhatGitLabWritesItselfIsNoNote(t *testing.T) {
	g := server(t)
	all := g.SeedForeign("marker")
	notes, err := client(t, at(g), token, nil).List(t.Context())
	if err != nil || len(notes) != len(all)-1 {
		t.Errorf("%d of %d notes, %v", len(notes), len(all), err)
	}
}

func TestSelf(t *testing.T) {
	g := server(t)
	api := client(t, at(g), token, nil)
	if got, err := api.Self(t.Context()); err != nil || got != (host.Author{Login: hosttest.ProjectBot.Username}) {
		t.Errorf("got %+v, %v", got, err)
	}
	g.Break(hosttest.Fault{Path: "/user", Status: 403, Message: "insufficient_scope"})
	if got, err := api.Self(t.Context()); err != nil || got != (host.Author{}) {
		t.Errorf("token that may not ask: got %+v, %v", got, err)
	}
	if _, err := client(t, at(g), "wrong", nil).Self(t.Context()); err != nil {
		t.Errorf("403 comes first here: %v", err)
	}
	if _, err := client(t, at(server(t)), "wrong", nil).Self(t.Context()); hosttest.Classified(t, err).Kind != host.Permission {
		t.Errorf("wrong token: %v", err)
	}
}

func TestEditAndDelete(t *testing.T) {
	g := server(t)
	api := client(t, at(g), token, nil)
	hosttest.CheckComments(t, api, func() int { return len(g.Notes()) })
	if sha, err := api.CurrentHead(t.Context()); err != nil || sha != head {
		t.Errorf("head %q, %v", sha, err)
	}
}

func TestRefusalsAreClassified(t *testing.T) {
	tests := []struct {
		name  string
		fault hosttest.Fault
		want  host.ErrorKind
		need  string
	}{
		{"no permission", hosttest.Fault{Status: 403, Message: "403 Forbidden"}, host.Permission, "scope api"},
		{"bad token", hosttest.Fault{Status: 401, Message: "401 Unauthorized"}, host.Permission, "scope api"},
		{"hidden", hosttest.Fault{Status: 404, Message: "404 Project Not Found"}, host.NotFound, "scope api"},
		{"too long", hosttest.Fault{Status: 400, Message: "note is too long (maximum is 1000000 characters)"}, host.TooLong, ""},
		{"too large for the proxy", hosttest.Fault{Status: 413, Message: "Request Entity Too Large"}, host.TooLong, ""},
		{"invalid", hosttest.Fault{Status: 400, Message: "note can't be blank"}, host.Rejected, ""},
		{"conflict", hosttest.Fault{Status: 409, Message: "409 Conflict"}, host.Conflict, ""},
		{"limit", hosttest.Fault{Status: 429, Message: "slow down", Header: map[string]string{"Retry-After": "60"}}, host.Limited, ""},
		{"broken gateway", hosttest.Fault{Status: 502, Message: "Bad Gateway"}, host.Transient, ""},
		{"cut answer", hosttest.Fault{Truncate: true}, host.Transient, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := server(t)
			g.Break(tt.fault)
			_, err := client(t, at(g), token, nil).Create(t.Context(), "text")
			e := hosttest.Classified(t, err)
			if e.Kind != tt.want || !strings.Contains(e.Need, tt.need) {
				t.Errorf("kind %s need %q, want %s %q", e.Kind, e.Need, tt.want, tt.need)
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("the token is in the error: %v", err)
			}
			if e.Kind == host.Limited && e.Until.IsZero() {
				t.Error("it is not said when the limit ends")
			}
			// go-gitlab alone would send the note six times.
			if n := len(g.Requests("POST", "/notes")); n != hosttest.Sent(tt.want) {
				t.Errorf("the note was sent %d times, want %d", n, hosttest.Sent(tt.want))
			}
		})
	}
}

// An answer may repeat the request, and the message goes to the note's place in
// the log and to files.
func TestTokenInAnAnswerIsNotRepeated(t *testing.T) {
	g := server(t)
	g.Break(hosttest.Fault{Status: 403, Message: "bad header: " + token})
	_, err := client(t, at(g), token, nil).Create(t.Context(), "text")
	if err == nil || strings.Contains(err.Error(), token) || !strings.Contains(err.Error(), "bad header") {
		t.Errorf("error %v", err)
	}
}

// Every call has to end with the run: go-gitlab takes a context only where it is
// given one, call by call.
func TestEveryCallEndsWithTheRun(t *testing.T) {
	status := host.Status{Context: "nthlayer/gate", State: host.StateSuccess}
	for name, call := range map[string]func(context.Context, *gitlab.Client) error{
		"self":    func(ctx context.Context, c *gitlab.Client) error { _, err := c.Self(ctx); return err },
		"head":    func(ctx context.Context, c *gitlab.Client) error { _, err := c.CurrentHead(ctx); return err },
		"list":    func(ctx context.Context, c *gitlab.Client) error { _, err := c.List(ctx); return err },
		"create":  func(ctx context.Context, c *gitlab.Client) error { _, err := c.Create(ctx, "x"); return err },
		"update":  func(ctx context.Context, c *gitlab.Client) error { _, err := c.Update(ctx, 1, "x"); return err },
		"delete":  func(ctx context.Context, c *gitlab.Client) error { return c.Delete(ctx, 1) },
		"changes": func(ctx context.Context, c *gitlab.Client) error { _, err := c.Changes(ctx); return err },
		"status":  func(ctx context.Context, c *gitlab.Client) error { return c.SetStatus(ctx, status) },
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

// A redirect to another server must not carry the token there.
func TestTokenStaysAtItsServer(t *testing.T) {
	g := server(t)
	g.Break(hosttest.Fault{RedirectTo: hosttest.Elsewhere(t)})
	api := client(t, at(g), token, nil)
	if _, err := api.List(t.Context()); err == nil {
		t.Error("listing followed the redirect")
	}
	if _, err := api.Create(t.Context(), "text"); err == nil {
		t.Error("creating followed the redirect")
	}
	if r := g.Requests("", ""); len(r) == 0 || slices.ContainsFunc(r, func(r hosttest.Request) bool { return r.Authorization != token }) {
		t.Errorf("requests %+v", r)
	}
}

func TestJobTokenIsKnownForWhatItIs(t *testing.T) {
	for _, tt := range []struct {
		token, job string
		want       bool
	}{{"glcbt-64_abc", "", true}, {"same", "same", true}, {"glpat-x", "glcbt-64_abc", false}, {"", "", false}} {
		if got := gitlab.JobToken(tt.token, tt.job); got != tt.want {
			t.Errorf("%q beside %q: %v", tt.token, tt.job, got)
		}
	}
}
