package gitlab

import (
	"context"
	"fmt"

	gl "github.com/xanzy/go-gitlab"

	"github.com/nthlayer/action/pkg/host"
)

// pageSize is the largest page that GitLab serves; its default is 20.
const pageSize = 100

// maxPages bounds every listing, so that a server which always names a next
// page cannot keep a run for ever.
const maxPages = 50

const needNotes = "scope api, role Reporter or higher in the project of the merge request"

// List returns all notes of the merge request, oldest first, without the ones
// that GitLab writes itself. More than 5,000 notes are an error: with some of
// them unseen nothing may be written.
func (c *Client) List(ctx context.Context) ([]host.Comment, error) {
	var out []host.Comment
	opts := &gl.ListMergeRequestNotesOptions{
		ListOptions: gl.ListOptions{Page: 1, PerPage: pageSize}, OrderBy: gl.Ptr("created_at"), Sort: gl.Ptr("asc"),
	}
	for range maxPages {
		page, resp, err := c.api.Notes.ListMergeRequestNotes(c.target(), c.at.PR, opts, gl.WithContext(ctx))
		if err != nil {
			return nil, c.classify(ctx, err, "list the notes of the merge request", needNotes)
		}
		for _, note := range page {
			if !note.System {
				out = append(out, c.converted(note))
			}
		}
		if resp.NextPage == 0 {
			return out, nil
		}
		opts.Page = resp.NextPage
	}
	return nil, &host.Error{Kind: host.Rejected, Message: fmt.Sprintf(
		"could not list the notes of the merge request: it has more than %d", maxPages*pageSize)}
}

// Create writes a plain note. A discussion would be a thread that has to be
// resolved before the merge.
func (c *Client) Create(ctx context.Context, body string) (host.Comment, error) {
	note, _, err := c.api.Notes.CreateMergeRequestNote(c.target(), c.at.PR, &gl.CreateMergeRequestNoteOptions{Body: &body}, gl.WithContext(ctx))
	if err != nil {
		return host.Comment{}, c.classify(ctx, err, "write the note on the merge request", needNotes)
	}
	return c.converted(note), nil
}

// Update replaces the body of a note.
func (c *Client) Update(ctx context.Context, id int64, body string) (host.Comment, error) {
	note, _, err := c.api.Notes.UpdateMergeRequestNote(c.target(), c.at.PR, int(id), &gl.UpdateMergeRequestNoteOptions{Body: &body}, gl.WithContext(ctx))
	if err != nil {
		return host.Comment{}, c.classify(ctx, err, "edit the note on the merge request", needNotes)
	}
	return c.converted(note), nil
}

// Delete removes a note.
func (c *Client) Delete(ctx context.Context, id int64) error {
	_, err := c.api.Notes.DeleteMergeRequestNote(c.target(), c.at.PR, int(id), gl.WithContext(ctx))
	return c.classify(ctx, err, "remove the note from the merge request", needNotes)
}

func (c *Client) converted(n *gl.Note) host.Comment {
	out := host.Comment{ID: int64(n.ID), Author: host.Author{Login: n.Author.Username}, Body: n.Body}
	if c.at.URLs.Request != "" {
		out.URL = fmt.Sprintf("%s#note_%d", c.at.URLs.Request, n.ID)
	}
	return out
}
