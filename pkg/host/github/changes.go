package github

import (
	"context"
	"errors"
	"fmt"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
)

// maxFiles is where GitHub stops listing the files of a pull request.
const maxFiles = 3000

// maxCompareFiles is where GitHub stops listing the files of a comparison.
const maxCompareFiles = 300

// Changes returns what the run's change touches: the files of the pull request,
// else a comparison by the API, else one by the local git. When all of them
// fail the answer is UnknownChange with the reasons, not an error and not an
// empty change. Only a stopped run is an error.
func (c *Client) Changes(ctx context.Context) (host.Changes, error) {
	if c.at.PR == 0 && c.at.Base == "" {
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

// ladder returns the ways to find the changes, best first.
func (c *Client) ladder() []func(context.Context) (host.Changes, error) {
	var rungs []func(context.Context) (host.Changes, error)
	if c.at.PR > 0 {
		rungs = append(rungs, c.pullRequestFiles)
	}
	if c.at.Base != "" {
		rungs = append(rungs, c.compare)
		if c.local != nil {
			rungs = append(rungs, c.compareLocally)
		}
	}
	return rungs
}

func (c *Client) compareLocally(ctx context.Context) (host.Changes, error) {
	return c.local.Changes(ctx, c.at.Base, c.at.Head)
}

func (c *Client) pullRequestFiles(ctx context.Context) (host.Changes, error) {
	var files []*gh.CommitFile
	opts := &gh.ListOptions{Page: 1, PerPage: pageSize}
	for range maxPages {
		page, resp, err := c.api().PullRequests.ListFiles(ctx, c.at.Repo.Owner, c.at.Repo.Name, c.at.PR, opts)
		if err != nil {
			return host.Changes{}, c.classify(ctx, err, "list the files of the pull request", "pull-requests: read")
		}
		files = append(files, page...)
		opts.Page = resp.NextPage
		if opts.Page == 0 || len(files) >= maxFiles {
			break
		}
	}
	if len(files) >= maxFiles || opts.Page != 0 {
		return host.Changes{}, fmt.Errorf("GitHub lists only the first %d files of a pull request, and this one has more or as many", maxFiles)
	}
	changes := changesOf(files, "files of the pull request")
	if !patchless(files) {
		return changes, nil
	}
	whole, err := c.pullRequestDiff(ctx)
	if err != nil {
		changes.Notes = append(changes.Notes, err.Error())
		return changes, nil
	}
	return whole, nil
}

func (c *Client) compare(ctx context.Context) (host.Changes, error) {
	comparison, _, err := c.api().Repositories.CompareCommits(ctx, c.at.Repo.Owner, c.at.Repo.Name, c.at.Base, c.at.Head, nil)
	if err != nil {
		return host.Changes{}, c.classify(ctx, err, "compare "+host.Short(c.at.Base)+" with "+host.Short(c.at.Head), "contents: read")
	}
	if comparison.Files == nil {
		return host.Changes{}, errors.New("the server compares commits without naming the files")
	}
	if len(comparison.Files) >= maxCompareFiles {
		return host.Changes{}, fmt.Errorf("GitHub lists only the first %d files of a comparison, and this one has more or as many", maxCompareFiles)
	}
	return changesOf(comparison.Files, "comparison by GitHub"), nil
}

func changesOf(files []*gh.CommitFile, source string) host.Changes {
	out := host.Changes{Precision: host.ByLine, Source: source}
	for _, f := range files {
		changed, err := changedFile(f)
		if err != nil {
			out.Notes = append(out.Notes, fmt.Sprintf("%s: %v; all its lines count as changed", f.GetFilename(), err))
		}
		out.Files = append(out.Files, changed)
	}
	out.Files = host.SortFiles(out.Files)
	return out
}

// changedFile converts one file. GitHub leaves the patch out of binary and very
// large files: all lines of such a file count as changed. A rename without
// changes has no patch either, and touches no line.
func changedFile(f *gh.CommitFile) (host.ChangedFile, error) {
	c := host.ChangedFile{Path: f.GetFilename(), Status: host.Modified}
	switch f.GetStatus() {
	case "added", "copied":
		c.Status = host.Added
	case "removed", "deleted": // Gitea says deleted
		c.Status = host.Removed
		return c, nil
	case "renamed":
		c.Status, c.Previous = host.Renamed, f.GetPreviousFilename()
	}
	if f.GetPatch() == "" {
		if c.Whole = f.GetChanges() > 0 || c.Status != host.Renamed; c.Whole {
			return c, errors.New("the server sends no patch for it")
		}
		return c, nil
	}
	lines, err := diff.ParsePatch(f.GetPatch())
	if err != nil {
		c.Whole = true
		return c, err
	}
	c.Lines = lines
	return c, nil
}
