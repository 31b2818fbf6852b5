package entrypoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/host/sticky"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/report/memo"
)

// Surface is a place where results go.
type Surface string

// The surfaces in the order of delivery: first what nobody can refuse.
const (
	SurfaceLog         Surface = "log"
	SurfaceAnnotations Surface = "annotations"
	SurfaceSummary     Surface = "summary"
	SurfaceOutputs     Surface = "outputs"
	SurfaceReport      Surface = "report-file"
	SurfaceSARIF       Surface = "sarif-file"
	SurfaceJUnit       Surface = "junit-file"
	SurfaceCommentFile Surface = "comment-file"
	SurfaceStatuses    Surface = "statuses"
	SurfaceComment     Surface = "comment"
	// SurfaceChecks is the check run; SurfacePending the statuses before the
	// stages, where these alone could not be set.
	SurfaceChecks  Surface = "checks"
	SurfacePending Surface = "pending"

	SurfaceCodeQuality Surface = "codequality-file"
	SurfaceDotenv      Surface = "dotenv-file"
	SurfaceLinks       Surface = "annotations-file"
)

// Outcome is what became of one surface.
type Outcome string

// The outcomes. Skipped is by choice or because the event has no such place;
// Undelivered was wanted and did not work.
const (
	Delivered   Outcome = "delivered"
	Skipped     Outcome = "skipped"
	Undelivered Outcome = "not delivered"
)

// Item is one row of the delivery table.
type Item struct {
	Surface Surface
	Outcome Outcome
	// Why says why it is not delivered, or what was done.
	Why string
	// Need is the permission to add, as "statuses: write".
	Need string
	// Remedy is what to do beside that; empty where Why says it.
	Remedy string
}

// Delivery is what was delivered where.
type Delivery struct {
	Items      []Item
	CommentURL string
	// ExitCode is the report's, or another one because of strict-publish.
	ExitCode int
}

// Undelivered returns the rows that were wanted and did not work.
func (d Delivery) Undelivered() []Item {
	var out []Item
	for _, i := range d.Items {
		if i.Outcome == Undelivered {
			out = append(out, i)
		}
	}
	return out
}

// file returns the path of a file that was written, nothing for one that was not.
func (d Delivery) file(s Surface) string {
	i := slices.IndexFunc(d.Items, func(i Item) bool { return i.Surface == s && i.Outcome == Delivered })
	if i < 0 {
		return ""
	}
	return d.Items[i].Why
}

func (d *Delivery) add(s Surface, err error) {
	item := Item{Surface: s, Outcome: Delivered}
	if err != nil {
		item.Outcome, item.Why, item.Need, item.Remedy = Undelivered, err.Error(), needOf(err), remedy(err)
	}
	d.Items = append(d.Items, item)
}

func (d *Delivery) skip(s Surface, why string) {
	d.Items = append(d.Items, Item{Surface: s, Outcome: Skipped, Why: why})
}

// needOf returns the permission that was missing. GitHub says 404 as well as
// 403 where a token may not see something. No permission helps a token that the
// host does not know.
func needOf(err error) string {
	e, ok := errors.AsType[*host.Error](err)
	if !ok || e.Kind != host.Permission && e.Kind != host.NotFound || e.Status == http.StatusUnauthorized {
		return ""
	}
	return e.Need
}

// Publisher is what statuses and the comment need of a host. It is nil where
// there is none, or no token.
type Publisher interface {
	sticky.Host
	host.StatusSetter
}

