package gitlab

import (
	"context"
	"errors"
	"fmt"

	gl "github.com/xanzy/go-gitlab"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
)

// maxFiles is where GitLab.com stops listing the files of a merge request.
const maxFiles = 3000

// Changes returns what the run's change touches: by the local git, which needs
// no request and knows no limit, else the files of the merge request by the API.
// When both fail the answer is UnknownChange with the reasons, not an error and
// not an empty change. Only a stopped run is an error.
func (c *Client) Changes(ctx context.Context) (host.Changes, error) {
	if c.at.Event != host.PullRequest && c.at.Base == "" {
		return host.Changes{Precision: host.Everything, Source: string(c.at.Event)}, nil
	}
	var notes []string
	for _, rung := range c.ladder() {
		changes, err := rung(ctx)
		if ctx.Err() != nil {
			return host.Changes{}, c.classify(ctx, ctx.Err(), "find out what changed", "")
		}
		if err == nil {
			changes.Notes = append(notes, changes.Notes...)
			return changes, nil
		}
		notes = append(notes, err.Error())
	}
	return host.Changes{Precision: host.UnknownChange, Notes: notes}, nil
}

// ladder returns the ways to find the changes, best first. The files of the
// merge request are more than a branch pipeline is for, which compares with the
// push before.
func (c *Client) ladder() []func(context.Context) (host.Changes, error) {
	var rungs []func(context.Context) (host.Changes, error)
	if c.local != nil && c.at.Base != "" {
		rungs = append(rungs, func(ctx context.Context) (host.Changes, error) {
			return c.local.Changes(ctx, c.at.Base, c.at.Head)
		})
	}
	if c.at.Event == host.PullRequest && c.at.PR > 0 {
		rungs = append(rungs, c.mergeRequestFiles)
	}
	return rungs
}

func (c *Client) mergeRequestFiles(ctx context.Context) (host.Changes, error) {
	out := host.Changes{Precision: host.ByLine, Source: "files of the merge request"}
	opts := &gl.ListMergeRequestDiffsOptions{ListOptions: gl.ListOptions{Page: 1, PerPage: pageSize}}
	for range maxPages {
		page, resp, err := c.api.MergeRequests.ListMergeRequestDiffs(c.target(), c.at.PR, opts, gl.WithContext(ctx))
		if err != nil {
			return host.Changes{}, c.classify(ctx, err, "list the files of the merge request", needNotes)
		}
		for _, file := range page {
			changed, err := changedFile(file)
			if err != nil {
				out.Notes = append(out.Notes, fmt.Sprintf("%s: %v; all its lines count as changed", file.NewPath, err))
			}
			out.Files = append(out.Files, changed)
		}
		if resp.NextPage == 0 || len(out.Files) >= maxFiles {
			opts.Page = 0
			break
		}
		opts.Page = resp.NextPage
	}
	if len(out.Files) >= maxFiles || opts.Page != 0 {
		return host.Changes{}, fmt.Errorf("GitLab lists only the first %d files of a merge request, and this one has more or as many", maxFiles)
	}
	out.Files = host.SortFiles(out.Files)
	return out, nil
}

// changedFile converts one file. GitLab leaves the diff out of binary, collapsed
// and very large files: all lines of such a file count as changed. A rename
// without changes has no diff either, and touches no line.
func changedFile(f *gl.MergeRequestDiff) (host.ChangedFile, error) {
	c := host.ChangedFile{Path: f.NewPath, Status: host.Modified}
	switch {
	case f.DeletedFile:
		return host.ChangedFile{Path: f.OldPath, Status: host.Removed}, nil
	case f.NewFile:
		c.Status = host.Added
	case f.RenamedFile:
		c.Status, c.Previous = host.Renamed, f.OldPath
	}
	if f.Diff == "" {
		if c.Whole = c.Status != host.Renamed; c.Whole {
			return c, errors.New("GitLab sends no diff for it")
		}
		return c, nil
	}
	lines, err := diff.ParsePatch(f.Diff)
	if err != nil {
		c.Whole = true
		return c, err
	}
	c.Lines = lines
	return c, nil
}
