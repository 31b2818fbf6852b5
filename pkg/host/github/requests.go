package github

import (
	"context"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
)

// Requests returns the open pull requests from a branch of a repository, which is
// this one or a fork. GitHub takes a filter that it cannot read for none at all,
// so that each answer is looked at again.
func (c *Client) Requests(ctx context.Context, from host.Repo, branch string) ([]host.Request, error) {
	opts := &gh.PullRequestListOptions{
		State: "open", Head: from.Owner + ":" + branch, ListOptions: gh.ListOptions{Page: 1, PerPage: pageSize},
	}
	var out []host.Request
	for range maxPages {
		page, resp, err := c.api().PullRequests.List(ctx, c.at.Repo.Owner, c.at.Repo.Name, opts)
		if err != nil {
			return nil, c.classify(ctx, err, "find the pull request of "+opts.Head, "pull-requests: read")
		}
		for _, pr := range page {
			head := pr.GetHead()
			if pr.GetState() == "open" && head.GetRef() == branch && strings.EqualFold(head.GetRepo().GetFullName(), from.String()) {
				out = append(out, host.Request{Number: pr.GetNumber(), Head: head.GetSHA(), BaseRef: pr.GetBase().GetRef()})
			}
		}
		if resp.NextPage == 0 {
			break
		}
		opts.Page = resp.NextPage
	}
	return out, nil
}
