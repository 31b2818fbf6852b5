package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/transport"
)

const whoWeAre = "find out whom the token belongs to"

// Self returns whom the token writes as. A job's GITHUB_TOKEN may not ask
// GET /user, so GraphQL is asked first; servers without it answer /user. Only
// where both refuse is the account not known; a failure is an error.
func (c *Client) Self(ctx context.Context) (host.Author, error) {
	self, _, err := c.self(ctx)
	return self, err
}

// self returns also why GraphQL did not answer, nil when it did.
func (c *Client) self(ctx context.Context) (_ host.Author, failed, _ error) {
	var answer struct {
		Viewer struct {
			Login string `json:"login"`
		} `json:"viewer"`
	}
	failed = c.graphQL(ctx, whoWeAre, "query { viewer { login } }", nil, &answer)
	if login := answer.Viewer.Login; failed == nil && login != "" {
		return c.account(login), nil, nil
	}
	user, _, err := c.api().Users.Get(ctx, "")
	if err == nil {
		return author(user), failed, nil
	}
	err = c.classify(ctx, err, whoWeAre, "")
	if !refusal(err) {
		return host.Author{}, failed, err
	}
	if failed != nil && !refusal(failed) {
		return host.Author{}, failed, failed
	}
	return host.Author{}, failed, nil
}

// refusal reports whether a server said that a token may not have something, or
// that it has no such thing.
func refusal(err error) bool {
	e, ok := errors.AsType[*host.Error](err)
	return ok && (e.Kind == host.Permission || e.Kind == host.NotFound || e.Kind == host.Rejected)
}

// account turns GraphQL's login into the account that the REST API shows: the
// bot of an app has the suffix [bot] there, which GraphQL may leave out.
func (c *Client) account(login string) host.Author {
	login, bot := strings.CutSuffix(login, "[bot]")
	if login != "" && (bot || c.installation) {
		return host.Author{Login: login + "[bot]", Bot: true}
	}
	return host.Author{Login: login}
}

func author(u *gh.User) host.Author {
	return host.Author{Login: u.GetLogin(), Bot: u.GetType() == "Bot"}
}

// GitHub keeps every text that a comment had. What it calls the diff of an edit
// is the whole text behind it. The newest come first.
const revisionsQuery = `query($id: ID!) {
  node(id: $id) { ... on IssueComment { userContentEdits(first: 30) { nodes { diff editor { login } } } } }
}`

// Revisions returns the latest texts of a comment, with the accounts that wrote
// them.
func (c *Client) Revisions(ctx context.Context, of host.Comment) ([]host.Comment, error) {
	var answer struct {
		Node struct {
			Edits struct {
				Nodes []struct {
					Diff   string `json:"diff"`
					Editor struct {
						Login string `json:"login"`
					} `json:"editor"`
				} `json:"nodes"`
			} `json:"userContentEdits"`
		} `json:"node"`
	}
	if err := c.graphQL(ctx, "read the former texts of the comment", revisionsQuery, map[string]string{"id": of.Node}, &answer); err != nil {
		return nil, err
	}
	var out []host.Comment
	for _, edit := range answer.Node.Edits.Nodes {
		revision := of
		revision.Author, revision.Body = c.account(edit.Editor.Login), edit.Diff
		out = append(out, revision)
	}
	return out, nil
}

// maxGraphQL is the most of an answer that is read, in bytes.
const maxGraphQL = 8 << 20

// graphQL asks a question that changes nothing and reads its data into out. A
// server that has no GraphQL answers with an error of the kind host.NotFound.
func (c *Client) graphQL(ctx context.Context, what, query string, variables map[string]string, out any) error {
	if c.at.URLs.GraphQL == "" {
		return &host.Error{Kind: host.NotFound, Message: "could not " + what + ": this server has no GraphQL"}
	}
	question, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	req, err := http.NewRequestWithContext(transport.WithQuestion(ctx), http.MethodPost, c.at.URLs.GraphQL, strings.NewReader(string(question)))
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return c.classify(ctx, err, what, "")
	}
	defer resp.Body.Close()
	if err := gh.CheckResponse(resp); err != nil {
		return c.classify(ctx, err, what, "")
	}
	answer := struct {
		Data any `json:"data"`
	}{Data: out}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxGraphQL)).Decode(&answer); err != nil {
		return c.classify(ctx, err, what, "")
	}
	return nil
}
