package entrypoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/github"
)

// postTime bounds the step after the job.
const postTime = 20 * time.Second

// Post is the step after the job: it ends what a run left open that was killed.
// It finds that in STATE_nthlayer_open, and writes nothing when there is nothing.
// It fails no job.
func Post(ctx context.Context, env Env) {
	text := env.Getenv("STATE_" + stateName)
	if text == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, postTime)
	defer cancel()
	c := ci{env: env, runner: github.NewRunner(env.Stdout, env.Getenv)}
	var left began
	err := json.Unmarshal([]byte(text), &left)
	var names []string
	if err == nil {
		names, err = c.closeLeft(ctx, left)
	}
	for _, name := range names {
		c.plain("ended " + name + ", which a run left open that was stopped from outside")
	}
	if err != nil {
		// When the log cannot be written there is nowhere left to say so.
		_ = c.runner.Say("notice", "Not everything was ended", "A run that was stopped left statuses open: "+err.Error()+". Run the job again to replace them.")
	}
}

// closeLeft ends what is still open, and returns its names.
func (c *ci) closeLeft(ctx context.Context, left began) ([]string, error) {
	if !host.IsCommit(left.SHA) {
		return nil, fmt.Errorf("%q is not a commit", left.SHA)
	}
	at, err := c.host()
	if err != nil {
		return nil, err
	}
	values := Resolve(nil, c.env.Getenv)
	s, _ := values.Settings(at.Workspace) // the run has told what is wrong with them
	s.Host = at
	api := c.client(s)
	reader, ok := api.hostAPI.(host.StatusReader)
	if !ok {
		return nil, errors.Join(api.unusable, errors.New("the statuses cannot be read: "+api.whyNone))
	}
	names, err := closeStatuses(ctx, reader, api.hostAPI, left)
	checks, ok := api.hostAPI.(host.CheckRunner)
	if left.Check == nil || !ok {
		return names, err
	}
	ended, errCheck := endCheck(ctx, checks, left, endedWithout)
	if ended {
		names = append(names, left.Check.Name)
	}
	return names, errors.Join(err, errCheck)
}

// closeStatuses ends the statuses that still say pending and that are still those
// of the run: another one may have begun in the meantime.
func closeStatuses(ctx context.Context, reader host.StatusReader, setter host.StatusSetter, left began) ([]string, error) {
	if len(left.Statuses) == 0 {
		return nil, nil
	}
	now, err := reader.Statuses(ctx, left.SHA)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range now {
		ours := slices.ContainsFunc(left.Statuses, func(b beganStatus) bool { return b.Context == s.Context })
		if !ours || s.State != host.StatePending || s.URL != left.URL {
			continue
		}
		if err := setter.SetStatus(ctx, errorStatus(left, s.Context, endedWithout)); err != nil {
			return names, err
		}
		names = append(names, s.Context)
	}
	return names, nil
}
