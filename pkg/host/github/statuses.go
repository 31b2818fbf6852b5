package github

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
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
	var all []listedStatus
	for number := 1; number > 0 && number <= maxPages; {
		req, err := c.api().NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/commits/%s/statuses?per_page=%d&page=%d", c.at.Repo, sha, pageSize, number), nil)
		if err != nil {
			return nil, fmt.Errorf("read the commit statuses: %w", err)
		}
		var page []listedStatus
		resp, err := c.api().Do(ctx, req, &page)
		if err != nil {
			return nil, c.classify(ctx, err, "read the commit statuses", needStatuses)
		}
		all = append(all, page...)
		number = resp.NextPage
	}
	return lastStatuses(sha, all), nil
}

// listedStatus is a status as it is listed. Gitea calls its state status.
type listedStatus struct {
	gh.RepoStatus
	Status host.State `json:"status"`
}

// lastStatuses returns the last status of each name. Those with higher ids were set
// later: Gitea lists the newest first too, but by whole seconds.
func lastStatuses(sha string, all []listedStatus) []host.Status {
	slices.SortStableFunc(all, func(a, b listedStatus) int { return cmp.Compare(b.GetID(), a.GetID()) })
	var out []host.Status
	seen := map[string]bool{}
	for _, s := range all {
		if seen[s.GetContext()] {
			continue
		}
		seen[s.GetContext()] = true
		out = append(out, host.Status{
			SHA: sha, Context: s.GetContext(), State: cmp.Or(host.State(s.GetState()), s.Status), Description: s.GetDescription(), URL: s.GetTargetURL(),
		})
	}
	return out
}
