package entrypoint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/sticky"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/report/memo"
)

// statuses sets one commit status for each stage, on the head of the pull
// request. They come after everything that cannot be refused.
func (d *deliverer) statuses(ctx context.Context) {
	switch why, err := withoutStatuses(d.settings, d.to); {
	case err != nil:
		d.result.add(SurfaceStatuses, err)
	case why != "":
		d.result.skip(SurfaceStatuses, why)
	case len(d.rep.Stages) == 0:
		d.result.skip(SurfaceStatuses, "no stage ran")
	case refusedAlready(d.to.Pending):
		d.result.add(SurfaceStatuses, d.to.Pending)
	default:
		d.result.add(SurfaceStatuses, d.setStatuses(ctx))
		if d.to.Pending != nil && !d.failed(SurfaceStatuses) {
			d.result.add(SurfacePending, d.to.Pending)
		}
	}
}

// withoutStatuses says why a run sets no statuses: by choice, or for an error.
// Both are empty when it is going to.
func withoutStatuses(s Settings, to Surfaces) (string, error) {
	switch c := s.Host; {
	case s.FromReport != "":
		return "the report of another run sets no status; require the job of that run as a check", nil
	case !s.Deliver.Statuses:
		return "statuses is false", nil
	case c.Unsure != "":
		return c.Unsure, nil
	case to.Unusable != nil:
		return "", to.Unusable
	case to.Publisher == nil:
		return to.WhyNone, nil
	case c.Host == host.GitHub && c.Fork && c.ReadOnly() != "":
		return c.ReadOnly() + ": expected, require the job itself as a check", nil
	}
	return "", nil
}

// setStatuses sets one status after the other. One that is refused for itself, or
// lost on the way, is no reason to leave out the others; a token that may not, or
// a limit, would refuse them all.
func (d *deliverer) setStatuses(ctx context.Context) error {
	var first error
	failed := 0
	for _, stage := range d.rep.Stages {
		err := d.to.Statuses.SetStatus(ctx, d.status(stage))
		if err == nil {
			continue
		}
		failed++
		if first == nil || final(err) {
			first = err
		}
		if final(err) {
			return first
		}
	}
	if failed > 0 && failed < len(d.rep.Stages) {
		return fmt.Errorf("%w; %d of %d statuses were set", first, len(d.rep.Stages)-failed, len(d.rep.Stages))
	}
	return first
}

// final reports whether a further call would fail for the same reason.
func final(err error) bool {
	e, ok := errors.AsType[*host.Error](err)
	if !ok {
		return false
	}
	switch e.Kind {
	case host.Permission, host.NotFound, host.Limited, host.Stopped:
		return true
	case host.TooLong, host.Conflict, host.Transient, host.Rejected:
	}
	return false
}

func (d *deliverer) status(stage report.Stage) host.Status {
	return host.Status{
		SHA: d.settings.Host.Head, Context: d.settings.Deliver.statusName(stage.Name), URL: d.settings.Host.URLs.Run,
		State:       stateOf(d.settings.Exit.Stage(stage.Name, stage.Verdict)),
		Description: render.StatusText(d.rep, stage.Name),
	}
}

// statusName returns the name of a stage's commit status, as nthlayer/gate.
func (o DeliverOptions) statusName(stage string) string {
	name := o.StatusPrefix + "/" + stage
	if key := o.CommentKey; key != "default" {
		name += "/" + key
	}
	return name
}

// stateOf makes a status agree with the job: it is green exactly when the exit
// code of the stage would be 0.
func stateOf(code int) host.State {
	switch code {
	case ExitPass:
		return host.StateSuccess
	case ExitWarn, ExitFail:
		return host.StateFailure
	}
	return host.StateError
}

// comment keeps the one comment on the pull request.
func (d *deliverer) comment(ctx context.Context) {
	options, c := d.settings.Deliver, d.settings.Host
	switch why, err := withoutComment(d.settings, d.to); {
	case err != nil:
		d.result.add(SurfaceComment, err)
		return
	case why != "":
		d.result.skip(SurfaceComment, why)
		return
	}
	res, err := sticky.Upsert(ctx, d.to.Publisher, sticky.Want{
		Marker:   sticky.Marker{Key: options.CommentKey, SHA: c.Head, Run: c.RunID, Attempt: c.Attempt},
		Body:     d.rememberingBody,
		Says:     d.commentSays(),
		MaxBytes: d.maxComment(),
		Create:   options.Comment == CommentAlways || d.somethingToSay(),
	})
	if err != nil {
		d.result.add(SurfaceComment, err)
		return
	}
	d.result.CommentURL = res.URL
	if res.Action == sticky.Skipped {
		d.result.skip(SurfaceComment, res.Reason)
		return
	}
	why := strings.TrimSpace(string(res.Action) + " " + res.Reason)
	d.result.Items = append(d.result.Items, Item{Surface: SurfaceComment, Outcome: Delivered, Why: why})
}

