package entrypoint

import (
	"errors"
	"os"
	"strings"

	"github.com/nthlayer/action/pkg/host"
)

const groupDelivery = "delivery"

// aboutDelivery says of each surface what a run with these inputs would do there.
// The decisions are those of the delivery itself.
func (d *doctor) aboutDelivery() {
	to := d.surfaces()
	d.plan(SurfaceLog, WouldDeliver, "the report for people")
	if why := withoutAnnotations(d.settings, to); why != "" {
		d.plan(SurfaceAnnotations, WouldSkip, why)
	} else {
		d.plan(SurfaceAnnotations, WouldDeliver, "annotate is "+string(d.settings.Deliver.Annotate))
	}
	d.planStepFile(SurfaceSummary, "GITHUB_STEP_SUMMARY", "only GitHub has a step summary")
	d.planStepFile(SurfaceOutputs, "GITHUB_OUTPUT", "only GitHub has step outputs")
	d.planFiles()
	d.planStatuses(to)
	d.planPending(to)
	if why, err := withoutComment(d.settings, to); !d.decided(SurfaceComment, why, err) {
		d.write(SurfaceComment, d.commentSays(), d.probe.Comment)
	}
	if why, err := withoutSuggestions(d.settings, to); d.settings.Host.Host == host.GitHub && !d.decided(SurfaceSuggestions, why, err) {
		d.write(SurfaceSuggestions, "one comment for each fix of changed lines, ten at most", d.probe.Comment)
	}
	if why, err := withoutThreads(d.settings, to); d.settings.Deliver.Threads && !d.decided(SurfaceThreads, why, err) {
		d.write(SurfaceThreads, "one for each finding on a changed line", d.probe.Comment)
	}
	if why, err := withoutCheck(d.settings, to); d.settings.Deliver.Annotate == AnnotateChecks && !d.decided(SurfaceChecks, why, err) {
		d.write(SurfaceChecks, "the check run "+d.settings.Deliver.checkName(), d.probe.Checks)
	}
}

// surfaces are those of a run, as far as the decisions look at them.
func (d *doctor) surfaces() Surfaces {
	to := Surfaces{Runner: d.runner, WhyNone: d.api.whyNone, Unusable: d.api.unusable, Lost: d.api.lost}
	if d.api.hostAPI != nil {
		to.Publisher = d.api.hostAPI
		to.Checks, _ = d.api.hostAPI.(host.CheckRunner)
		to.Threads, _ = d.api.hostAPI.(ThreadHost)
	}
	return to
}

func (d *doctor) commentSays() string {
	if d.settings.Deliver.Comment == CommentAuto {
		return "one, edited by every run; begun when there is something to say"
	}
	return "one, edited by every run"
}

func (d *doctor) plan(surface Surface, planned Planned, says string) {
	d.checks = append(d.checks, Check{Group: groupDelivery, Name: string(surface), Verdict: CheckOK, Says: says, Planned: planned})
}

// cannot adds a surface that was wanted and will not work. The run itself goes on
// without it, unless strict-publish is set.
func (d *doctor) cannot(surface Surface, says, fix, need string) {
	verdict := CheckWarn
	if d.settings.Deliver.Strict {
		verdict = CheckFail
	}
	d.checks = append(d.checks, Check{Group: groupDelivery, Name: string(surface), Verdict: verdict, Says: says, Fix: fix, Planned: Cannot, Need: need})
}

// planStepFile plans a file that the runner names in the environment.
func (d *doctor) planStepFile(surface Surface, variable, elsewhere string) {
	switch {
	case d.runner == nil:
		d.plan(surface, WouldSkip, elsewhere)
	case d.env.Getenv(variable) == "":
		d.cannot(surface, variable+" is not set", "Start the program in a step of the job: the runner sets "+variable+" there.", "")
	default:
		d.plan(surface, WouldDeliver, "to the file of "+variable)
	}
}

