package pipeline

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/promruval"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Policy is the organisation's policy as it counts for a run.
type Policy struct {
	// File is where the policy is looked for, Ref which of its versions.
	File string
	Ref  report.PolicyRef
	// Policy is nil where there is none.
	Policy *organisation.Policy
	// Baseline are the findings that are known; nil for none.
	Baseline *organisation.Baseline
	// Promruval is what configurations in the form of promruval ask for; nil for
	// nothing.
	Promruval *promruval.Set
	// Edited says that the change edits the policy, which was read as it was before.
	Edited bool
	// Findings are about the policy and the files that it names.
	Findings []report.Finding
	// Unknown says why the policy, or a file that it names, could not be read from
	// where it is trusted; empty when it could. Nothing passes then.
	Unknown string
	// Fix is the way out of Unknown, where that is known.
	Fix string
	// Unreadable counts the files that somebody named and that are not there, the policy
	// apart: Findings tell them.
	Unreadable int
	// Stray is a policy that is not applied, because nobody can tell whether it is meant;
	// empty for none.
	Stray string
	// Above is the path to the folder that the policy is for, where the run is in one
	// below: ".." or longer. It sees part of what waivers and the baseline are for.
	Above string
}

// Said returns findings about entries of the policy, without places where the change
// edits the file.
func (p Policy) Said(findings []report.Finding) []report.Finding {
	if !p.Edited {
		return findings
	}
	return organisation.OfBase(p.Policy.File, findings)
}

// told is what the report says of the policy.
func (p Policy) told() *report.Policy {
	out := &report.Policy{State: report.PolicyApplied, File: p.File, Ref: p.Ref}
	switch {
	case p.Unknown != "":
		out.State = report.PolicyUnread
	case p.Policy == nil:
		return &report.Policy{State: report.PolicyNone}
	case p.Policy.Incomplete:
		out.State = report.PolicyIncomplete
	}
	return out
}

// missingFiles counts the files that the policy, or whoever names it, names in vain. What
// cannot be read as it was before a change is unknown, and no mistake of the call. A gate
// that is asked about alone needs the policy and no other file.
func (r *run) missingFiles() int {
	n := 0
	if r.policy.Unknown != "" && r.policy.Ref != report.PolicyOfBase {
		n++
	}
	if !r.o.PolicyOfGate {
		n += r.policy.Unreadable
	}
	return n
}

// takePolicy reads the policy, before anything is judged.
func (r *run) takePolicy(ctx context.Context) {
	if r.o.Policy == nil {
		return
	}
	r.policy = r.o.Policy(ctx, r.o.Workspace)
	r.rep.Policy = r.policy.told()
	r.rep.Summary.Unreadable += r.missingFiles()
	if p := r.policy.Policy; p != nil {
		r.applied = p.Apply(r.policy.Baseline, r.today())
	}
}

// today is the day of the run in UTC; empty without a time.
func (r *run) today() string {
	if r.o.At.IsZero() {
		return ""
	}
	return r.o.At.UTC().Format(time.DateOnly)
}

// readPolicy returns what is to be said about the policy itself, and what the change
// takes out of its reach. Without the stage lint nobody else tells what waivers did.
func (r *run) readPolicy(ctx context.Context) []report.Finding {
	findings := append(r.ofPolicy(), r.before.leaving...)
	if r.policy.Unknown != "" {
		findings = append(findings, organisation.Unread(r.policy.Unknown, r.policy.Fix, r.policy.Ref == report.PolicyOfBase))
	}
	if r.policy.Stray != "" {
		findings = append(findings, organisation.Stray(r.policy.Stray))
	}
	if p := r.policy.Policy; p != nil {
		findings = append(findings, r.policy.Said(p.SwitchedOff(r.o.Disabled))...)
	}
	if !r.wants(Lint) {
		findings = append(findings, r.policyUse(ctx)...)
	}
	return findings
}

// ofPolicy are the findings about the policy and the files that it names. A gate that is
// asked about alone needs the rules of the policy and nothing else of it.
func (r *run) ofPolicy() []report.Finding {
	if p := r.policy.Policy; r.o.PolicyOfGate && (p == nil || !p.Incomplete) {
		return nil
	}
	return slices.Clone(r.policy.Findings)
}

// bounds is what the policy holds the gates of a service to.
func (r *run) bounds(s *spec.Service) organisation.Bounds {
	var b organisation.Bounds
	if r.applied != nil {
		b = r.applied.Bounds(s, organisation.Input{Environment: r.rep.Environment, Today: r.today(), Before: r.before.policy})
	}
	b.Unknown = cmp.Or(r.policy.Unknown, b.Unknown)
	return b
}

// boundsBefore is bounds for a service as it was before the change: what it lacked then
// is no reason to stop the change that adds it.
func (r *run) boundsBefore(was *spec.Service) organisation.Bounds {
	b := r.bounds(was)
	b.Barred = nil
	return b
}

