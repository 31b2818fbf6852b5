package github_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/host/hosttest"
)

func TestTokenKinds(t *testing.T) {
	for token, want := range map[string]host.TokenKind{
		"": host.NoToken, "ghs_x": host.InstallationToken, "ghp_x": host.ClassicToken, "github_pat_x": host.FineGrainedToken,
		"gho_x": host.OAuthToken, "ghu_x": host.AppUserToken, strings.Repeat("0", 40): host.OtherToken, "ghs": host.OtherToken,
	} {
		if got := github.TokenKind(token); got != want {
			t.Errorf("%q is %s, want %s", token, got, want)
		}
	}
}

func TestProbeTellsWhatATokenMay(t *testing.T) {
	integration := "Resource not accessible by integration"
	refuse := func(path string) hosttest.Fault {
		return hosttest.Fault{Path: path, Status: http.StatusForbidden, Message: integration, Header: map[string]string{"X-Accepted-GitHub-Permissions": "statuses=read"}}
	}
	tests := []struct {
		name, token       string
		may               hosttest.Token
		faults            []hosttest.Fault
		public            bool
		statuses, comment host.Allowance
		need, account     string
	}{
		{"the job's token", token, hosttest.Token{User: hosttest.ActionsBot, Installation: true}, nil, false, host.NotTold, host.NotTold, "statuses: write", "github-actions[bot]"},
		{
			"the job's token, which may not read statuses", token,
			hosttest.Token{User: hosttest.ActionsBot, Installation: true},
			[]hosttest.Fault{refuse("/statuses")},
			false, host.Forbidden, host.NotTold, "statuses: write", "github-actions[bot]",
		},
		{
			"the job's token, which may not read comments", token,
			hosttest.Token{User: hosttest.ActionsBot, Installation: true},
			[]hosttest.Fault{refuse("/comments")},
			false, host.NotTold, host.Forbidden, "statuses: write", "github-actions[bot]",
		},
		{
			"a server that fails", token,
			hosttest.Token{User: hosttest.ActionsBot, Installation: true},
			[]hosttest.Fault{{Path: "/statuses", Status: 500}},
			false, host.NoAnswer, host.NotTold, "statuses: write", "github-actions[bot]",
		},
		{"all of repo", "ghp_a", hosttest.Token{User: hosttest.Human, Scopes: "gist, repo"}, nil, false, host.Allowed, host.Allowed, "statuses: write", "octocat"},
		{"statuses alone", "ghp_a", hosttest.Token{User: hosttest.Human, Scopes: "repo:status"}, nil, false, host.Allowed, host.Forbidden, "statuses: write", "octocat"},
		{"public_repo, private repository", "ghp_a", hosttest.Token{User: hosttest.Human, Scopes: "public_repo"}, nil, false, host.Forbidden, host.Forbidden, "a token with the scope repo or repo:status", "octocat"},
		{"public_repo, public repository", "ghp_a", hosttest.Token{User: hosttest.Human, Scopes: "public_repo"}, nil, true, host.Allowed, host.Allowed, "statuses: write", "octocat"},
		{"an account that may not push", "ghp_a", hosttest.Token{User: hosttest.Human, Scopes: "repo", Reader: true}, nil, false, host.Forbidden, host.Allowed, "a token of an account that may write to example/shop", "octocat"},
		{"fine-grained", "github_pat_a", hosttest.Token{User: hosttest.Human}, nil, false, host.NotTold, host.NotTold, "statuses: write", "octocat"},
		{"an app that may not push is not told apart", token, hosttest.Token{User: hosttest.ActionsBot, Installation: true, Reader: true}, nil, false, host.NotTold, host.NotTold, "statuses: write", "github-actions[bot]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := hosttest.New(t)
			g.Grant(tt.token, tt.may)
			g.Spend(10)
			for _, f := range tt.faults {
				g.Break(f)
			}
			if tt.public {
				g.SetPublic()
			}
			p := client(t, at(g), tt.token, nil).Probe(t.Context())
			if p.Err != nil || p.GraphQL != nil || p.AccountErr != nil {
				t.Fatalf("%+v", p)
			}
			if p.Statuses.Allowance != tt.statuses || p.Comment.Allowance != tt.comment || p.Statuses.Need != tt.need || p.Account.Login != tt.account {
				t.Errorf("%+v", p)
			}
			if p.Statuses.Allowance == host.Forbidden && strings.Contains(tt.name, "read statuses") && !strings.Contains(p.Statuses.Why, "statuses=read") {
				t.Errorf("what GitHub asks for is not said: %q", p.Statuses.Why)
			}
			if p.Left != 990 || p.Limit != 1000 {
				t.Errorf("%d of %d requests are left", p.Left, p.Limit)
			}
			onlyReads(t, g.Requests("", ""))
		})
	}
}

// onlyReads wants no request that could change anything. The question whom the
// token belongs to can only be sent by POST.
func onlyReads(t *testing.T, requests []hosttest.Request) {
	t.Helper()
	if len(requests) == 0 {
		t.Error("nothing was asked")
	}
	for _, r := range requests {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && (r.Path != "/api/graphql" || strings.Contains(r.Body, "mutation")) {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}

func TestProbeSaysWhyNothingIsKnown(t *testing.T) {
	g := server(t)
	p := client(t, at(g), "ghs_of-somewhere-else", nil).Probe(t.Context())
	if e := hosttest.Classified(t, p.Err); e.Kind != host.Permission || e.Status != http.StatusUnauthorized {
		t.Errorf("%+v", e)
	}
	if diff := cmp.Diff(host.Right{}, p.Statuses); diff != "" {
		t.Error(diff)
	}
	g = server(t)
	g.Break(hosttest.Fault{Path: "/repos/example/shop", Status: 404, Message: "Not Found"})
	if p := client(t, at(g), token, nil).Probe(t.Context()); hosttest.Classified(t, p.Err).Kind != host.NotFound {
		t.Errorf("%+v", p)
	}
}

// Gitea has no GraphQL; the account is known all the same.
func TestProbeWithoutGraphQL(t *testing.T) {
	g := hosttest.New(t)
	g.Grant("gitea", hosttest.Token{User: hosttest.Human})
	g.Break(hosttest.Fault{Path: "/graphql", Status: 404, Message: "Not Found"})
	p := client(t, at(g), "gitea", nil).Probe(t.Context())
	if p.GraphQL == nil || p.Account.Login != "octocat" || p.AccountErr != nil {
		t.Errorf("%+v", p)
	}
}

func TestProbeOfARunWithoutPullRequest(t *testing.T) {
	g := server(t)
	run := at(g)
	run.PR, run.Head = 0, ""
	p := client(t, run, token, nil).Probe(t.Context())
	if p.Comment != (host.Right{}) || p.Statuses != (host.Right{}) || len(g.Requests("", "/issues/")) > 0 {
		t.Errorf("%+v", p)
	}
}
