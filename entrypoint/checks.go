package entrypoint

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// maxMarks is how many lines a check run marks: 40 requests of a run, where GitHub
// takes 80 writes a minute from all that use the token.
const maxMarks = 40 * host.MaxMarks

// heldByCheck is why there are no annotations in the log.
const heldByCheck = "the check run holds them"

// checkName returns the name of the check run. It is that of no status: their
// names have a stage behind a slash, and GitHub would require both.
func (o DeliverOptions) checkName() string {
	if o.CommentKey == "default" {
		return o.StatusPrefix
	}
	return o.StatusPrefix + ":" + o.CommentKey
}

// withoutCheck says why a run writes no check run: by choice, or for an error.
// Both are empty when it is going to.
func withoutCheck(s Settings, to Surfaces) (string, error) {
	switch c := s.Host; {
	case s.Deliver.Annotate != AnnotateChecks:
		return "annotate is not checks", nil
	case c.Host == host.GitLab:
		return "GitLab has no check runs; it shows the lines of the Code Quality report", nil
	case c.Host != host.GitHub:
		return "only GitHub has check runs", nil
	case c.Unsure != "":
		return c.Unsure, nil
	case to.Unusable != nil:
		return "", to.Unusable
	case to.Checks == nil:
		return to.WhyNone, nil
	}
	return "", nil
}

func hasCheck(s Settings, to Surfaces) bool {
	why, err := withoutCheck(s, to)
	return why == "" && err == nil
}

// checks writes the check run. It comes last, because it may take one request for
// every fifty lines. When it cannot be written the lines go to the log after all,
// as many as the runner keeps.
func (d *deliverer) checks(ctx context.Context) {
	why, err := withoutCheck(d.settings, d.to)
	if why != "" {
		d.result.skip(SurfaceChecks, why)
		return
	}
	if err == nil {
		why, err = d.writeCheck(ctx)
	}
	d.result.add(SurfaceChecks, err)
	if err == nil {
		d.result.Items[len(d.result.Items)-1].Why = why
		return
	}
	held := func(i Item) bool { return i.Surface == SurfaceAnnotations && i.Why == heldByCheck }
	if slices.ContainsFunc(d.result.Items, held) {
		d.result.Items = slices.DeleteFunc(d.result.Items, held)
		d.annotate(ctx)
	}
}

// writeCheck returns what is to be said about a check run that was written.
func (d *deliverer) writeCheck(ctx context.Context) (string, error) {
	summary, err := d.markdown(render.MaxCheckSummary, nil)
	if err != nil {
		return "", err
	}
	at := d.settings.Host
	w := checkWriter{to: d.to.Checks, end: conclusion(d.rep), check: host.Check{
		SHA: at.Head, Name: d.settings.Deliver.checkName(), URL: at.URLs.Run,
		Key:   fmt.Sprintf("nthlayer/%d/%d/%s", at.RunID, at.Attempt, d.settings.Deliver.CommentKey),
		Title: render.StatusText(d.rep, ""), Summary: summary,
	}}
	all := render.CheckMarks(d.rep.Findings, d.inRepository)
	err = w.write(ctx, all[:min(len(all), maxMarks)])
	switch {
	case err != nil && w.sent > 0:
		return "", fmt.Errorf("%w; %d of %d lines are marked", err, w.sent, len(all))
	case w.sent < len(all):
		return fmt.Sprintf("%d of %d lines are marked, the worst first", w.sent, len(all)), err
	}
	return "", err
}

// inRepository returns the path of a file in the repository. A check run marks no
// others.
func (d *deliverer) inRepository(file string) (string, bool) {
	place := d.settings.Changes.Place
	if path.IsAbs(file) || !place.Covers(file) {
		return "", false
	}
	return place.Repository(file), true
}

// conclusion makes a check run agree with the job, as stateOf does for statuses. A
// neutral one satisfies a required check and says that not all is well.
func conclusion(rep *report.Report) host.Conclusion {
	switch {
	case rep.ExitCode != ExitPass:
		return host.CheckFailure
	case rep.Verdict == report.Pass:
		return host.CheckSuccess
	}
	return host.CheckNeutral
}

// checkWriter writes one check run in as many requests as its marks need.
type checkWriter struct {
	to    host.CheckRunner
	check host.Check
	end   host.Conclusion
	id    int64
	sent  int
}

// write creates the check run and ends it in the last request, the only one with
// a conclusion. It is ended, too, when marks are refused on the way: the verdict is
// known.
func (w *checkWriter) write(ctx context.Context, marks []render.CheckMark) error {
	first, rest := marks[:min(len(marks), host.MaxMarks)], marks[min(len(marks), host.MaxMarks):]
	create := w.with(first)
	if len(rest) == 0 {
		create.Conclusion = w.end
	}
	var err error
	if w.id, err = w.to.CreateCheck(ctx, create); err != nil {
		return err
	}
	w.sent = len(first)
	for len(rest) > host.MaxMarks {
		if err := w.send(ctx, w.with(rest[:host.MaxMarks])); err != nil {
			_ = w.finish(ctx, nil) // the first error says why; who closes tries again
			return err
		}
		rest = rest[host.MaxMarks:]
	}
	if len(rest) == 0 {
		return nil
	}
	err = w.finish(ctx, rest)
	if err != nil {
		_ = w.finish(ctx, nil)
	}
	return err
}

func (w *checkWriter) with(marks []render.CheckMark) host.Check {
	check := w.check
	check.Marks = marks
	return check
}

// finish ends the check run. A run that is stopped has a moment left for it.
func (w *checkWriter) finish(ctx context.Context, marks []render.CheckMark) error {
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = closing(ctx)
		defer cancel()
	}
	last := w.with(marks)
	last.Conclusion = w.end
	return w.send(ctx, last)
}

// send adds marks to the check run. GitHub would add them a second time, so that a
// request whose answer was lost is repeated only when it did nothing.
func (w *checkWriter) send(ctx context.Context, check host.Check) error {
	err := w.to.UpdateCheck(ctx, w.id, check)
	if err != nil && !refusedFor(err) {
		err = w.again(ctx, check, err)
	}
	if err == nil {
		w.sent += len(check.Marks)
	}
	return err
}

func (w *checkWriter) again(ctx context.Context, check host.Check, err error) error {
	state, ok, errFind := w.to.FindCheck(ctx, check.SHA, check.Name, check.Key)
	if errFind != nil || !ok {
		return err
	}
	if state.Marks < w.sent+len(check.Marks) {
		return w.to.UpdateCheck(ctx, w.id, check)
	}
	if check.Conclusion == "" {
		return nil
	}
	check.Marks = nil // they are there; only the end is said again
	return w.to.UpdateCheck(ctx, w.id, check)
}
