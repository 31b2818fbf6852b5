package github_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/transport"
)

const token = "ghs_secret-of-the-job"

var (
	head = strings.Repeat("1", 40)
	base = strings.Repeat("2", 40)
)

// at is a pull request run on the fake.
func at(g *hosttest.GitHub) host.Context {
	return host.Context{
		Host: host.GitHub, Event: host.PullRequest, Head: head, Base: base, PR: 7,
		Repo: host.Repo{Owner: "example", Name: "shop"}, URLs: host.URLs{API: g.API(), GraphQL: g.GraphQL(), Server: g.URL()},
	}
}

func server(t *testing.T) *hosttest.GitHub {
	t.Helper()
	g := hosttest.New(t)
	g.Grant(token, hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true})
	g.SetHead(head)
	return g
}

func client(t *testing.T, c host.Context, secret string, local github.Comparer) *github.Client {
	t.Helper()
	origin, err := url.Parse(c.URLs.API)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := transport.New(transport.Options{
		Origin: origin, Auth: transport.Bearer(secret),
		Sleep: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	api, err := github.New(github.Options{At: c, HTTP: tr.Client(), Installation: github.InstallationToken(secret), Local: local})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for name, o := range map[string]github.Options{
		"no client":     {At: host.Context{Repo: host.Repo{Owner: "a", Name: "b"}}},
		"no repository": {HTTP: http.DefaultClient},
		"no address":    {HTTP: http.DefaultClient, At: host.Context{Repo: host.Repo{Owner: "a", Name: "b"}}},
	} {
		if _, err := github.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCommentsAreReadToTheLastPage(t *testing.T) {
	g := server(t)
	for range 250 {
		g.Seed(hosttest.Human, "hello")
	}
	last := g.Seed(hosttest.ActionsBot, "ours")
	comments, err := client(t, at(g), token, nil).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(comments) != 251 || comments[250].ID != last || comments[250].Author != (host.Author{Login: "github-actions[bot]", Bot: true}) {
		t.Errorf("%d comments, last %+v", len(comments), comments[len(comments)-1])
	}
	if n := len(g.Requests("GET", "/comments")); n != 3 {
		t.Errorf("%d requests for 251 comments, want 3", n)
	}
}

func TestTooManyCommentsAreAnErrorNotAHalfList(t *testing.T) {
	g := server(t)
	for range 5001 {
		g.Seed(hosttest.Human, "x")
	}
	if comments, err := client(t, at(g), token, nil).List(t.Context()); err == nil {
		t.Errorf("%d comments and no error", len(comments))
	}
}

func TestSelf(t *testing.T) {
	const personal = "ghp_personal"
	tests := []struct {
		name, token string
		user        hosttest.User
		noGraphQL   bool
		want        host.Author
	}{
		{"token of the job", token, hosttest.ActionsBot, false, host.Author{Login: "github-actions[bot]", Bot: true}},
		{"GraphQL leaves the suffix out", token, hosttest.User{Login: "github-actions"}, false, host.Author{Login: "github-actions[bot]", Bot: true}},
		{"personal token", personal, hosttest.Human, false, host.Author{Login: "octocat"}},
		{"personal token, no GraphQL", personal, hosttest.Human, true, host.Author{Login: "octocat"}},
		{"token of the job, no GraphQL", token, hosttest.ActionsBot, true, host.Author{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := server(t)
			g.Grant(tt.token, hosttest.Token{User: tt.user, Installation: tt.token == token})
			if tt.noGraphQL {
				g.Break(hosttest.Fault{Path: "graphql", Status: 404, Message: "Not Found"})
			}
			got, err := client(t, at(g), tt.token, nil).Self(t.Context())
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

// A failure while asking who we are is no answer: what is ours cannot be told.
func TestSelfIsAnErrorWhenItCouldNotBeAsked(t *testing.T) {
	for name, fault := range map[string]hosttest.Fault{
		"out of order": {Path: "graphql", Status: 502, Message: "Server Error"},
		"cut answer":   {Path: "graphql", Truncate: true},
		"rate limit":   {Path: "graphql", Status: 429, Message: "slow down"},
	} {
		t.Run(name, func(t *testing.T) {
			g := server(t)
			g.Break(fault)
			got, err := client(t, at(g), token, nil).Self(t.Context())
			if err == nil {
				t.Fatalf("got %+v and no error", got)
			}
			if e := hosttest.Classified(t, err); e.Kind != host.Transient && e.Kind != host.Limited {
				t.Errorf("kind %s", e.Kind)
			}
			g.Grant("ghp_personal", hosttest.Token{User: hosttest.Human})
			if got, err := client(t, at(g), "ghp_personal", nil).Self(t.Context()); err != nil || got.Login != "octocat" {
				t.Errorf("a personal token may ask /user: %+v, %v", got, err)
			}
		})
	}
}

func TestRevisionsOfAComment(t *testing.T) {
	g := server(t)
	api := client(t, at(g), token, nil)
	created, err := api.Create(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.Update(t.Context(), created.ID, "two"); err != nil {
		t.Fatal(err)
	}
	got, err := api.Revisions(t.Context(), created)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, text := range []string{"two", "one"} {
		if got[i].Body != text || got[i].Author != created.Author {
			t.Errorf("revision %d is %+v", i, got[i])
		}
	}
	g.Break(hosttest.Fault{Path: "graphql", Status: 404, Message: "Not Found"})
	if got, err := api.Revisions(t.Context(), created); err == nil {
		t.Errorf("%+v without GraphQL", got)
	}
}

// An answer may repeat the request, and the message goes to the summary, which
// hides no secrets.
func TestTokenInAnAnswerIsNotRepeated(t *testing.T) {
	g := server(t)
	g.Break(hosttest.Fault{Status: 403, Message: "bad header: Bearer " + token})
	api := client(t, at(g), token, nil)
	_, err := api.Create(t.Context(), "text")
	if err == nil || strings.Contains(err.Error(), token) || !strings.Contains(err.Error(), "bad header") {
		t.Errorf("error %v", err)
	}
	if _, err := api.Self(t.Context()); err != nil && strings.Contains(err.Error(), token) {
		t.Errorf("error %v", err)
	}
}

func TestLongAnswerIsCut(t *testing.T) {
	g := server(t)
	g.Break(hosttest.Fault{Status: 403, Message: "no: " + strings.Repeat("A", 30_000)})
	if _, err := client(t, at(g), token, nil).Create(t.Context(), "text"); len(err.Error()) > 500 || !strings.Contains(err.Error(), "no: AAA") {
		t.Errorf("%d bytes", len(err.Error()))
	}
}

func TestStatusIsSetOnTheCommitAndCut(t *testing.T) {
	g := server(t)
	err := client(t, at(g), token, nil).SetStatus(t.Context(), host.Status{
		SHA: head, Context: "nthlayer/gate", State: host.StateFailure, Description: strings.Repeat("ä", 200), URL: "https://example.com/run",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := g.Statuses()
	if len(got) != 1 || got[0].SHA != head || got[0].Context != "nthlayer/gate" || got[0].State != "failure" || got[0].TargetURL == "" {
		t.Errorf("statuses %+v", got)
	}
	if n := len([]rune(got[0].Description)); n != 140 {
		t.Errorf("%d characters", n)
	}
}

// The limit counts characters, of which some have several bytes.
func TestStatusThatFitsIsNotCut(t *testing.T) {
	g := server(t)
	fits := strings.Repeat("ä", 140)
	if err := client(t, at(g), token, nil).SetStatus(t.Context(), host.Status{SHA: head, Context: "a", State: host.StateSuccess, Description: fits}); err != nil {
		t.Fatal(err)
	}
	if got := g.Statuses()[0].Description; got != fits {
		t.Errorf("%q", got)
	}
}

func TestStatusIsNotSetOnAName(t *testing.T) {
	g := server(t)
	if err := client(t, at(g), token, nil).SetStatus(t.Context(), host.Status{SHA: "../main", State: host.StateSuccess}); err == nil {
		t.Error("no error")
	}
	if len(g.Requests("", "")) > 0 {
		t.Error("a request was sent")
	}
}

func TestRefusalsAreClassified(t *testing.T) {
	integration := "Resource not accessible by integration"
	tests := []struct {
		name  string
		fault hosttest.Fault
		want  host.ErrorKind
		need  string
	}{
		{"no permission", hosttest.Fault{Status: 403, Message: integration}, host.Permission, "pull-requests: write"},
		{"bad token", hosttest.Fault{Status: 401, Message: "Bad credentials"}, host.Permission, "pull-requests: write"},
		{"hidden", hosttest.Fault{Status: 404, Message: "Not Found"}, host.NotFound, "pull-requests: write"},
		{"too long", hosttest.Fault{Status: 422, Message: "Body is too long (maximum is 65536 characters)"}, host.TooLong, ""},
		{"invalid", hosttest.Fault{Status: 422, Message: "Validation Failed"}, host.Rejected, ""},
		{"limit with 429", hosttest.Fault{Status: 429, Message: "slow down"}, host.Limited, ""},
		{"limit with 403", hosttest.Fault{Status: 403, Message: "You have exceeded a secondary rate limit", Header: map[string]string{"Retry-After": "60"}}, host.Limited, ""},
		{"used up", hosttest.Fault{Status: 403, Message: "API rate limit exceeded", Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000000"}}, host.Limited, ""},
		{"broken gateway", hosttest.Fault{Status: 502, Message: "Server Error"}, host.Transient, ""},
		{"cut answer", hosttest.Fault{Truncate: true}, host.Transient, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := server(t)
			g.Break(tt.fault)
			_, err := client(t, at(g), token, nil).Create(t.Context(), "text")
			e := hosttest.Classified(t, err)
			if e.Kind != tt.want || tt.need != "" && e.Need != tt.need {
				t.Errorf("kind %s need %q, want %s %q", e.Kind, e.Need, tt.want, tt.need)
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("the token is in the error: %v", err)
			}
			if n := len(g.Requests("POST", "/comments")); n != hosttest.Sent(tt.want) {
				t.Errorf("the comment was sent %d times, want %d", n, hosttest.Sent(tt.want))
			}
		})
	}
}

// go-github itself would not send the next call before the limit ends.
func TestLimitOfOneCallDoesNotRefuseTheNext(t *testing.T) {
	for name, header := range map[string]map[string]string{
		"used up":   {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"},
		"secondary": {"Retry-After": "3600"},
	} {
		t.Run(name, func(t *testing.T) {
			g := server(t)
			g.Break(hosttest.Fault{Method: "POST", Path: "/comments", Status: 403, Message: "API rate limit exceeded", Header: header})
			api := client(t, at(g), token, nil)
			if _, err := api.Create(t.Context(), "text"); hosttest.Classified(t, err).Kind != host.Limited {
				t.Errorf("error %v", err)
			}
			if _, err := api.List(t.Context()); err != nil {
				t.Errorf("the next call: %v", err)
			}
		})
	}
}

func TestStoppedRunIsNotAFault(t *testing.T) {
	g := server(t)
	ctx, cancel := context.WithCancel(t.Context())
	g.Break(hosttest.Fault{Hang: true, Before: cancel})
	_, err := client(t, at(g), token, nil).Create(ctx, "text")
	if e := hosttest.Classified(t, err); e.Kind != host.Stopped {
		t.Errorf("kind %s", e.Kind)
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
}

func TestEditAndDelete(t *testing.T) {
	g := server(t)
	api := client(t, at(g), token, nil)
	hosttest.CheckComments(t, api, func() int { return len(g.Comments()) })
	if sha, err := api.CurrentHead(t.Context()); err != nil || sha != head {
		t.Errorf("head %q, %v", sha, err)
	}
}