// withoutComment says why a run keeps no comment: by choice, or for an error. Both
// are empty when it is going to.
func withoutComment(s Settings, to Surfaces) (string, error) {
	switch c := s.Host; {
	case s.Deliver.Comment == CommentOff:
		return "comment is off", nil
	case c.Unsure != "":
		return c.Unsure, nil
	case to.Lost != nil:
		return "", to.Lost
	case c.PR == 0:
		return "this run belongs to no " + c.RequestWord(), nil
	case to.Unusable != nil:
		return "", to.Unusable
	case to.Publisher == nil:
		return to.WhyNone, nil
	}
	return "", nil
}

// rememberingBody returns what stands below the marker: a hidden line with this
// verdict for the next run, and the comment, which says what is different from the
// verdict on another commit. A run that was cut short does not know all services:
// it compares nothing, and passes on what it would have compared with.
func (d *deliverer) rememberingBody(maxBytes int, earlier sticky.Earlier) string {
	head := d.settings.Host.Head
	note := memo.Note{Now: memo.Of(d.rep, head), Since: remembered(earlier, head)}
	shown := note.Since
	if d.to.Stopped != nil {
		note.Now, shown = note.Now.Totals(), nil
	}
	line := note.Line() + "\n"
	return line + d.commentBody(maxBytes-len(line), shown)
}

// remembered returns the verdict to compare a report about the head with, nil for
// none. A note about another commit than the marker's is not the one that was
// written with it.
func remembered(earlier sticky.Earlier, head string) *memo.Verdict {
	note, ok := memo.Parse(earlier.Text)
	if !ok || note.Now.SHA != earlier.Marker.SHA {
		return nil
	}
	return note.Before(head)
}

// commentBody returns the Markdown of the comment. Rendering into memory fails
// only for an unknown format, which the tests exclude; the comment then says
// where the results are.
func (d *deliverer) commentBody(maxBytes int, before *memo.Verdict) string {
	foot := ""
	if head := d.settings.Host.Head; head != "" {
		foot = fmt.Sprintf("\n<sub>Commit %s</sub>\n", host.Short(head))
	}
	text, err := d.markdown(maxBytes-len(foot), before)
	if err != nil {
		text = "The results are in the summary of the run.\n"
	}
	return text + foot
}

// commentSays returns what the comment says beside the time and the run, which
// are different each time, and beside the comparison with another commit.
func (d *deliverer) commentSays() string {
	timeless := *d
	rep := *d.rep
	rep.EvaluatedAt = time.Time{}
	timeless.rep, timeless.settings.Host.URLs.Run = &rep, ""
	return timeless.commentBody(d.maxComment(), nil)
}

// somethingToSay reports whether a first comment is worth its noise: the verdict
// is not pass, or the change touches a service file.
func (d *deliverer) somethingToSay() bool {
	if d.rep.Verdict != report.Pass {
		return true
	}
	return slices.ContainsFunc(d.rep.Services, func(s report.Service) bool {
		return d.settings.Changes.Touches(s.File, 0)
	})
}

// notice says in one message what was not delivered, and which permissions to
// add. strict tells that the exit code is another one for it.
func notice(missing []Item, c host.Context, strict bool) string {
	var b strings.Builder
	var needs, remedies []string
	for _, i := range missing {
		fmt.Fprintf(&b, "%s: %s.\n", i.Surface, strings.TrimSuffix(i.Why, "."))
		if i.Need != "" && !slices.Contains(needs, i.Need) {
			needs = append(needs, i.Need)
		}
		if i.Remedy != "" && !slices.Contains(remedies, i.Remedy) {
			remedies = append(remedies, i.Remedy)
		}
	}
	if reason := c.ReadOnly(); reason != "" && len(needs) > 0 {
		fmt.Fprintf(&b, "This is expected: %s.\n", reason)
	} else if len(needs) > 0 && c.Host == host.GitLab {
		fmt.Fprintf(&b, "gitlab-token needs: %s.\n", strings.Join(needs, "; "))
	} else if len(needs) > 0 {
		fmt.Fprintf(&b, "Add to the job's permissions: %s.\n", strings.Join(needs, ", "))
	}
	for _, r := range remedies {
		b.WriteString(r + "\n")
	}
	if strict {
		b.WriteString("The verdict stands, but the job ends with 4, because strict-publish is true.")
		return b.String()
	}
	b.WriteString("The verdict and the exit code are not affected.")
	return b.String()
}

// deliveryTable is the table for the summary.
func deliveryTable(items []Item) string {
	var b strings.Builder
	b.WriteString("### Delivery\n\n| Surface | Delivered | Why | Permission to add |\n|---|---|---|---|\n")
	for _, i := range items {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", i.Surface, i.Outcome, render.MarkdownText(i.Why), render.MarkdownCode(i.Need))
	}
	return b.String()
}

// stopped reports whether an error says that the run was cancelled or ran out of
// time.
func stopped(err error) bool {
	if e, ok := errors.AsType[*host.Error](err); ok {
		return e.Kind == host.Stopped
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