// planFiles plans the report files, which are in the workspace.
func (d *doctor) planFiles() {
	for _, f := range d.settings.Deliver.files() {
		if f.path == "" {
			d.plan(f.surface, WouldSkip, "not asked for")
			continue
		}
		if why := d.occupied(f.path); why != "" {
			d.cannot(f.surface, why, "Name another path in the input "+string(f.surface)+".", "")
			continue
		}
		d.plan(f.surface, WouldDeliver, f.path)
	}
}

// occupied says why a file cannot be written at a path of the workspace, as far
// as looking shows.
func (d *doctor) occupied(name string) string {
	root, err := os.OpenRoot(d.settings.Workspace)
	if err != nil {
		return "the workspace cannot be opened"
	}
	defer func() { _ = root.Close() }() // nothing is written
	info, err := root.Lstat(name)
	switch {
	case err != nil && strings.Contains(err.Error(), "escapes"): // the package os has no error for it
		return name + " is behind a link that leads out of the workspace"
	case err == nil && info.Mode()&os.ModeSymlink == 0 && !info.Mode().IsRegular():
		return name + " is a folder, a pipe or a device"
	}
	return ""
}

func (d *doctor) planStatuses(to Surfaces) {
	why, err := withoutStatuses(d.settings, to)
	if d.decided(SurfaceStatuses, why, err) {
		return
	}
	names := []string{d.settings.Deliver.statusName("validate")}
	for _, stage := range d.settings.Stages {
		names = append(names, d.settings.Deliver.statusName(stage))
	}
	at := d.settings.Host.Head
	if job := d.settings.Host.GitLab; job != nil {
		at = job.Commit
	}
	d.write(SurfaceStatuses, strings.Join(names, ", ")+" on "+host.Short(at), d.probe.Statuses)
}

// planPending plans the statuses before the stages. They need somebody who ends
// them when the job is killed.
func (d *doctor) planPending(to Surfaces) {
	if !pends(d.settings, to) {
		return
	}
	if d.env.Getenv("GITHUB_STATE") == "" {
		d.cannot(SurfacePending, errNobodyCloses.Error(), "Start the program as the action, or set pending to false.", "")
		return
	}
	d.write(SurfacePending, "the statuses say pending while the stages run", d.probe.Statuses)
}

// decided plans a surface that is left out by choice or for an error.
func (d *doctor) decided(surface Surface, why string, err error) bool {
	switch {
	case err != nil:
		need := ""
		if e, ok := errors.AsType[*host.Error](err); ok {
			need = e.Need
		}
		d.cannot(surface, err.Error(), d.unusableFix(), need)
	case why != "":
		d.plan(surface, WouldSkip, why)
	default:
		return false
	}
	return true
}

// write plans a write by the right that the host told of.
func (d *doctor) write(surface Surface, says string, right host.Right) {
	expected := d.settings.Host.ReadOnly()
	switch {
	case expected != "":
		d.cannot(surface, expected, "This is expected: publish the report from a second workflow (from-report), or do without.", right.Need)
		return
	case d.probe.Err != nil:
		right = host.Right{Allowance: host.Forbidden, Why: "the token is no use, see the group token"}
	}
	switch right.Allowance {
	case host.Forbidden:
		d.cannot(surface, right.Why, d.permissionFix(right.Need), right.Need)
	case host.NoAnswer:
		d.checks = append(d.checks, Check{
			Group: groupDelivery, Name: string(surface), Verdict: CheckUnknown, Says: right.Why, Planned: WouldTry, Need: right.Need,
			Fix: "Run the doctor again; if it stays, look whether the server is in order.",
		})
	case host.NotTold:
		d.plan(surface, WouldTry, says+"; needs "+right.Need+", and "+right.Why)
		d.checks[len(d.checks)-1].Need = right.Need
	case host.Allowed:
		d.plan(surface, WouldDeliver, says)
	}
}

// permissionFix says where a permission is added.
func (d *doctor) permissionFix(need string) string {
	switch {
	case need == "":
		return "Correct the check of the group token first."
	case d.settings.Host.Host == host.GitLab:
		return "Give gitlab-token a token with the " + need + "."
	case strings.HasPrefix(need, "a token"):
		return "Give the input token " + need + "."
	}
	return "Add to the job's permissions: " + need + "."
}
