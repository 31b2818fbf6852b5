package github

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
)

// Gitea and Forgejo have an API like GitHub's under another address, and leave
// things out of their answers. Whatever is here goes by the answers and not by the
// environment, so that it holds for both and for their later versions.

// patchless reports whether a server lists files without their patches, as Gitea
// does. GitHub leaves the patch out of single files alone, and names the content
// of every file by its hash.
func patchless(files []*gh.CommitFile) bool {
	return len(files) > 0 && !slices.ContainsFunc(files, func(f *gh.CommitFile) bool {
		return f.GetPatch() != "" || f.GetSHA() != ""
	})
}

// pullRequestDiff returns what Gitea has for the patches: one diff of the whole
// pull request.
func (c *Client) pullRequestDiff(ctx context.Context) (host.Changes, error) {
	body, _, err := c.get(ctx, fmt.Sprintf("repos/%s/pulls/%d.diff", c.at.Repo, c.at.PR), "text/plain")
	if err != nil {
		return host.Changes{}, c.classify(ctx, err, "read the diff of the pull request", "pull-requests: read")
	}
	files, err := diff.ParseGit(string(body))
	if err != nil {
		return host.Changes{}, fmt.Errorf("read the diff of the pull request: %w", err)
	}
	return host.Changes{Precision: host.ByLine, Source: "diff of the pull request", Files: host.ChangedFiles(files)}, nil
}

// pullRequestMergeBase returns where the pull request parted from its base, which
// Gitea says there and not in a comparison.
func (c *Client) pullRequestMergeBase(ctx context.Context, a, b string) (string, error) {
	what := "find out where " + host.Short(a) + " and " + host.Short(b) + " parted"
	if c.at.PR == 0 || a != c.at.Base || b != c.at.Head {
		return "", fmt.Errorf("could not %s: the server's comparison does not say it", what)
	}
	body, _, err := c.get(ctx, fmt.Sprintf("repos/%s/pulls/%d", c.at.Repo, c.at.PR), "application/json")
	if err != nil {
		return "", c.classify(ctx, err, what, "pull-requests: read")
	}
	var pull struct {
		MergeBase string `json:"merge_base"`
		Head      side   `json:"head"`
	}
	if err := json.Unmarshal(body, &pull); err != nil {
		return "", fmt.Errorf("could not %s: %w", what, err)
	}
	if pull.Head.SHA != b {
		return "", fmt.Errorf("could not %s: the pull request has moved on to %s", what, host.Short(pull.Head.SHA))
	}
	return pull.MergeBase, nil
}

// side is one side of a pull request.
type side struct {
	SHA string `json:"sha"`
}

// content returns the text of a file out of an answer. GitHub sends the file itself
// when it is asked to; Gitea knows the encoded form alone, as the Content-Type tells.
func content(body []byte, contentType string) ([]byte, error) {
	if strings.Contains(contentType, "raw") || !strings.HasPrefix(contentType, "application/json") {
		return body, nil
	}
	var file struct {
		Encoding string  `json:"encoding"`
		Content  *string `json:"content"`
	}
	if err := json.Unmarshal(body, &file); err != nil {
		return nil, fmt.Errorf("it is no file: %w", err)
	}
	if file.Encoding != "base64" || file.Content == nil {
		return nil, errors.New("it is no file, or one that is too large")
	}
	text, err := base64.StdEncoding.DecodeString(*file.Content)
	if err != nil {
		return nil, fmt.Errorf("its content cannot be decoded: %w", err)
	}
	return text, nil
}

// get reads an address below that of the API in one form, and returns the
// Content-Type as well.
func (c *Client) get(ctx context.Context, address, accept string) ([]byte, string, error) {
	req, err := c.api().NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Accept", accept)
	var body capped
	resp, err := c.api().Do(ctx, req, &body)
	if err != nil {
		return nil, "", err
	}
	return body.data.Bytes(), resp.Header.Get("Content-Type"), nil
}
