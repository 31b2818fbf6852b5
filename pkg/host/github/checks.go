package github

import (
	"context"
	"fmt"
	"slices"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/transport"
)

const needChecks = "checks: write"

// CreateCheck creates a check run. Only an app may, as which GITHUB_TOKEN counts;
// the token of a person is refused.
func (c *Client) CreateCheck(ctx context.Context, check host.Check) (int64, error) {
	if err := sound(check); err != nil {
		return 0, err
	}
	status, conclusion := progress(check)
	run, _, err := c.api().Checks.CreateCheckRun(ctx, c.at.Repo.Owner, c.at.Repo.Name, gh.CreateCheckRunOptions{
		Name: check.Name, HeadSHA: check.SHA, ExternalID: gh.String(check.Key), DetailsURL: optional(check.URL),
		Status: gh.String(status), Conclusion: conclusion, Output: output(check),
	})
	if err != nil {
		return 0, c.classify(ctx, err, "create the check run "+check.Name, needChecks)
	}
	return run.GetID(), nil
}

// UpdateCheck adds marks to a check run, or ends it.
func (c *Client) UpdateCheck(ctx context.Context, id int64, check host.Check) error {
	if err := sound(check); err != nil {
		return err
	}
	if len(check.Marks) == 0 { // marks are added anew each time
		ctx = transport.WithIdempotent(ctx)
	}
	status, conclusion := progress(check)
	_, _, err := c.api().Checks.UpdateCheckRun(ctx, c.at.Repo.Owner, c.at.Repo.Name, id, gh.UpdateCheckRunOptions{
		Name: check.Name, ExternalID: gh.String(check.Key), DetailsURL: optional(check.URL),
		Status: gh.String(status), Conclusion: conclusion, Output: output(check),
	})
	return c.classify(ctx, err, "write the check run "+check.Name, needChecks)
}

// FindCheck returns the check run with a name and a key of ours on a commit.
func (c *Client) FindCheck(ctx context.Context, sha, name, key string) (host.CheckState, bool, error) {
	options := &gh.ListCheckRunsOptions{
		CheckName: gh.String(name), Filter: gh.String("all"), ListOptions: gh.ListOptions{PerPage: pageSize},
	}
	for range maxPages {
		list, response, err := c.api().Checks.ListCheckRunsForRef(ctx, c.at.Repo.Owner, c.at.Repo.Name, sha, options)
		if err != nil {
			return host.CheckState{}, false, c.classify(ctx, err, "read the check run "+name, needChecks)
		}
		i := slices.IndexFunc(list.CheckRuns, func(r *gh.CheckRun) bool { return r.GetName() == name && r.GetExternalID() == key })
		if i >= 0 {
			run := list.CheckRuns[i]
			return host.CheckState{ID: run.GetID(), Completed: run.GetStatus() == "completed", Marks: run.GetOutput().GetAnnotationsCount()}, true, nil
		}
		if response.NextPage == 0 {
			break
		}
		options.Page = response.NextPage
	}
	return host.CheckState{}, false, nil
}

// sound refuses what GitHub would refuse.
func sound(check host.Check) error {
	switch {
	case !host.IsCommit(check.SHA):
		return fmt.Errorf("write the check run %s: %q is not a commit", check.Name, check.SHA)
	case len(check.Marks) > host.MaxMarks:
		return fmt.Errorf("write the check run %s: %d marks at once, GitHub takes %d", check.Name, len(check.Marks), host.MaxMarks)
	}
	return nil
}

func progress(check host.Check) (status string, conclusion *string) {
	if check.Conclusion == "" {
		return "in_progress", nil
	}
	return "completed", gh.String(string(check.Conclusion))
}

func output(check host.Check) *gh.CheckRunOutput {
	out := &gh.CheckRunOutput{Title: gh.String(check.Title), Summary: gh.String(check.Summary)}
	for _, m := range check.Marks {
		out.Annotations = append(out.Annotations, annotation(m))
	}
	return out
}

func annotation(m render.CheckMark) *gh.CheckRunAnnotation {
	a := &gh.CheckRunAnnotation{
		Path: gh.String(m.Path), StartLine: gh.Int(m.Line), EndLine: gh.Int(m.EndLine),
		AnnotationLevel: gh.String(m.Level), Title: gh.String(m.Title), Message: gh.String(m.Message),
	}
	if m.Column > 0 {
		a.StartColumn, a.EndColumn = gh.Int(m.Column), gh.Int(m.EndColumn)
	}
	return a
}

// optional leaves an empty text out.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return gh.String(text)
}
