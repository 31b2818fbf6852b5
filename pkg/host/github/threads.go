package github

import (
	"context"
	"fmt"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/threads"
	"github.com/nthlayer/action/pkg/transport"
)

// A job's token can write comments on lines, but not resolve their conversations:
// the client is no threads.Resolver.
var _ threads.Host = (*Client)(nil)

// newText is the side of the diff on which a comment stands.
const newText = "RIGHT"

// Threads returns the conversations on lines of the pull request, oldest first.
// More than 5,000 comments are an error: with some of them unseen nothing may be
// written.
func (c *Client) Threads(ctx context.Context) ([]threads.Thread, error) {
	var out []threads.Thread
	replies := map[int64]int{}
	opts := &gh.PullRequestListCommentsOptions{Sort: "created", ListOptions: gh.ListOptions{Page: 1, PerPage: pageSize}}
	for range maxPages {
		page, resp, err := c.api().PullRequests.ListComments(ctx, c.at.Repo.Owner, c.at.Repo.Name, c.at.PR, opts)
		if err != nil {
			return nil, c.classify(ctx, err, "list the comments on lines of the pull request", needComments)
		}
		for _, comment := range page {
			if to := comment.GetInReplyTo(); to != 0 {
				replies[to]++
				continue
			}
			out = append(out, thread(comment))
		}
		if resp.NextPage == 0 {
			for i := range out {
				out[i].Replies = replies[out[i].Note]
			}
			return out, nil
		}
		opts.Page = resp.NextPage
	}
	return nil, &host.Error{Kind: host.Rejected, Message: fmt.Sprintf(
		"could not list the comments on lines of the pull request: it has more than %d", maxPages*pageSize)}
}

// thread takes a comment without a line for an outdated one.
func thread(c *gh.PullRequestComment) threads.Thread {
	return threads.Thread{
		ID: fmt.Sprint(c.GetID()), Note: c.GetID(), Author: author(c.GetUser()), Body: c.GetBody(), Outdated: c.Line == nil,
	}
}

// OpenThread writes a comment on lines of the head of the pull request.
func (c *Client) OpenThread(ctx context.Context, at threads.Place, body string) (threads.Thread, error) {
	comment := &gh.PullRequestComment{
		Body: &body, CommitID: gh.String(c.at.Head), Path: gh.String(at.File), Line: gh.Int(at.Line), Side: gh.String(newText),
	}
	if at.First != 0 && at.First < at.Line {
		comment.StartLine, comment.StartSide = gh.Int(at.First), gh.String(newText)
	}
	created, _, err := c.api().PullRequests.CreateComment(ctx, c.at.Repo.Owner, c.at.Repo.Name, c.at.PR, comment)
	if err != nil {
		return threads.Thread{}, c.classify(ctx, err, fmt.Sprintf("comment on %s:%d", at.File, at.Line), needComments)
	}
	return thread(created), nil
}

// EditThread replaces the text of our comment.
func (c *Client) EditThread(ctx context.Context, t threads.Thread, body string) error {
	_, _, err := c.api().PullRequests.EditComment(transport.WithIdempotent(ctx), c.at.Repo.Owner, c.at.Repo.Name, t.Note, &gh.PullRequestComment{Body: &body})
	return c.classify(ctx, err, "edit our comment on a line", needComments)
}

// RemoveThread removes our comment, and with it the conversation that nobody else
// took part in.
func (c *Client) RemoveThread(ctx context.Context, t threads.Thread) error {
	_, err := c.api().PullRequests.DeleteComment(ctx, c.at.Repo.Owner, c.at.Repo.Name, t.Note)
	return c.classify(ctx, err, "remove our comment on a line", needComments)
}

// SameAtHead reports whether a file of the repository has the same content in the
// head of the pull request. The workspace of a job holds the merge with the base
// branch, whose lines may have other numbers.
func (c *Client) SameAtHead(ctx context.Context, file string, content []byte) (bool, error) {
	data, err := c.ReadFile(ctx, c.at.Head, file)
	if err != nil {
		return false, err
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n") == strings.ReplaceAll(string(content), "\r\n", "\n"), nil
}
