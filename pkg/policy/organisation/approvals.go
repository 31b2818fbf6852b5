package organisation

import (
	"slices"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Approvals tells which approved exceptions are over, and which no service has. That
// nobody has one is known only where all services were looked at, which in.Whole says.
// Environments returns the names of the environments that services have values for, by
// service; it is asked only where that matters.
func (p *Policy) Approvals(services []*spec.Service, in Input, environments func() map[string][]string) []report.Finding {
	var out []report.Finding
	for _, r := range p.Rules {
		c, ok := r.check.(approvedExceptions)
		if !ok {
			continue
		}
		held := slices.DeleteFunc(slices.Clone(services), func(s *spec.Service) bool { return !r.When.holds(s, in.Environment) })
		for _, a := range c.approved {
			out = append(out, a.report(held, in, environments)...)
		}
	}
	return out
}

func (a approval) report(services []*spec.Service, in Input, environments func() map[string][]string) []report.Finding {
	used := a.users(services)
	say := func(s report.Severity, message, fix string) []report.Finding {
		name := "the approved exception for " + a.who
		if len(a.services) > 0 {
			name += " on " + eitherOf(a.services)
		}
		return []report.Finding{a.at.Finding(RuleWaiver, s, name+" "+message, fix)}
	}
	switch {
	case a.over(in.Today) && used > 0:
		return say(report.Warning, "ended on "+a.until+", and "+counted(used, "gate still has it", "gates still have it"), "take it out of the service files, or approve it again with a later day and a new reason")
	case a.over(in.Today):
		return say(report.Warning, "ended on "+a.until, "remove it")
	case used > 0 || !in.Whole:
		return nil
	case a.elsewhere(services, in.Environment, environments()):
		return say(report.Info, "is in no gate of this environment", "look at the gates of the other environments, and remove it when none has it")
	}
	return say(report.Warning, "is in no gate", "remove it, or correct who: and services:")
}

// users counts the exceptions that the approval is for.
func (a approval) users(services []*spec.Service) int {
	n := 0
	for _, s := range services {
		for _, g := range s.Gates {
			for _, e := range g.Exceptions {
				if a.fits(s, e) {
					n++
				}
			}
		}
	}
	return n
}

// elsewhere reports whether a service that the approval is for has values of other
// environments, in which its gate may have the exception.
func (a approval) elsewhere(services []*spec.Service, environment string, environments map[string][]string) bool {
	return slices.ContainsFunc(services, func(s *spec.Service) bool {
		others := slices.DeleteFunc(slices.Clone(environments[s.Name.V]), func(name string) bool { return name == environment })
		return len(others) > 0 && matchesAny(a.services, s.Name.V)
	})
}

// over reports whether the last day of the approval is over.
func (a approval) over(today string) bool { return over(a.until, today) }
