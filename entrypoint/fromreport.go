package entrypoint

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/report/foreign"
)

// maxAhead is how far the clock of the machine that made a report may be ahead
// of this one's.
const maxAhead = 5 * time.Minute

// maxWorkflow is the most characters of a workflow's name that a sentence quotes.
const maxWorkflow = 100

// publishing returns the settings of a run that publishes the report of another
// run instead of running the stages. Whoever proposed the change may have written
// that report, so it sets no status, which somebody could require and take for a
// check, and marks no line.
func publishing(s Settings) Settings {
	if s.FromReport == "" {
		return s
	}
	s.Deliver.Annotate, s.Deliver.Statuses, s.Deliver.Pending, s.Deliver.Threads = AnnotateOff, false, false, false
	s.Deliver.Suggestions = false
	s.Changes = host.Changes{Precision: host.UnknownChange}
	if s.Host.Earlier != nil { // what the workspace holds does not matter
		s.Host.Unsure = ""
	}
	return s
}

// publish returns the report to publish, and finds the pull request that it is
// about: by the event and the API, never by what the file says.
func (c *ci) publish(ctx context.Context, api *client, s *Settings) (*report.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	data, err := readInside(s.Workspace, s.FromReport, foreign.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("from-report: there is no %s in the workspace; did the earlier run upload it, and was it downloaded to there?", s.FromReport)
	}
	if err != nil {
		return nil, fmt.Errorf("from-report: %w", err)
	}
	rep, doubts, err := foreign.Read(data)
	if err != nil {
		return nil, fmt.Errorf("from-report: %s cannot be published: %w", s.FromReport, err)
	}
	s.Notes = append(append(s.Notes, origin(*s)), doubts...)
	why := outdated(rep.EvaluatedAt, c.env.now(), s.MaxAge)
	if why == "" {
		why = contradicted(rep, s.Host.Earlier)
	}
	if why != "" {
		s.Exit.OnUnknown = UnknownFails
		rep = undecided(rep, why)
	}
	c.locate(ctx, api, s)
	return rep, nil
}

// now is the present time. Without a clock it is the beginning of time, and every
// report is of the future.
func (e Env) now() time.Time {
	if e.Now == nil {
		return time.Time{}
	}
	return e.Now()
}

// outdated says why the time of a report makes its verdict worth nothing.
func outdated(made, now time.Time, maxAge time.Duration) string {
	age := now.Sub(made)
	switch at := made.UTC().Format(time.RFC3339); {
	case age > maxAge:
		return fmt.Sprintf("the report is from %s, and max-age allows %s; run the checks again", at, maxAge)
	case age < -maxAhead:
		return fmt.Sprintf("the report says that it is from %s, which is later than now (%s); its age cannot be told", at, now.UTC().Format(time.RFC3339))
	}
	return ""
}

// contradicted says why a report that passes is not believed: GitHub says that its
// run did not end well. The event knows that from GitHub, the report from anybody.
func contradicted(rep *report.Report, e *host.Earlier) string {
	if e == nil || rep.Verdict != report.Pass {
		return ""
	}
	switch e.Conclusion {
	case "failure", "cancelled", "timed_out", "startup_failure":
		return fmt.Sprintf("the report says pass, but the workflow %q that made it ended with %q; look at that run for what failed, and run it again",
			report.Clip(e.Name, maxWorkflow), e.Conclusion)
	}
	return ""
}

// undecided is what is left of a report that cannot be believed. What it says
// about services is left out: beside a verdict of unknown it would still read as
// an approval.
func undecided(rep *report.Report, why string) *report.Report {
	return &report.Report{
		SchemaVersion: report.SchemaVersion, Tool: rep.Tool, Command: rep.Command, EvaluatedAt: rep.EvaluatedAt, Environment: rep.Environment,
		Verdict: report.Undecidable,
		Stages:  []report.Stage{{Name: foreign.Stage, Verdict: report.Undecidable, SkippedReason: why}},
	}
}

// locate finds the pull request of the run that a workflow_run event is about.
// Where there is none, or its head is a newer commit, nothing is posted. With
// other events the context knows the pull request.
func (c *ci) locate(ctx context.Context, api *client, s *Settings) {
	finder, ok := api.hostAPI.(host.RequestFinder)
	if s.Host.Earlier == nil || !ok {
		return
	}
	request, why, err := s.Host.Earlier.Find(ctx, finder, s.Host.Head)
	if err != nil || why != "" {
		api.lost, s.Host.Unsure = err, why
		return
	}
	s.Host.PR, s.Host.BaseRef = request.Number, request.BaseRef
	*api = c.client(*s)
	request.Head, err = api.CurrentHead(ctx)
	if err != nil {
		api.lost = err
		return
	}
	_, s.Host.Unsure = host.Of(s.Host.Head, "", []host.Request{request})
}

// origin says where a published report is from. It is empty for a report of this
// run's own stages.
func origin(s Settings) string {
	if s.FromReport == "" {
		return ""
	}
	e := s.Host.Earlier
	if e == nil {
		return "this is the report " + s.FromReport + " of another run; nothing in it was checked here"
	}
	whose := "that run"
	if s.Host.Fork {
		whose = "the fork's own run"
	}
	return fmt.Sprintf("the figures are those of %s (workflow %q, which ended with %q) and were not checked again; its job is the check to require, not this report",
		whose, report.Clip(e.Name, maxWorkflow), report.Clip(e.Conclusion, maxWorkflow))
}
