package gitlab

import (
	"context"
	"fmt"

	gl "github.com/xanzy/go-gitlab"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
)

// newest returns the newest version of the diff, with its files. Positions have to
// name its three commits: those of the pipeline are others as soon as the target
// branch has moved.
func (c *Client) newest(ctx context.Context) (*gl.MergeRequestDiffVersion, error) {
	if c.version != nil {
		return c.version, nil
	}
	const what = "read the diff of the merge request"
	all, _, err := c.api.MergeRequests.GetMergeRequestDiffVersions(c.target(), c.at.PR, nil, gl.WithContext(ctx))
	if err != nil {
		return nil, c.classify(ctx, err, what, needThreads)
	}
	if len(all) == 0 || all[0].HeadCommitSHA != c.at.Head {
		return nil, &host.Error{Kind: host.Conflict, Message: "could not " + what + ": its newest version is not about " + host.Short(c.at.Head)}
	}
	found, _, err := c.api.MergeRequests.GetSingleMergeRequestDiffVersion(c.target(), c.at.PR, all[0].ID, nil, gl.WithContext(ctx))
	if err != nil {
		return nil, c.classify(ctx, err, what, needThreads)
	}
	c.version = found
	return found, nil
}

// position names a line as GitLab does: always by both paths, an added line by its
// number in the new file, an unchanged one by both numbers.
func (c *Client) position(ctx context.Context, file string, line int) (*gl.PositionOptions, error) {
	v, err := c.newest(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range v.Diffs {
		if d.NewPath != file || d.DeletedFile {
			continue
		}
		out := &gl.PositionOptions{
			BaseSHA: &v.BaseCommitSHA, StartSHA: &v.StartCommitSHA, HeadSHA: &v.HeadCommitSHA, PositionType: gl.Ptr("text"),
			OldPath: &d.OldPath, NewPath: &d.NewPath, NewLine: &line,
		}
		old, was, err := oldLine(d, line)
		if err != nil {
			return nil, &host.Error{Kind: host.Rejected, Message: fmt.Sprintf("could not open a thread on %s:%d: %v", file, line, err)}
		}
		if was {
			out.OldLine = &old
		}
		return out, nil
	}
	return nil, &host.Error{Kind: host.Rejected, Message: fmt.Sprintf("could not open a thread on %s:%d: the file is not in the diff", file, line)}
}

// oldLine finds the line before the change. GitLab leaves the diff of very large
// files out.
func oldLine(d *gl.Diff, line int) (int, bool, error) {
	switch {
	case d.NewFile:
		return 0, false, nil
	case d.Diff == "" && d.RenamedFile:
		return line, true, nil
	case d.Diff == "":
		return 0, false, fmt.Errorf("GitLab sends no diff for the file")
	}
	return diff.OldLine(d.Diff, line)
}
