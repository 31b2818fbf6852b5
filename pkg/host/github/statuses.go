package github

import (
	"context"
	"fmt"
	"unicode/utf8"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/transport"
)

// maxDescription is the longest description of a status, in characters. A
// longer one is refused with 422.
const maxDescription = 140

// SetStatus writes a commit status.
func (c *Client) SetStatus(ctx context.Context, s host.Status) error {
	if !host.IsCommit(s.SHA) {
		return fmt.Errorf("set the status %s: %q is not a commit", s.Context, s.SHA)
	}
	status := &gh.RepoStatus{
		State: gh.String(string(s.State)), Context: gh.String(s.Context), Description: gh.String(cut(s.Description)),
	}
	if s.URL != "" {
		status.TargetURL = gh.String(s.URL)
	}
	// The last status of a name is the one that counts, so that writing it
	// twice does no harm.
	_, _, err := c.api().Repositories.CreateStatus(transport.WithIdempotent(ctx), c.at.Repo.Owner, c.at.Repo.Name, s.SHA, status)
	return c.classify(ctx, err, "set the commit status "+s.Context, needStatuses)
}

// cut keeps a description within GitHub's limit; the renderer cuts on words
// long before, this is the last guard.
func cut(s string) string {
	if utf8.RuneCountInString(s) <= maxDescription {
		return s
	}
	return string([]rune(s)[:maxDescription-1]) + "…"
}

// Statuses returns the last status of each name on a commit.
func (c *Client) Statuses(ctx context.Context, sha string) ([]host.Status, error) {
	if !host.IsCommit(sha) {
		return nil, fmt.Errorf("read the commit statuses: %q is not a commit", sha)
	}
	var out []host.Status
	seen := map[string]bool{}
	options := &gh.ListOptions{PerPage: pageSize}
	for range maxPages {
		page, response, err := c.api().Repositories.ListStatuses(ctx, c.at.Repo.Owner, c.at.Repo.Name, sha, options)
		if err != nil {
			return nil, c.classify(ctx, err, "read the commit statuses", needStatuses)
		}
		for _, s := range page { // the newest come first
			if seen[s.GetContext()] {
				continue
			}
			seen[s.GetContext()] = true
			out = append(out, host.Status{
				SHA: sha, Context: s.GetContext(), State: host.State(s.GetState()), Description: s.GetDescription(), URL: s.GetTargetURL(),
			})
		}
		if response.NextPage == 0 {
			break
		}
		options.Page = response.NextPage
	}
	return out, nil
}
