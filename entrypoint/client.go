package entrypoint

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/host/gitlab"
	"github.com/nthlayer/action/pkg/host/local"
	"github.com/nthlayer/action/pkg/transport"
)

// hostAPI is what a run needs of a host's API.
type hostAPI interface {
	Publisher
	host.ChangeSource
}

// client is a host's API; without one it says why.
type client struct {
	hostAPI
	whyNone string
	// unusable is why a token that was given cannot be used.
	unusable error
	// lost is why the pull request could not be looked up.
	lost error
}

// client returns the client for the API of the host. One that cannot be used does
// not stop the run: only publishing needs it.
func (c *ci) client(s Settings) client {
	switch s.Host.Host {
	case host.GitHub:
		return c.gitHub(s)
	case host.GitLab:
		return c.gitLab(s)
	case host.Local:
	}
	return client{whyNone: fmt.Sprintf("results go to the log and to files on %s", s.Host.Host)}
}

func (c *ci) gitHub(s Settings) client {
	if s.Deliver.Token == "" {
		return client{whyNone: "there is no token; give the input token"}
	}
	t, err := c.transport(s, transport.Bearer(s.Deliver.Token))
	if err != nil {
		return client{unusable: fmt.Errorf("connect to GitHub: %w", err)}
	}
	options := github.Options{At: s.Host, HTTP: t.Client(), Installation: github.InstallationToken(s.Deliver.Token)}
	if git, err := local.Open(s.Repository); err == nil {
		options.Local = git
	}
	api, err := github.New(options)
	if err != nil {
		return client{unusable: err}
	}
	return client{hostAPI: api}
}

// gitLab returns the client for GitLab. Without a usable token the run goes on:
// GitLab shows the report files, and they need none.
func (c *ci) gitLab(s Settings) client {
	token := s.Deliver.GitLabToken
	if token == "" {
		return client{whyNone: "there is no token; set GITLAB_TOKEN as a masked variable to have it"}
	}
	if gitlab.JobToken(token, c.env.Getenv("CI_JOB_TOKEN")) {
		return client{unusable: &host.Error{
			Kind: host.Permission, Need: "an access token with the scope api",
			Message: "gitlab-token is the job token (CI_JOB_TOKEN), which may not write notes and statuses",
		}}
	}
	t, err := c.transport(s, transport.Header("PRIVATE-TOKEN", token))
	if err != nil {
		return client{unusable: fmt.Errorf("connect to GitLab: %w", err)}
	}
	options := gitlab.Options{At: s.Host, HTTP: t.Client(), Sleep: c.env.sleep, Random: rand.Float64}
	if git, err := local.Open(s.Repository); err == nil {
		options.Local = git
	}
	api, err := gitlab.New(options)
	if err != nil {
		return client{unusable: err}
	}
	return client{hostAPI: api}
}

// transport returns the transport for the API of the run's host.
func (c *ci) transport(s Settings, auth transport.Auth) (*transport.Transport, error) {
	origin, err := url.Parse(s.Host.URLs.API)
	if err != nil {
		return nil, fmt.Errorf("read the address of the API: %w", err)
	}
	caFile := ""
	if s.Host.GitLab != nil {
		caFile = s.Host.GitLab.CAFile
	}
	return transport.New(transport.Options{
		Origin: origin, Auth: auth, UserAgent: c.env.UserAgent, CAFile: caFile, CA: s.Prometheus.CA, Proxy: http.ProxyFromEnvironment,
		// A minute of silence is what to keep when a host does not say for how
		// long.
		LimitedWait: time.Minute, Sleep: c.env.Sleep, Now: c.env.Now, Base: c.env.Network, MinWriteInterval: pace,
	})
}

// pace is the time between two writes. GitHub asks for a second, and GitLab.com
// takes 60 new notes a minute.
const pace = time.Second

// sleep waits by the clock, or as the environment says.
func (e Env) sleep(ctx context.Context, d time.Duration) error {
	if e.Sleep != nil {
		return e.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// changesTime bounds how long reading what changed may take, also when the
// timeout of the run is longer.
const changesTime = 2 * time.Minute

// changes asks the host what changed. Without an API the local git is asked;
// without a base everything counts as changed. A host that does not answer in
// time leaves it unknown; only a run that was stopped is an error.
func (c *ci) changes(ctx context.Context, api host.ChangeSource, s Settings) (host.Changes, error) {
	limit := min(changesTime, s.Timeout/2) // the other half is for the stages
	asking, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	changes, err := c.ask(asking, api, s)
	switch {
	case err != nil && ctx.Err() != nil:
		return host.Changes{}, err
	case err != nil && asking.Err() != nil:
		err = fmt.Errorf("what changed could not be read within %s", limit)
	}
	if err != nil {
		return host.Changes{Precision: host.UnknownChange, Notes: []string{err.Error()}}, nil
	}
	return placed(changes, s), nil
}

func (c *ci) ask(ctx context.Context, api host.ChangeSource, s Settings) (host.Changes, error) {
	if api != nil {
		return api.Changes(ctx)
	}
	if s.Host.Base == "" {
		return host.Changes{Precision: host.Everything, Source: string(s.Host.Host)}, nil
	}
	git, err := local.Open(s.Repository)
	if err != nil {
		return host.Changes{}, err
	}
	return git.Changes(ctx, s.Host.Base, s.Host.Head)
}
