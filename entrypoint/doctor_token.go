package entrypoint

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/host/gitlab"
)

const (
	// fewLeft is how many requests a token should have left: a run with a comment
	// and statuses takes a few dozen.
	fewLeft = 100
	// soon is how long before a token ends the doctor says so.
	soon = 14 * 24 * time.Hour
)

// aboutToken looks at the token and asks the host about it.
func (d *doctor) aboutToken(ctx context.Context) {
	const group = "token"
	if d.settings.Host.Host == host.Local {
		return
	}
	if d.api.unusable != nil {
		d.failed(group, "kind", kindText(d.tokenKind())+": "+d.api.unusable.Error(), d.unusableFix())
		return
	}
	prober, ok := d.api.hostAPI.(host.Prober)
	if !ok {
		d.withoutToken(group)
		return
	}
	d.probe, d.probed = prober.Probe(ctx), true
	if kind := d.tokenKind(); d.probe.Kind == "" || kind == host.JobToken {
		d.probe.Kind = kind
	}
	d.ok(group, "kind", kindText(d.probe.Kind)+d.serverText())
	if err := d.probe.Err; err != nil {
		d.refused(group, "answer", err, d.refusedFix())
		return
	}
	d.aboutAccount(group)
	d.aboutScopes(group)
	if d.probe.Limit > 0 && d.probe.Left < fewLeft {
		d.warn(group, "limit", fmt.Sprintf("%d of %d requests in an hour are left", d.probe.Left, d.probe.Limit),
			"Wait for the next hour, or give the job a token of its own.")
	} else if d.probe.Limit > 0 {
		d.ok(group, "limit", fmt.Sprintf("%d of %d requests in an hour are left", d.probe.Left, d.probe.Limit))
	}
}

// withoutToken says what a run without a token lacks: on GitHub what it is used
// for, on GitLab little.
func (d *doctor) withoutToken(group string) {
	if d.settings.Host.Host == host.GitHub {
		d.warn(group, "kind", d.api.whyNone+"; what changed, statuses and the comment need it", "Give the input token: ${{ github.token }}.")
		return
	}
	d.ok(group, "kind", "none: GitLab shows the report files without one")
}

// tokenKind returns what the token is by its text.
func (d *doctor) tokenKind() host.TokenKind {
	if d.settings.Host.Host == host.GitHub {
		return github.TokenKind(d.settings.Deliver.Token)
	}
	return gitlab.TokenKind(d.settings.Deliver.GitLabToken, d.env.Getenv("CI_JOB_TOKEN"))
}

func (d *doctor) unusableFix() string {
	if d.tokenKind() == host.JobToken {
		return "Make a project access token with the scope api and the role Developer, and give it as the masked variable GITLAB_TOKEN; or leave gitlab-token empty."
	}
	return "Correct what the message names."
}

func (d *doctor) refusedFix() string {
	if d.settings.Host.Host == host.GitLab {
		return "Make a new project access token with the scope api for this project, and store it as the masked variable GITLAB_TOKEN."
	}
	return fmt.Sprintf("Give a token of this server that may read %s, as ${{ github.token }} with permissions: contents: read.", d.settings.Host.Repo)
}

func (d *doctor) serverText() string {
	if d.probe.Server == "" {
		return ""
	}
	return ", on " + d.probe.Server
}

func (d *doctor) aboutAccount(group string) {
	if d.probe.Account.Login != "" {
		d.ok(group, "account", d.probe.Account.Login)
		return
	}
	says := "the host does not tell whom the token writes as"
	if d.probe.AccountErr != nil {
		says = d.probe.AccountErr.Error()
	}
	d.warn(group, "account", says+"; no comment that exists is edited", "Let the job reach the GraphQL API, or give a token that may read its own account.")
}

func (d *doctor) aboutScopes(group string) {
	if d.probe.Scopes != nil {
		d.ok(group, "scopes", strings.Join(d.probe.Scopes, ", "))
	}
	if d.probe.Expires.IsZero() {
		return
	}
	day := d.probe.Expires.Format(time.DateOnly)
	if d.probe.Expires.Before(d.env.now().Add(soon)) {
		d.warn(group, "expires", "the token ends on "+day, "Make a new token before that day.")
		return
	}
	d.ok(group, "expires", "on "+day)
}

// kindText says what a token is.
func kindText(kind host.TokenKind) string {
	switch kind {
	case host.NoToken:
		return "none"
	case host.InstallationToken:
		return "installation token of an app, as the GITHUB_TOKEN of a job"
	case host.ClassicToken:
		return "classic personal access token"
	case host.FineGrainedToken:
		return "fine-grained personal access token"
	case host.OAuthToken:
		return "token of an OAuth app"
	case host.AppUserToken:
		return "token of a GitHub App for a person"
	case host.PersonalToken:
		return "personal access token"
	case host.ProjectToken:
		return "project access token"
	case host.GroupToken:
		return "group access token"
	case host.JobToken:
		return "job token"
	case host.OtherToken:
	}
	return "token of a kind that its text does not show"
}