// byPolicy applies the rules of the policy to the services.
func (r *run) byPolicy() []report.Finding {
	if r.policy.Policy == nil || r.o.PolicyOfGate {
		return nil
	}
	return r.policy.Policy.Check(r.all, r.policyInput())
}

// since is what the change made of what the policy goes by. Services are those of before
// by those of now, gone those that it removes, now all that there are.
func since(base Base, services map[*spec.Service]*spec.Service, gone, now []*spec.Service) organisation.Before {
	b := organisation.Before{
		Services: services, Gone: gone, New: map[*spec.Service]bool{}, Names: map[string][]string{}, Files: map[string][]string{},
	}
	for was, now := range base.Moved {
		b.Files[now] = append(b.Files[now], was)
	}
	for now, was := range services {
		if now.Name.V != was.Name.V {
			b.Names[now.Name.V] = append(b.Names[now.Name.V], was.Name.V)
		}
		if now.File != was.File {
			b.Files[now.File] = append(b.Files[now.File], was.File)
		}
	}
	for _, s := range now {
		if _, paired := services[s]; paired || len(gone) == 0 || !base.touches(s.File) {
			continue
		}
		b.New[s] = true
		for _, was := range gone {
			b.Names[s.Name.V] = append(b.Names[s.Name.V], was.Name.V)
			b.Files[s.File] = append(b.Files[s.File], was.File)
		}
	}
	return b
}

// brought is what the change brings to rule files. It matters to waivers of files alone.
func (r *run) brought(ctx context.Context, base Base) map[string][]organisation.Brought {
	if p := r.policy.Policy; p == nil || !p.WaivesFiles() || len(r.before.rules) == 0 {
		return nil
	}
	now := slices.DeleteFunc(slices.Clone(r.ruleFiles), func(f ruleFile) bool { return !base.touches(f.Name) })
	out := map[string][]organisation.Brought{}
	for _, b := range lint.BroughtRules(ctx, r.before.rules, now) {
		out[b.File] = append(out[b.File], organisation.Brought{From: b.From, To: b.To, Files: b.Was})
	}
	return out
}

// leaving tells what the change takes out of the reach of the policy in an environment.
// A change that decides for itself is told the same, as warnings.
func (r *run) leaving(before organisation.Before, environment string) []report.Finding {
	if r.policy.Policy == nil {
		return nil
	}
	var files []string
	for _, f := range slices.Concat(r.rules, r.dashboardFiles) {
		files = append(files, f.Name)
	}
	out := r.policy.Policy.Leaving(organisation.Input{Environment: environment, Today: r.today(), Before: before}, files)
	for i := range out {
		if r.o.ByHead && out[i].Severity == report.Error {
			out[i].Severity = report.Warning
		}
	}
	return out
}

// policyInput is what the rules of the policy look at.
func (r *run) policyInput() organisation.Input {
	in := organisation.Input{
		Services: map[string]*spec.Service{}, Whole: r.whole, Environment: r.rep.Environment, Today: r.today(), Read: r.o.Workspace.Read, Before: r.before.policy,
	}
	for _, s := range r.all {
		in.Services[s.Name.V] = s
	}
	return in
}

// standing leaves out what the policy disables, waives or knows, and gives the rest
// the severities of the policy.
func (r *run) standing(findings []report.Finding) []report.Finding {
	if r.applied == nil {
		return findings
	}
	return r.applied.To(findings)
}

// policyUse says what waivers and the baseline did, once all findings were judged.
func (r *run) policyUse(ctx context.Context) []report.Finding {
	if r.applied == nil || r.o.PolicyOfGate {
		return nil
	}
	all := r.wants(Lint) && (r.o.Pint == nil || !r.o.Pint.Alone)
	looked := organisation.Looked{Services: map[string]string{}, Whole: all && r.whole && r.o.Changed == nil && r.policy.Above == ""}
	for _, s := range r.picked {
		looked.Services[s.Name.V] = s.File
		looked.Files = append(looked.Files, s.Inputs...)
	}
	for _, f := range r.rules {
		looked.Files = append(looked.Files, f.Name)
	}
	for _, f := range r.dashboardFiles {
		looked.Files = append(looked.Files, f.Name)
	}
	if !all {
		looked.Files = nil // half of the rules did not run
	}
	environments := func() map[string][]string { return spec.Environments(ctx, r.o.Workspace, r.o.Files) }
	return r.policy.Said(append(r.applied.Report(looked), r.policy.Policy.Approvals(r.all, r.policyInput(), environments)...))
}

// withoutPolicy is the verdict of validation where nobody knows what the policy
// asks for.
func (r *run) withoutPolicy(verdict report.Verdict) report.Verdict {
	if r.policy.Unknown == "" {
		return verdict
	}
	return report.Worst(verdict, report.Undecidable)
}