// Surfaces are the places that Deliver writes to.
type Surfaces struct {
	// Log is the job's log, or a person's terminal.
	Log io.Writer
	// Runner is nil outside of GitHub.
	Runner *github.Runner
	// Publisher may be nil: WhyNone says why when that is by choice, Unusable
	// when a token was given and does not work.
	Publisher Publisher
	// Threads is nil where the host has none.
	Threads ThreadHost
	// Statuses and Checks write for Publisher and keep count of what is open.
	// Checks may be nil where Publisher is not.
	Statuses host.StatusSetter
	Checks   host.CheckRunner
	WhyNone  string
	Unusable error
	// Lost is why the pull request could not be looked up; nil when it could.
	Lost error
	// Pending is why no statuses were set before the stages; nil when they were, or
	// were not wanted.
	Pending error
	// ReadFile reads a file of the workspace, for finding the object that a
	// line belongs to. May be nil.
	ReadFile func(path string) ([]byte, error)
	// Stopped says why the stages did not finish, and was printed as an error by
	// then; nil when they did.
	Stopped error
}

// The budgets of Markdown in bytes. GitHub refuses a comment of more than 65,536
// characters and GitLab one of more than 1,000,000; the budgets are in bytes and
// below that under every reading. The summary keeps room for the delivery table.
const (
	maxComment       = 60_000
	maxGitLabComment = 900_000
	summaryReserve   = 16_384
)

func (d *deliverer) maxComment() int {
	if d.settings.Host.Host == host.GitLab {
		return maxGitLabComment
	}
	return maxComment
}

// Deliver brings the report to all surfaces. The files come early, because the
// others name those that were written. Nothing that goes wrong changes the
// verdict: it is a row of the table that Deliver returns, one notice in the log,
// and the output "undelivered".
func Deliver(ctx context.Context, rep *report.Report, s Settings, to Surfaces) Delivery {
	d := deliverer{rep: rep, settings: s, to: to, result: Delivery{ExitCode: rep.ExitCode}}
	d.log()
	d.files()
	d.suggestions(ctx)
	d.annotations(ctx)
	d.summary()
	d.outputs()
	d.jobFiles()
	d.statuses(ctx)
	d.comment(ctx)
	d.threads(ctx)
	d.checks(ctx)
	d.finish()
	return d.result
}

type deliverer struct {
	rep      *report.Report
	settings Settings
	to       Surfaces
	result   Delivery
	// suggested are the findings that have a comment with their fix, by fingerprint.
	suggested []string
}

func (d *deliverer) options() render.Options {
	o := render.Options{Root: d.settings.Workspace, Link: d.settings.Host.URLs.Run, ReportFile: d.result.file(SurfaceReport), Note: origin(d.settings), WarningsFail: d.settings.Exit.FailOn == FailOnWarning}
	if d.to.Stopped != nil {
		o.Note = d.to.Stopped.Error()
	}
	return o
}

// log prints the report for people. On GitHub nothing in it may be a command.
func (d *deliverer) log() {
	var b bytes.Buffer
	if d.settings.Host.Host != host.Local {
		b.WriteString(render.TerminalText(d.settings.Host.Describe()) + "\n")
	}
	for _, note := range slices.Concat(d.settings.Notes, d.settings.Host.Notes, d.settings.Changes.Notes) {
		b.WriteString("note: " + render.TerminalText(note) + "\n")
	}
	o := d.options()
	o.Quiet, o.Verbose = d.settings.Quiet, d.settings.Verbose
	err := render.Render(&b, "table", d.rep, o)
	if err == nil {
		err = d.plain(b.String())
	}
	d.result.add(SurfaceLog, err)
}

func (d *deliverer) plain(text string) error {
	if d.to.Runner != nil {
		return d.to.Runner.Plain(text)
	}
	_, err := io.WriteString(d.to.Log, text)
	return err
}

func (d *deliverer) annotations(ctx context.Context) {
	if why := withoutAnnotations(d.settings, d.to); why != "" {
		d.result.skip(SurfaceAnnotations, why)
		return
	}
	d.annotate(ctx)
}

func (d *deliverer) annotate(ctx context.Context) {
	findings, elsewhere := d.marks()
	planned, _ := render.PlanAnnotations(findings, d.settings.Changes.Touches, d.places())
	_, err := d.to.Runner.Annotate(ctx, planned)
	d.result.add(SurfaceAnnotations, err)
	if err == nil && elsewhere > 0 {
		d.result.Items[len(d.result.Items)-1].Why = fmt.Sprintf("%d on unchanged lines are in the summary only", elsewhere)
	}
}

