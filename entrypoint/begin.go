package entrypoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/github"
)

// stateName is what a run calls its state; the step after the job gets it as
// STATE_nthlayer_open.
const stateName = "nthlayer_open"

// begin sets the pending statuses, when they are wanted and can be had. The error
// says why there are none; it does not stop the run.
func (c *ci) begin(ctx context.Context, api client, s Settings) (*unfinished, error) {
	u := &unfinished{began: began{SHA: s.Host.Head, URL: s.Host.URLs.Run}}
	if api.hostAPI == nil {
		return u, nil
	}
	u.statuses = api.hostAPI
	u.checks, _ = api.hostAPI.(host.CheckRunner)
	if c.runner != nil && c.env.Getenv("GITHUB_STATE") != "" {
		u.save = c.saveState
	}
	if !pends(s, Surfaces{Publisher: api.hostAPI}) {
		return u, nil
	}
	var all []host.Status
	for _, stage := range s.Stages {
		all = append(all, host.Status{
			SHA: s.Host.Head, Context: s.Deliver.statusName(stage), State: host.StatePending,
			Description: "pending: the run has not got to " + stage + " yet", URL: s.Host.URLs.Run,
		})
	}
	return u, u.pend(ctx, all)
}

// pends reports whether a run sets pending statuses: where statuses are set, and the
// token may be able to write.
func pends(s Settings, to Surfaces) bool {
	why, err := withoutStatuses(s, to)
	return s.Deliver.Pending && why == "" && err == nil && s.Host.Host == host.GitHub && s.Host.ReadOnly() == ""
}

// unmet says which wishes have no place on the host of the run.
func unmet(s Settings) []string {
	if s.Host.Host == host.GitHub {
		return nil
	}
	var out []string
	if why, _ := withoutCheck(s, Surfaces{}); s.Deliver.Annotate == AnnotateChecks {
		out = append(out, "annotate: checks does nothing here: "+why)
	}
	if s.Deliver.Pending && s.Host.Host == host.GitLab {
		out = append(out, "pending does nothing here: GitLab shows the job itself while it runs")
	}
	return out
}

func (c *ci) saveState(b began) error {
	text := ""
	if len(b.Statuses) > 0 || b.Check != nil {
		data, err := json.Marshal(b)
		if err != nil {
			return err
		}
		text = string(data)
	}
	return c.runner.SaveState(github.Output{Name: stateName, Value: text})
}

// refusedAlready reports whether the pending statuses were refused for a reason
// that holds for the last ones as well.
func refusedAlready(pending error) bool {
	e, ok := errors.AsType[*host.Error](pending)
	return ok && (e.Kind == host.Permission || e.Kind == host.NotFound)
}

// leave ends what the run began, and turns a crash into an exit code. A panic
// would end the program with 2, which says that the change is wrong; nobody knows
// that. It is called by a defer of its own function, which has recovered what.
func (c *ci) leave(ctx context.Context, open *unfinished, what any, code int) int {
	if what != nil {
		c.plain(string(debug.Stack()))
		code = c.fail(ctx, ExitUnknown, fmt.Errorf("nthlayer crashed, which is its own mistake: %v; please report it with the lines above", what))
	}
	open.close(ctx)
	return code
}
