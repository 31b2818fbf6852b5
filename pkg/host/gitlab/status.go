package gitlab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	gl "github.com/xanzy/go-gitlab"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/transport"
)

const needStatuses = "scope api, role Developer or higher in the project of the pipeline"

// maxAttempts is how often a status is sent when others write at the same time.
const maxAttempts = 5

// maxDescription is the longest description of a status that is sent, in
// characters.
const maxDescription = 140

// SetStatus files a status under the pipeline of this run. GitLab looks for a
// pipeline with that number and that very commit, and makes a new one when there
// is none, which would take the place of the real pipeline. So the status goes
// to the pipeline's own commit, whatever s.SHA is.
func (c *Client) SetStatus(ctx context.Context, s host.Status) error {
	commit := c.at.GitLab.Commit
	if !host.IsCommit(commit) || c.at.RunID == 0 {
		return fmt.Errorf("set the status %s: the pipeline (CI_PIPELINE_ID) or its commit (CI_COMMIT_SHA) is not known", s.Context)
	}
	state, err := buildState(s.State)
	if err != nil {
		return err
	}
	options := &gl.SetCommitStatusOptions{
		State: state, Name: gl.Ptr(s.Context), Description: gl.Ptr(cut(s.Description)), PipelineID: gl.Ptr(int(c.at.RunID)),
	}
	if s.URL != "" {
		options.TargetURL = gl.Ptr(s.URL)
	}
	for attempt := 1; ; attempt++ {
		err := c.sendStatus(ctx, commit, options)
		if err == nil || !contested(err) {
			return err
		}
		if done, errRead := c.hasStatus(ctx, commit, options); errRead == nil && done {
			return nil
		}
		if kindOf(err) != host.Conflict || attempt == maxAttempts {
			return err
		}
		wait := time.Duration(float64(time.Second) * float64(attempt) * (0.5 + c.random()/2))
		if errSleep := c.sleep(ctx, wait); errSleep != nil {
			return c.classify(ctx, errSleep, "set the commit status "+s.Context, needStatuses)
		}
	}
}

// sendStatus may be repeated: a status that is there already is not changed by
// it.
func (c *Client) sendStatus(ctx context.Context, commit string, o *gl.SetCommitStatusOptions) error {
	_, _, err := c.api.Commits.SetCommitStatus(c.project(), commit, o, gl.WithContext(transport.WithIdempotent(ctx)))
	return c.classify(ctx, err, "set the commit status "+*o.Name, needStatuses)
}

// contested reports whether another writer, or an answer that got lost, may
// have set the status already.
func contested(err error) bool {
	return kindOf(err) == host.Conflict || strings.Contains(strings.ToLower(err.Error()), "cannot transition")
}

// hasStatus reports whether the newest status of the name in this pipeline has
// the wanted state.
func (c *Client) hasStatus(ctx context.Context, commit string, o *gl.SetCommitStatusOptions) (bool, error) {
	statuses, _, err := c.api.Commits.GetCommitStatuses(c.project(), commit,
		&gl.GetCommitStatusesOptions{ListOptions: gl.ListOptions{PerPage: pageSize}, Name: o.Name}, gl.WithContext(ctx))
	if err != nil {
		return false, c.classify(ctx, err, "read the commit status "+*o.Name, needStatuses)
	}
	var newest *gl.CommitStatus
	for _, s := range statuses {
		if s.Name == *o.Name && s.PipelineId == *o.PipelineID && (newest == nil || s.ID > newest.ID) {
			newest = s
		}
	}
	return newest != nil && newest.Status == string(o.State), nil
}

func buildState(s host.State) (gl.BuildStateValue, error) {
	switch s {
	case host.StateSuccess:
		return gl.Success, nil
	case host.StateFailure, host.StateError:
		return gl.Failed, nil
	case host.StatePending: // GitLab shows the job itself while it runs
	}
	return "", fmt.Errorf("GitLab has no state for %q", s)
}

func kindOf(err error) host.ErrorKind {
	if e, ok := errors.AsType[*host.Error](err); ok {
		return e.Kind
	}
	return ""
}

func cut(s string) string {
	if utf8.RuneCountInString(s) <= maxDescription {
		return s
	}
	return string([]rune(s)[:maxDescription-1]) + "…"
}
