package github

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/nthlayer/action/pkg/host"
)

var _ host.History = (*Client)(nil)

// Parents returns the parents of a commit.
func (c *Client) Parents(ctx context.Context, commit string) ([]string, error) {
	if !host.IsCommit(commit) {
		return nil, fmt.Errorf("%q is not a commit", commit)
	}
	found, _, err := c.api().Git.GetCommit(ctx, c.at.Repo.Owner, c.at.Repo.Name, commit)
	if err != nil {
		return nil, c.classify(ctx, err, "read the commit "+host.Short(commit), "contents: read")
	}
	var parents []string
	for _, p := range found.Parents {
		parents = append(parents, p.GetSHA())
	}
	return parents, nil
}

// MergeBase returns where two commits parted.
func (c *Client) MergeBase(ctx context.Context, a, b string) (string, error) {
	comparison, _, err := c.api().Repositories.CompareCommits(ctx, c.at.Repo.Owner, c.at.Repo.Name, a, b, nil)
	if err != nil {
		return "", c.classify(ctx, err, "compare "+host.Short(a)+" with "+host.Short(b), "contents: read")
	}
	if parted := comparison.GetMergeBaseCommit().GetSHA(); parted != "" {
		return parted, nil
	}
	return c.pullRequestMergeBase(ctx, a, b)
}

// ReadFile returns a file of a commit. The raw form has no limit of one megabyte
// as the encoded one has.
func (c *Client) ReadFile(ctx context.Context, commit, path string) ([]byte, error) {
	if !host.IsCommit(commit) {
		return nil, fmt.Errorf("%q is not a commit", commit)
	}
	var segments []string
	for s := range strings.SplitSeq(path, "/") {
		segments = append(segments, url.PathEscape(s))
	}
	address := "repos/" + c.at.Repo.String() + "/contents/" + strings.Join(segments, "/") + "?ref=" + commit
	body, contentType, err := c.get(ctx, address, "application/vnd.github.raw+json")
	if err != nil {
		return nil, c.classify(ctx, err, "read "+path+" at "+host.Short(commit), "contents: read")
	}
	text, err := content(body, contentType)
	if err != nil {
		return nil, fmt.Errorf("read %s at %s: %w", path, host.Short(commit), err)
	}
	return text, nil
}

// capped refuses more than a file may have. The buffer is no embedded one: its
// ReadFrom would read around the limit.
type capped struct{ data bytes.Buffer }

func (c *capped) Write(p []byte) (int, error) {
	if c.data.Len()+len(p) > host.MaxFile {
		return 0, errors.New("the file is too large")
	}
	return c.data.Write(p)
}