// withoutAnnotations says why a run annotates nothing; empty when it is going to.
func withoutAnnotations(s Settings, to Surfaces) string {
	switch {
	case to.Runner == nil:
		return "only GitHub takes annotations from the log"
	case s.FromReport != "":
		return "the report of another run marks no lines"
	case s.Deliver.Annotate == AnnotateOff:
		return "annotate is off"
	case s.Deliver.Annotate == AnnotateChecks && hasCheck(s, to):
		return heldByCheck
	case s.Deliver.Annotate == AnnotateChanged && s.Changes.Precision == host.UnknownChange:
		return "it is not known which lines changed; all findings are in the summary"
	case s.Host.Unsure != "":
		return s.Host.Unsure
	}
	return ""
}

// places leaves room for what the run itself has to say: a notice about what was
// not delivered, and the error that ended it.
func (d *deliverer) places() render.Places {
	p := render.AllPlaces()
	p.Notices--
	if d.to.Stopped != nil {
		p.Errors--
	}
	if file := d.result.file(SurfaceReport); file != "" {
		p.All = "the report file " + file
	}
	return p
}

// marks returns the findings to annotate, and how many are left out because
// nothing near them changed. What has a comment with its fix needs no annotation.
func (d *deliverer) marks() ([]report.Finding, int) {
	if mode := d.settings.Deliver.Annotate; mode == AnnotateAll || mode == AnnotateChecks {
		return d.rep.Findings, 0
	}
	var out []report.Finding
	elsewhere := 0
	p := placer{changes: d.settings.Changes, read: d.to.ReadFile, texts: map[string][]string{}}
	for _, f := range d.rep.Findings {
		switch moved, ok := p.place(f); {
		case !ok:
			elsewhere++
		case !slices.Contains(d.suggested, f.Fingerprint):
			out = append(out, moved)
		}
	}
	return out, elsewhere
}

// markdown renders the report, and what is different from an earlier verdict; nil
// is none.
func (d *deliverer) markdown(maxBytes int, before *memo.Verdict) (string, error) {
	options := d.options()
	options.MaxBytes, options.Before = max(maxBytes, 1), before
	var b strings.Builder
	err := render.Render(&b, "markdown", d.rep, options)
	return b.String(), err
}

func (d *deliverer) summary() {
	if d.to.Runner == nil {
		d.result.skip(SurfaceSummary, "only GitHub has a step summary")
		return
	}
	text, err := d.markdown(d.to.Runner.SummaryRoom()-summaryReserve, nil)
	if err == nil {
		err = d.to.Runner.Summarise(text)
	}
	d.result.add(SurfaceSummary, err)
}

func (d *deliverer) outputs() {
	if d.to.Runner == nil {
		d.result.skip(SurfaceOutputs, "only GitHub has step outputs")
		return
	}
	d.result.add(SurfaceOutputs, d.to.Runner.SetOutputs(reportOutputs(d.rep, d.result)...))
}

// files writes the report files that are asked for, and that with the comment. Those for
// GitLab's later jobs are jobFiles.
func (d *deliverer) files() {
	for _, f := range d.settings.Deliver.files() {
		var b bytes.Buffer
		var err error
		switch {
		case f.format == "" && f.surface != SurfaceCommentFile:
			continue
		case f.path == "":
			d.result.skip(f.surface, "not asked for")
			continue
		case f.format == "":
			b.WriteString(d.commentBody(d.maxComment(), nil))
		default:
			err = render.Render(&b, f.format, d.rep, d.options())
		}
		if err == nil {
			err = writeInside(d.settings.Workspace, f.path, b.Bytes())
		}
		d.wrote(f.surface, f.path, err)
	}
}

// wrote adds a file that was written, or was not.
func (d *deliverer) wrote(surface Surface, path string, err error) {
	d.result.add(surface, err)
	if err == nil {
		d.result.Items[len(d.result.Items)-1].Why = path
	}
}
