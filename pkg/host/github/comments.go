package github

import (
	"context"
	"fmt"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/transport"
)

// pageSize is the largest page that GitHub serves; its default is 30.
const pageSize = 100

// maxPages bounds every listing, so that a server which always names a next
// page cannot keep a run for ever.
const maxPages = 50

const needComments = "pull-requests: write"

// List returns all comments of the pull request, oldest first. More than 5,000
// comments are an error: with some of them unseen nothing may be written.
func (c *Client) List(ctx context.Context) ([]host.Comment, error) {
	var out []host.Comment
	opts := &gh.IssueListCommentsOptions{ListOptions: gh.ListOptions{Page: 1, PerPage: pageSize}}
	for range maxPages {
		page, resp, err := c.api().Issues.ListComments(ctx, c.at.Repo.Owner, c.at.Repo.Name, c.at.PR, opts)
		if err != nil {
			return nil, c.classify(ctx, err, "list the comments of the pull request", needComments)
		}
		for _, comment := range page {
			out = append(out, converted(comment))
		}
		if resp.NextPage == 0 {
			return out, nil
		}
		opts.Page = resp.NextPage
	}
	return nil, &host.Error{Kind: host.Rejected, Message: fmt.Sprintf(
		"could not list the comments of the pull request: it has more than %d", maxPages*pageSize)}
}

// Create writes a new comment.
func (c *Client) Create(ctx context.Context, body string) (host.Comment, error) {
	comment, _, err := c.api().Issues.CreateComment(ctx, c.at.Repo.Owner, c.at.Repo.Name, c.at.PR, &gh.IssueComment{Body: &body})
	if err != nil {
		return host.Comment{}, c.classify(ctx, err, "write the comment", needComments)
	}
	return converted(comment), nil
}

// Update replaces the body of a comment.
func (c *Client) Update(ctx context.Context, id int64, body string) (host.Comment, error) {
	comment, _, err := c.api().Issues.EditComment(transport.WithIdempotent(ctx), c.at.Repo.Owner, c.at.Repo.Name, id, &gh.IssueComment{Body: &body})
	if err != nil {
		return host.Comment{}, c.classify(ctx, err, "edit the comment", needComments)
	}
	return converted(comment), nil
}

// Delete removes a comment.
func (c *Client) Delete(ctx context.Context, id int64) error {
	_, err := c.api().Issues.DeleteComment(ctx, c.at.Repo.Owner, c.at.Repo.Name, id)
	return c.classify(ctx, err, "remove the comment", needComments)
}

func converted(c *gh.IssueComment) host.Comment {
	return host.Comment{ID: c.GetID(), Author: author(c.GetUser()), Body: c.GetBody(), URL: c.GetHTMLURL(), Node: c.GetNodeID()}
}
