// Package gitlab talks to GitLab's REST API through go-gitlab. It decides
// nothing; it carries what entrypoint hands over and says what was refused.
package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gl "github.com/xanzy/go-gitlab"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/transport"
)

// Client does what a run needs of GitLab's API for one merge request and one
// pipeline. It implements host.ChangeSource, host.CommentStore,
// host.HeadSource, host.Identity, host.StatusSetter and threads.Host.
type Client struct {
	api *gl.Client
	at  host.Context
	// redact masks the token in a text.
	redact func(string) string
	// local compares commits in the checkout; nil where there is none.
	local Comparer
	sleep func(context.Context, time.Duration) error
	// random returns a number from 0 to 1, for waits of different lengths.
	random func() float64
	// version is the newest diff of the merge request, once it was read.
	version *gl.MergeRequestDiffVersion
}

var (
	_ host.ChangeSource = (*Client)(nil)
	_ host.CommentStore = (*Client)(nil)
	_ host.HeadSource   = (*Client)(nil)
	_ host.Identity     = (*Client)(nil)
	_ host.StatusSetter = (*Client)(nil)
)

// Comparer compares two commits without the API.
type Comparer interface {
	Changes(ctx context.Context, base, head string) (host.Changes, error)
}

// Options are what New needs.
type Options struct {
	// At is the run; its GitLab and URLs.API are required.
	At host.Context
	// HTTP adds the token, keeps deadlines, refuses redirects to other servers
	// and repeats what may be repeated, as the client of a transport.Transport
	// does. Required: go-gitlab itself sends its token wherever a redirect
	// leads, repeats writes, and knows no deadline.
	HTTP *http.Client
	// Local is asked first for what changed; may be nil.
	Local Comparer
	// Sleep and Random are the wait and the dice between attempts to set a
	// status.
	Sleep  func(context.Context, time.Duration) error
	Random func() float64
}

// JobToken reports whether a token is the job's own, which GitLab lets read but
// not write notes and statuses.
func JobToken(token, jobToken string) bool {
	return token != "" && token == jobToken || strings.HasPrefix(token, "glcbt-")
}

// unlimited leaves the pace to the transport, which knows all calls.
type unlimited struct{}

func (unlimited) Wait(context.Context) error { return nil }

// New returns a Client.
func New(o Options) (*Client, error) {
	if o.HTTP == nil || o.Sleep == nil || o.Random == nil {
		return nil, errors.New("gitlab: an HTTP client, a wait and dice are required")
	}
	if o.At.GitLab == nil || o.At.GitLab.Project == 0 || o.At.GitLab.Target == 0 {
		return nil, errors.New("gitlab: the project is not known; CI_PROJECT_ID is not set")
	}
	base, err := url.Parse(o.At.URLs.API)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("gitlab: %q is not the address of an API", o.At.URLs.API)
	}
	// The empty token is replaced by the transport, for this server only.
	api, err := gl.NewClient("", gl.WithBaseURL(base.String()), gl.WithHTTPClient(o.HTTP), gl.WithoutRetries(), gl.WithCustomLimiter(unlimited{}))
	if err != nil {
		return nil, fmt.Errorf("gitlab: %w", err)
	}
	api.UserAgent = "" // the transport says who we are
	return &Client{api: api, at: o.At, redact: transport.RedactorOf(o.HTTP), local: o.Local, sleep: o.Sleep, random: o.Random}, nil
}

// project is the project that the pipeline runs in, target the one that the
// merge request goes to.
func (c *Client) project() int { return int(c.at.GitLab.Project) }
func (c *Client) target() int  { return int(c.at.GitLab.Target) }

// Self returns whom the token writes as. Empty means that GitLab does not tell
// this token, as one without the scope api or read_user.
func (c *Client) Self(ctx context.Context) (host.Author, error) {
	user, _, err := c.api.Users.CurrentUser(gl.WithContext(ctx))
	if err == nil {
		return host.Author{Login: user.Username}, nil
	}
	err = c.classify(ctx, err, "find out whom the token belongs to", "")
	if e, ok := errors.AsType[*host.Error](err); ok && (e.Kind == host.Permission && e.Status != http.StatusUnauthorized || e.Kind == host.NotFound) {
		return host.Author{}, nil
	}
	return host.Author{}, err
}

// CurrentHead returns the commit that is the head of the merge request now.
func (c *Client) CurrentHead(ctx context.Context) (string, error) {
	mr, _, err := c.api.MergeRequests.GetMergeRequest(c.target(), c.at.PR, nil, gl.WithContext(ctx))
	if err != nil {
		return "", c.classify(ctx, err, "read the merge request", needNotes)
	}
	return mr.SHA, nil
}
