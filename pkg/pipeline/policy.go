package pipeline

import (
	"time"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Policy is the organisation's policy as it counts for a run.
type Policy struct {
	// Policy is nil where there is none.
	Policy *organisation.Policy
	// Findings are about the policy and the files that it names.
	Findings []report.Finding
	// Unknown says why the policy, or a file that it names, could not be read from
	// where it is trusted; empty when it could. Nothing passes then.
	Unknown string
}

// read reads the policy. It belongs to the run before any finding is judged.
func (r *run) readPolicy() []report.Finding {
	findings := r.policy.Findings
	if r.policy.Unknown != "" {
		findings = append(findings, organisation.Unread(r.policy.Unknown))
	}
	return findings
}

// byPolicy applies the rules of the policy to the services.
func (r *run) byPolicy() []report.Finding {
	if r.policy.Policy == nil {
		return nil
	}
	in := organisation.Input{Services: map[string]*spec.Service{}, Whole: r.whole, Environment: r.rep.Environment, Read: r.o.Workspace.Read}
	if !r.o.At.IsZero() {
		in.Today = r.o.At.UTC().Format(time.DateOnly)
	}
	for _, s := range r.all {
		in.Services[s.Name.V] = s
	}
	return r.policy.Policy.Check(r.all, in)
}

// withoutPolicy is the verdict of validation where nobody knows what the policy
// asks for.
func (r *run) withoutPolicy(verdict report.Verdict) report.Verdict {
	if r.policy.Unknown == "" {
		return verdict
	}
	return report.Worst(verdict, report.Undecidable)
}
