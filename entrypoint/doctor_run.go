package entrypoint

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/report"
)

// maxNamed is how many files or values a sentence names.
const maxNamed = 5

// aboutRun looks at where and for what the run is.
func (d *doctor) aboutRun() {
	const group = "run"
	at := d.settings.Host
	_, notes, err := host.Detect(d.env.Getenv)
	if err != nil {
		d.wrong(group, "host", err.Error(), "Set NTHLAYER_HOST in the job to github, gitlab or local: the host whose job this is.")
		return
	}
	d.ok(group, "host", joined(string(at.Host), strings.Join(notes, "; ")))
	d.aboutEvent(group)
	if at.Head != "" {
		d.ok(group, "commits", commits(at))
	}
	if at.Event == host.PullRequestTarget {
		d.aboutTarget(group)
	}
	if why := at.ReadOnly(); why != "" {
		d.warn(group, "read-only", why+"; statuses and the comment cannot be written",
			"This is expected: make the job itself the required check, and let a second workflow post the report (from-report).")
	}
	for _, note := range at.Notes {
		if !slices.Contains(notes, note) {
			d.ok(group, "note", note)
		}
	}
}

func (d *doctor) aboutEvent(group string) {
	at := d.settings.Host
	switch {
	case d.found.host != nil && strings.Contains(d.found.host.Error(), "GITHUB_EVENT_PATH"):
		d.wrong(group, "event", d.found.host.Error(),
			"Run the doctor as a step of the job, and in a container mount the file that GITHUB_EVENT_PATH names.")
	case d.found.host != nil:
		d.wrong(group, "event", d.found.host.Error(), "Set the variable as the host does, or set NTHLAYER_HOST to local to keep all results in the log.")
	case at.Unsure != "":
		d.warn(group, "event", at.Unsure+": nothing is posted", "Start the job for the event pull_request to have statuses and the comment.")
	case at.Host == host.Local:
		d.ok(group, "event", "none: results go to the log and to files")
	default:
		d.ok(group, "event", string(at.Event)+": "+at.Describe())
	}
}

func commits(at host.Context) string {
	s := "head " + at.Head
	if at.Base != "" {
		s += ", base " + at.Base
	}
	if at.Merge != "" {
		s += ", test merge " + at.Merge
	}
	return s
}

// aboutTarget looks at the event whose token can write next to code that nobody
// has looked at.
func (d *doctor) aboutTarget(group string) {
	if d.found.guard != nil {
		d.wrong(group, "pull_request_target", d.found.guard.Error(),
			"Use the event pull_request, or leave the checkout of the pull request's head out of this workflow.")
		return
	}
	d.ok(group, "pull_request_target", "the workspace does not hold the files of the pull request")
}

// aboutInputs looks at the values, all at once.
func (d *doctor) aboutInputs() {
	const group = "inputs"
	for _, problem := range d.found.inputs {
		name, _, _ := strings.Cut(problem, " ")
		d.wrong(group, name, problem, "Correct the input; docs/ci.md lists all of them.")
	}
	if len(d.found.inputs) == 0 {
		given := 0
		for _, v := range d.values {
			if v.Origin != "" {
				given++
			}
		}
		d.ok(group, "values", fmt.Sprintf("%d of %d inputs are given, the others have their defaults", given, len(d.values)))
	}
	for _, note := range d.values.Notes() {
		d.ok(group, "note", note)
	}
}

// shown returns all inputs in the order of the table, with secrets hidden.
func (v Values) shown() []InputValue {
	out := []InputValue{}
	for _, o := range Options() {
		out = append(out, InputValue{Name: o.Name, Value: v.visible(o), Origin: v[o.Name].Origin})
	}
	return out
}

// aboutFiles looks at what the run reads, and what it would take for changed.
func (d *doctor) aboutFiles(ctx context.Context) {
	const group = "files"
	if d.found.workspace != nil {
		d.wrong(group, "workspace", d.found.workspace.Error(), "Check out the repository in a step before, or start in its folder.")
		return
	}
	d.ok(group, "workspace", d.settings.Workspace)
	for _, problem := range d.found.missing {
		d.wrong(group, "services", problem, "Correct the input services, or check out what it names.")
	}
	files := d.settings.Files
	switch {
	case len(files) > 0:
		d.ok(group, "services", counted(len(files), "service file")+": "+some(files))
	case len(d.found.missing) == 0:
		d.warn(group, "services", "no service files were found in "+d.values["services"].Text,
			"Put them into services/, or name files or folders in the input services.")
	}
	if d.settings.FromReport != "" {
		d.aboutReport(ctx, group)
		return
	}
	d.aboutChanges(ctx, group)
}

// aboutReport reads the report that is to be published, and finds its pull request
// in the way of a run.
func (d *doctor) aboutReport(ctx context.Context, group string) {
	const name = "from-report"
	rep, err := d.publish(ctx, &d.api, &d.settings)
	switch {
	case err != nil:
		d.wrong(group, name, err.Error(), "Let the earlier run upload its report, and download it to that path before.")
	case rep.Verdict == report.Undecidable && len(rep.Stages) > 0 && rep.Stages[0].SkippedReason != "":
		d.warn(group, name, rep.Stages[0].SkippedReason, "Run the checks again, or raise max-age.")
	default:
		d.ok(group, name, fmt.Sprintf("%s from %s; %s", rep.Verdict, rep.EvaluatedAt.UTC().Format(time.RFC3339), origin(d.settings)))
	}
}

func (d *doctor) aboutChanges(ctx context.Context, group string) {
	d.settings.Changes.Precision = host.UnknownChange
	if d.found.host != nil {
		d.unknown(group, "changes", "what changed is not known without the event", "Correct the check event first.")
		return
	}
	changes, err := d.changes(ctx, d.api.hostAPI, d.settings)
	if err != nil {
		d.unknown(group, "changes", "the doctor was stopped before it knew what changed", "Run it again.")
		return
	}
	d.settings.Changes = changes
	notes := strings.Join(changes.Notes, "; ")
	switch changes.Precision {
	case host.UnknownChange:
		d.warn(group, "changes", joined("what changed is not known, so that no line is annotated", notes),
			d.changesFix())
	case host.Everything:
		d.ok(group, "changes", joined("there is nothing to compare with: every file counts as changed", notes))
	case host.ByFile, host.ByLine:
		d.ok(group, "changes", joined(fmt.Sprintf("%s by %s, from %s", counted(len(changes.Files), "changed file"), changes.Precision, changes.Source), notes))
	}
}

func (d *doctor) changesFix() string {
	if d.settings.Host.Host == host.GitLab {
		return "Set GIT_DEPTH to 0 in the job, or give a gitlab-token that may read the merge request."
	}
	return "Check out with fetch-depth: 0, or give a token that may read the pull request."
}

func joined(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// some names the first of a list.
func some(list []string) string {
	if len(list) <= maxNamed {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:maxNamed], ", "), len(list)-maxNamed)
}
