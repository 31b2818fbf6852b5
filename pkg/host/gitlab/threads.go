package gitlab

import (
	"context"
	"fmt"
	"strings"

	gl "github.com/xanzy/go-gitlab"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/threads"
)

var (
	_ threads.Host     = (*Client)(nil)
	_ threads.Resolver = (*Client)(nil)
)

const needThreads = "scope api, role Developer or higher in the project of the merge request"

// Threads returns all threads of the merge request that can be resolved, oldest
// first. More than 5,000 discussions are an error: with some of them unseen
// nothing may be written.
func (c *Client) Threads(ctx context.Context) ([]threads.Thread, error) {
	var out []threads.Thread
	opts := &gl.ListMergeRequestDiscussionsOptions{Page: 1, PerPage: pageSize}
	for range maxPages {
		page, resp, err := c.api.Discussions.ListMergeRequestDiscussions(c.target(), c.at.PR, opts, gl.WithContext(ctx))
		if err != nil {
			return nil, c.classify(ctx, err, "list the threads of the merge request", needThreads)
		}
		for _, d := range page {
			if len(d.Notes) > 0 && d.Notes[0].Resolvable {
				out = append(out, thread(d))
			}
		}
		if resp.NextPage == 0 {
			return out, nil
		}
		opts.Page = resp.NextPage
	}
	return nil, &host.Error{Kind: host.Rejected, Message: fmt.Sprintf(
		"could not list the threads of the merge request: it has more than %d", maxPages*pageSize)}
}

// thread takes the state of the first note, which is ours: GitLab gives each note
// of a thread the state of the whole.
func thread(d *gl.Discussion) threads.Thread {
	first := d.Notes[0]
	out := threads.Thread{
		ID: d.ID, Note: int64(first.ID), Author: host.Author{Login: first.Author.Username}, Body: first.Body,
		Resolved: first.Resolved, ResolvedBy: host.Author{Login: first.ResolvedBy.Username},
	}
	for _, note := range d.Notes[1:] {
		if !note.System {
			out.Replies++
		}
	}
	return out
}

// OpenThread opens a thread on the last line of a place in the newest version of the
// merge request.
func (c *Client) OpenThread(ctx context.Context, at threads.Place, body string) (threads.Thread, error) {
	position, err := c.position(ctx, at.File, at.Line)
	if err != nil {
		return threads.Thread{}, err
	}
	d, _, err := c.api.Discussions.CreateMergeRequestDiscussion(c.target(), c.at.PR,
		&gl.CreateMergeRequestDiscussionOptions{Body: &body, Position: position}, gl.WithContext(ctx))
	if err != nil {
		return threads.Thread{}, c.classify(ctx, err, fmt.Sprintf("open a thread on %s:%d", at.File, at.Line), needThreads)
	}
	if len(d.Notes) == 0 {
		return threads.Thread{}, &host.Error{Kind: host.Transient, Message: "GitLab answered with a thread that has no note"}
	}
	return thread(d), nil
}

// EditThread replaces the text of the first note.
func (c *Client) EditThread(ctx context.Context, t threads.Thread, body string) error {
	_, _, err := c.api.Discussions.UpdateMergeRequestDiscussionNote(c.target(), c.at.PR, t.ID, int(t.Note),
		&gl.UpdateMergeRequestDiscussionNoteOptions{Body: &body}, gl.WithContext(ctx))
	return c.classify(ctx, err, "edit our thread on the merge request", needThreads)
}

// ResolveThread resolves a thread or opens it again.
func (c *Client) ResolveThread(ctx context.Context, t threads.Thread, resolved bool) error {
	_, _, err := c.api.Discussions.ResolveMergeRequestDiscussion(c.target(), c.at.PR, t.ID,
		&gl.ResolveMergeRequestDiscussionOptions{Resolved: &resolved}, gl.WithContext(ctx))
	what := "resolve our thread on the merge request"
	if !resolved {
		what = "open our thread on the merge request again"
	}
	return c.classify(ctx, err, what, needThreads)
}

// RemoveThread removes the only note of a thread, and with it the thread.
func (c *Client) RemoveThread(ctx context.Context, t threads.Thread) error {
	_, err := c.api.Discussions.DeleteMergeRequestDiscussionNote(c.target(), c.at.PR, t.ID, int(t.Note), gl.WithContext(ctx))
	return c.classify(ctx, err, "remove our second thread for one finding", needThreads)
}

// SameAtHead reports whether a file of the repository has the same content in the
// head of the merge request. In a pipeline for merged results the workspace holds
// a merge, whose lines may have other numbers.
func (c *Client) SameAtHead(ctx context.Context, file string, content []byte) (bool, error) {
	if c.at.GitLab.Commit == c.at.Head {
		return true, nil
	}
	data, err := c.ReadFile(ctx, c.at.Head, file)
	if err != nil {
		return false, err
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n") == strings.ReplaceAll(string(content), "\r\n", "\n"), nil
}
