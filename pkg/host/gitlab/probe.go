package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	gl "github.com/xanzy/go-gitlab"

	"github.com/nthlayer/action/pkg/host"
)

var _ host.Prober = (*Client)(nil)

// scopeAPI is the scope that writing needs; read_api is not enough.
const scopeAPI = "api"

// Probe asks for the token itself, its account, the projects, and the notes of the
// merge request. Servers before 15.5 do not tell a token about itself.
func (c *Client) Probe(ctx context.Context) host.Probe {
	p := host.Probe{Kind: host.OtherToken}
	token, _, err := c.api.PersonalAccessTokens.GetSinglePersonalAccessToken(gl.WithContext(ctx))
	if err != nil {
		failed := c.failure(ctx, err, "ask for the token itself", "")
		if failed.Kind != host.NotFound && (failed.Kind != host.Permission || failed.Status == http.StatusUnauthorized) {
			p.Err = failed
			return p
		}
	} else if p = described(token); !token.Active || token.Revoked {
		p.Err = &host.Error{Kind: host.Permission, Message: "the token is revoked or has expired", Need: "a new token with the scope api"}
		return p
	}
	p.Account, p.AccountErr = c.Self(ctx)
	p.Kind = owner(p.Account.Login, p.Kind)
	c.rights(ctx, &p)
	return p
}

// described takes over what a token says about itself.
func described(token *gl.PersonalAccessToken) host.Probe {
	p := host.Probe{Kind: host.PersonalToken, Scopes: token.Scopes}
	if p.Scopes == nil {
		p.Scopes = []string{}
	}
	if token.ExpiresAt != nil {
		p.Expires = time.Time(*token.ExpiresAt)
	}
	return p
}

// owner returns whose token it is: GitLab makes an account for each project or
// group access token, and names it after them.
func owner(login string, otherwise host.TokenKind) host.TokenKind {
	switch {
	case strings.HasPrefix(login, "project_") && strings.Contains(login, "_bot"):
		return host.ProjectToken
	case strings.HasPrefix(login, "group_") && strings.Contains(login, "_bot"):
		return host.GroupToken
	}
	return otherwise
}

// rights fills in what the token may write: statuses in the project of the
// pipeline, notes in that of the merge request.
func (c *Client) rights(ctx context.Context, p *host.Probe) {
	p.Statuses = c.role(ctx, c.project(), gl.DeveloperPermissions, needStatuses)
	if c.at.PR > 0 {
		p.Comment = c.role(ctx, c.target(), gl.ReporterPermissions, needNotes)
		p.Comment = c.sees(ctx, p.Comment)
	}
	if p.Scopes == nil || slices.Contains(p.Scopes, scopeAPI) {
		return
	}
	without := func(need string) host.Right {
		return host.Right{Allowance: host.Forbidden, Need: need, Why: "the token has the scopes " + strings.Join(p.Scopes, ", ")}
	}
	p.Statuses = without(needStatuses)
	if c.at.PR > 0 {
		p.Comment = without(needNotes)
	}
}

// role compares the token's role in a project with the one that is needed. A role
// that comes from elsewhere, as from a shared group, is not told.
func (c *Client) role(ctx context.Context, project int, least gl.AccessLevelValue, need string) host.Right {
	found, _, err := c.api.Projects.GetProject(project, nil, gl.WithContext(ctx))
	if err != nil {
		return host.RightOf(c.failure(ctx, err, fmt.Sprintf("read the project %d", project), need), need)
	}
	level := gl.NoPermissions
	if p := found.Permissions; p != nil {
		if p.ProjectAccess != nil {
			level = max(level, p.ProjectAccess.AccessLevel)
		}
		if p.GroupAccess != nil {
			level = max(level, p.GroupAccess.AccessLevel)
		}
	}
	switch {
	case level >= least:
		return host.Right{Allowance: host.Allowed, Need: need}
	case level == gl.NoPermissions:
		return host.Right{Allowance: host.NotTold, Need: need, Why: fmt.Sprintf("GitLab does not tell the role in the project %d", project)}
	}
	return host.Right{Allowance: host.Forbidden, Need: need, Why: fmt.Sprintf("the role in the project %d is lower", project)}
}

// sees corrects a right to write notes when not even reading them is allowed.
func (c *Client) sees(ctx context.Context, right host.Right) host.Right {
	options := &gl.ListMergeRequestNotesOptions{ListOptions: gl.ListOptions{PerPage: 1}}
	_, _, err := c.api.Notes.ListMergeRequestNotes(c.target(), c.at.PR, options, gl.WithContext(ctx))
	if err == nil {
		return right
	}
	return host.RightOf(c.failure(ctx, err, "list the notes of the merge request", needNotes), needNotes)
}

// failure classifies an error of a call, which is always one of the host's.
func (c *Client) failure(ctx context.Context, err error, what, need string) *host.Error {
	if failed, ok := errors.AsType[*host.Error](c.classify(ctx, err, what, need)); ok {
		return failed
	}
	return &host.Error{Kind: host.Transient, Need: need, Message: "could not " + what}
}

// TokenKind returns what a token is as far as its text tells: the access tokens
// of people, projects and groups begin alike.
func TokenKind(token, jobToken string) host.TokenKind {
	switch {
	case token == "":
		return host.NoToken
	case JobToken(token, jobToken):
		return host.JobToken
	}
	return host.OtherToken
}
