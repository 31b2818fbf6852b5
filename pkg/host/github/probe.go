package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
)

var _ host.Prober = (*Client)(nil)

const needStatuses = "statuses: write"

// TokenKind returns what a token is, by how it begins. Classic tokens from before
// 2021 and those of Gitea begin with nothing special.
func TokenKind(token string) host.TokenKind {
	for _, known := range []struct {
		prefix string
		kind   host.TokenKind
	}{
		{"", host.NoToken},
		{"ghs_", host.InstallationToken},
		{"ghp_", host.ClassicToken},
		{"github_pat_", host.FineGrainedToken},
		{"gho_", host.OAuthToken},
		{"ghu_", host.AppUserToken},
	} {
		if token == known.prefix || known.prefix != "" && strings.HasPrefix(token, known.prefix) {
			return known.kind
		}
	}
	return host.OtherToken
}

// Probe asks for the repository, the account, a status and a comment. The kind of
// the token is left to who knows its text. Installation and fine-grained tokens
// have permissions that no request shows; only a refusal to read does.
func (c *Client) Probe(ctx context.Context) host.Probe {
	repo, resp, err := c.api().Repositories.Get(ctx, c.at.Repo.Owner, c.at.Repo.Name)
	if err != nil {
		return host.Probe{Err: c.classify(ctx, err, "read the repository "+c.at.Repo.String(), "contents: read")}
	}
	p := host.Probe{
		Server: server(resp.Header), Scopes: scopes(resp.Header), Left: resp.Rate.Remaining, Limit: resp.Rate.Limit,
	}
	p.Account, p.GraphQL, p.AccountErr = c.self(ctx)
	if host.IsCommit(c.at.Head) {
		p.Statuses, p.Checks = c.statuses(ctx, p, repo), c.checks(ctx)
	}
	if c.at.PR > 0 {
		p.Comment = c.mayRead(ctx, "list the comments of the pull request", needComments, fmt.Sprintf("issues/%d/comments", c.at.PR))
		p.Comment = c.told(p, p.Comment, repo, "repo")
	}
	return p
}

// statuses returns whether the token may set statuses. Whoever sets one must be
// able to push; GitHub says who can for accounts, and not for apps.
func (c *Client) statuses(ctx context.Context, p host.Probe, repo *gh.Repository) host.Right {
	right := c.told(p, c.mayRead(ctx, "read the commit statuses", needStatuses, "commits/"+c.at.Head+"/statuses"), repo, "repo", "repo:status")
	if right.Allowance == host.Forbidden || c.installation || repo.Permissions == nil || repo.GetPermissions()["push"] {
		return right
	}
	return host.Right{
		Allowance: host.Forbidden, Need: "a token of an account that may write to " + c.at.Repo.String(),
		Why: fmt.Sprintf("the account %s may only read the repository", p.Account.Login),
	}
}

// checks returns whether the token may write a check run, which only apps can.
func (c *Client) checks(ctx context.Context) host.Right {
	if !c.installation {
		return host.Right{
			Allowance: host.Forbidden, Need: "a token of an app, as ${{ github.token }}",
			Why: "only apps may write check runs, and this token is not one of an app",
		}
	}
	return c.mayRead(ctx, "read the check runs", needChecks, "commits/"+c.at.Head+"/check-runs")
}

// mayRead asks for one entry of a list, which shows that a token may not read it.
func (c *Client) mayRead(ctx context.Context, what, need, path string) host.Right {
	req, err := c.api().NewRequest(http.MethodGet, "repos/"+c.at.Repo.String()+"/"+path+"?per_page=1", nil)
	if err != nil {
		return host.Right{Allowance: host.NoAnswer, Need: need, Why: err.Error()}
	}
	resp, err := c.api().Do(ctx, req, nil)
	if err == nil {
		return host.Right{Allowance: host.NotTold, Need: need, Why: "GitHub does not tell without a write"}
	}
	failed, ok := errors.AsType[*host.Error](c.classify(ctx, err, what, need))
	if !ok {
		return host.Right{Allowance: host.NoAnswer, Need: need, Why: what + " failed"}
	}
	right := host.RightOf(failed, need)
	if accepted := accepted(resp); accepted != "" {
		right.Why += "; it asks for " + accepted
	}
	return right
}

// told makes a right certain by the scopes that the host told. One scope of those
// given is enough; public_repo is for a repository that everybody can see.
func (c *Client) told(p host.Probe, read host.Right, repo *gh.Repository, enough ...string) host.Right {
	if read.Allowance != host.NotTold || p.Scopes == nil {
		return read
	}
	if !repo.GetPrivate() {
		enough = append(enough, "public_repo")
	}
	if slices.ContainsFunc(enough, func(scope string) bool { return slices.Contains(p.Scopes, scope) }) {
		return host.Right{Allowance: host.Allowed, Need: read.Need}
	}
	return host.Right{
		Allowance: host.Forbidden, Need: "a token with the scope " + strings.Join(enough, " or "),
		Why: "the token has the scopes " + strings.Join(p.Scopes, ", "),
	}
}

// scopes returns the scopes of a classic token. It is nil for other tokens, and
// for a token without scopes, which cannot be told from them.
func scopes(h http.Header) []string {
	var out []string
	for scope := range strings.SplitSeq(h.Get("X-OAuth-Scopes"), ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			out = append(out, scope)
		}
	}
	return out
}

// maxHeader is the most of a header's text that is repeated, in bytes.
const maxHeader = 100

// accepted returns the permissions that a call takes, which GitHub tells to
// installation and fine-grained tokens.
func accepted(resp *gh.Response) string {
	if resp == nil || resp.Response == nil {
		return ""
	}
	text := resp.Header.Get("X-Accepted-GitHub-Permissions")
	return text[:min(len(text), maxHeader)]
}

// server returns which program answers, where it says so.
func server(h http.Header) string {
	if version := h.Get("X-GitHub-Enterprise-Version"); version != "" {
		return "GitHub Enterprise Server " + version[:min(len(version), maxHeader)]
	}
	return ""
}
