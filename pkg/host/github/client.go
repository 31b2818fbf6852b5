// Package github talks to GitHub: its REST API through go-github, and the
// runner through workflow commands and command files. It decides nothing; it
// carries what entrypoint hands over and says what was refused.
package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/transport"
)

// Client does what a run needs of GitHub's API for one repository, and one pull
// request where there is one. It implements host.ChangeSource,
// host.CommentStore, host.RevisionSource, host.HeadSource, host.Identity,
// host.StatusSetter, host.StatusReader and host.CheckRunner.
type Client struct {
	base *url.URL
	http *http.Client
	at   host.Context
	// redact masks the token in a text.
	redact func(string) string
	// local compares commits in the checkout; nil where there is none.
	local Comparer
	// installation is true for a token that belongs to an app, as GITHUB_TOKEN
	// does: it writes as the app's bot account.
	installation bool
}

var (
	_ host.ChangeSource = (*Client)(nil)
	_ host.CommentStore = (*Client)(nil)
	_ host.HeadSource   = (*Client)(nil)
	_ host.Identity     = (*Client)(nil)
	_ host.StatusSetter = (*Client)(nil)
	_ host.StatusReader = (*Client)(nil)
	_ host.CheckRunner  = (*Client)(nil)

	_ host.RevisionSource = (*Client)(nil)
	_ host.RequestFinder  = (*Client)(nil)
	_ host.Annotator      = (*Runner)(nil)
)

// Comparer compares two commits without the API.
type Comparer interface {
	Changes(ctx context.Context, base, head string) (host.Changes, error)
}

// Options are what New needs.
type Options struct {
	// At is the run; its Repo and URLs.API are required.
	At host.Context
	// HTTP adds the token, keeps deadlines, refuses redirects to other servers
	// and repeats what may be repeated, as the client of a transport.Transport
	// does. Required: go-github's own authorisation follows redirects with the
	// token, and it knows no deadline.
	HTTP *http.Client
	// Installation tells that the token belongs to an app (it begins with
	// ghs_).
	Installation bool
	// Local is asked when the API cannot compare; may be nil.
	Local Comparer
}

// InstallationToken reports whether a token is one of an app, as the
// GITHUB_TOKEN of a job is.
func InstallationToken(token string) bool { return strings.HasPrefix(token, "ghs_") }

// New returns a Client.
func New(o Options) (*Client, error) {
	if o.HTTP == nil {
		return nil, errors.New("github: an HTTP client is required")
	}
	if o.At.Repo.String() == "" {
		return nil, errors.New("github: the repository is not known")
	}
	base, err := url.Parse(o.At.URLs.API + "/")
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("github: %q is not the address of an API", o.At.URLs.API)
	}
	return &Client{base: base, http: o.HTTP, at: o.At, redact: transport.RedactorOf(o.HTTP), local: o.Local, installation: o.Installation}, nil
}

// api returns go-github's client for one call. After one answer about a limit it
// would refuse all further calls by itself, for up to an hour, and also those that
// the server would serve; when to wait is for the transport to know.
func (c *Client) api() *gh.Client {
	api := gh.NewClient(c.http)
	// Not WithEnterpriseURLs: that adds /api/v3 by guessing, and the runner
	// gives the whole address already.
	api.BaseURL, api.UploadURL = c.base, c.base
	return api
}

// CurrentHead returns the commit that is the head of the pull request now.
func (c *Client) CurrentHead(ctx context.Context) (string, error) {
	pr, _, err := c.api().PullRequests.Get(ctx, c.at.Repo.Owner, c.at.Repo.Name, c.at.PR)
	if err != nil {
		return "", c.classify(ctx, err, "read the pull request", "pull-requests: read")
	}
	return pr.GetHead().GetSHA(), nil
}
