package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// removed is a service that the change removes, and its result once the gate has
// decided.
type removed struct {
	was    *spec.Service
	result *report.Service
}

// guards reports whether the gate also goes by what was before the change.
func (r *run) guards() bool { return r.o.Base != nil && r.wants(Gate) && !r.o.ByHead }

// lost notes the files of the base that nobody could read, or that are not service
// files one can read.
func (r *run) lost(base Base, unreadable []report.Finding) {
	unread := slices.Clone(base.Unread)
	for _, f := range unreadable {
		unread = append(unread, Unread{File: f.File, Why: f.Position().String() + ", as it was before, cannot be read: " + f.Message})
	}
	r.before.unread = map[string]string{}
	for _, u := range unread {
		now := cmp.Or(base.Moved[u.File], u.File)
		r.before.unread[now] = cmp.Or(r.before.unread[now], u.Why)
	}
	if len(unread) == 0 {
		return
	}
	why := unread[0].Why
	if more := len(r.before.unread) - 1; more > 0 {
		why += fmt.Sprintf(" (and %d more)", more)
	}
	r.before.findings = append(r.before.findings, lint.BaseUnknown(why))
}

// uncompared says why it is not known what a service was before the change; empty
// when it is known, or the service is new. An environment or a template that could
// not be read may have belonged to any service.
func (r *run) uncompared(s *spec.Service) string {
	if r.before.unknown != "" {
		return r.before.unknown
	}
	for _, file := range slices.Sorted(maps.Keys(r.before.unread)) {
		if spec.IsLayer(file) || slices.Contains(s.Inputs, file) {
			return r.before.unread[file]
		}
	}
	return ""
}

// absent decides about what the change removes: each service by what it was. A
// file that could not be read may have held services that are not there any more,
// and nobody knows what their gate would say.
func (r *run) absent(decide func(*spec.Service) gate.Input) (report.Verdict, []report.Finding) {
	worst := report.Pass
	var findings []report.Finding
	if !r.guards() {
		return worst, nil
	}
	for i := range r.before.removed {
		gone := &r.before.removed[i]
		in := decide(gone.was)
		in.SLOs, in.Bounds = r.before.slos[KeyOf(apart(gone.was))], r.bounds(gone.was)
		result := gate.Removed(gone.was, gate.Decide(in))
		findings = append(findings, result.Findings...)
		verdict := result.Gate.Decision.Verdict()
		worst = report.Worst(worst, verdict)
		shown := resultOf(gone.was)
		shown.SLOs, shown.Gate, shown.Verdict = in.SLOs, &result.Gate, verdict
		gone.result = &shown
	}
	if r.before.unknown != "" && len(r.picked) == 0 {
		findings = append(findings, vanished("", r.before.unknown))
	}
	for _, file := range slices.Sorted(maps.Keys(r.before.unread)) {
		if !slices.ContainsFunc(r.all, func(s *spec.Service) bool { return slices.Contains(s.Inputs, file) }) {
			findings = append(findings, vanished(file, r.before.unread[file]))
		}
	}
	if r.before.unknown != "" || len(r.before.unread) > 0 {
		worst = report.Worst(worst, report.Undecidable)
	}
	return worst, findings
}

// missing reports whether the gate has something to say beside the services that
// are looked at.
func (r *run) missing() bool {
	return r.guards() && (len(r.before.removed) > 0 || r.before.unknown != "" || len(r.before.unread) > 0)
}

// withRemoved returns the results for the services that are looked at and, behind
// them, for those that the change removes and the gate decided about.
func (r *run) withRemoved() []report.Service {
	all := r.services
	for _, gone := range r.before.removed {
		if gone.result != nil {
			all = append(all, *gone.result)
		}
	}
	return all
}

// vanished tells that services may be gone of which nobody knows the gate.
func vanished(file, why string) report.Finding {
	f := report.At(report.Position{File: file}, gate.RuleUndecided, report.Warning,
		"it cannot be told whether this change removes a service whose gate is closed: "+why)
	f.Suggestion = gate.UncomparedSuggestion
	return f
}
