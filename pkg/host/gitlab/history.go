package gitlab

import (
	"context"
	"fmt"

	gl "github.com/xanzy/go-gitlab"

	"github.com/nthlayer/action/pkg/host"
)

var _ host.History = (*Client)(nil)

// needRead is what it takes to read commits and files.
const needRead = "scope read_api, role Reporter or higher in the project of the merge request"

// Parents returns the parents of a commit.
func (c *Client) Parents(ctx context.Context, commit string) ([]string, error) {
	if !host.IsCommit(commit) {
		return nil, fmt.Errorf("%q is not a commit", commit)
	}
	found, _, err := c.api.Commits.GetCommit(c.target(), commit, nil, gl.WithContext(ctx))
	if err != nil {
		return nil, c.classify(ctx, err, "read the commit "+host.Short(commit), needRead)
	}
	return found.ParentIDs, nil
}

// MergeBase returns where two commits parted.
func (c *Client) MergeBase(ctx context.Context, a, b string) (string, error) {
	found, _, err := c.api.Repositories.MergeBase(c.target(), &gl.MergeBaseOptions{Ref: &[]string{a, b}}, gl.WithContext(ctx))
	if err != nil {
		return "", c.classify(ctx, err, "find where "+host.Short(a)+" and "+host.Short(b)+" parted", needRead)
	}
	return found.ID, nil
}

// ReadFile returns a file of a commit. The transport bounds what is received.
func (c *Client) ReadFile(ctx context.Context, commit, path string) ([]byte, error) {
	if !host.IsCommit(commit) {
		return nil, fmt.Errorf("%q is not a commit", commit)
	}
	data, _, err := c.api.RepositoryFiles.GetRawFile(c.target(), path, &gl.GetRawFileOptions{Ref: gl.Ptr(commit)}, gl.WithContext(ctx))
	if err != nil {
		return nil, c.classify(ctx, err, "read "+path+" at "+host.Short(commit), needRead)
	}
	if len(data) > host.MaxFile {
		return nil, fmt.Errorf("%s at %s is too large", path, host.Short(commit))
	}
	return data, nil
}
