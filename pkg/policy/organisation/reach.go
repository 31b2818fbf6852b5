package organisation

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// RuleReach is a change that takes a service or a file out of what the policy asks.
const RuleReach = "change/policy-reach"

// tiered is a check that is about services of some tiers.
type tiered interface {
	// concerns reports whether the check asks something of a tier.
	concerns(t spec.Tier) bool
	// asksMore reports whether it asks something of a tier that it does not of another.
	asksMore(of, than spec.Tier) bool
}

// about reports whether a rule asks something of a service in an environment.
func (r Rule) about(s *spec.Service, environment string) bool {
	c, ok := r.check.(tiered)
	return r.When.holds(s, environment) && (!ok || c.concerns(s.Tier.V))
}

// Leaving tells what in.Before takes out of the reach of the policy: a service that a
// rule is no longer about, or of whose tier it asks less, and a service or one of the files that a waiver or an approved
// exception is new for. The change itself is still judged as before; the next one would
// not be. Findings are warnings, and errors where the policy locks the rule. They are
// sorted and have fingerprints.
func (p *Policy) Leaving(in Input, files []string) []report.Finding {
	l := leaving{p, in}
	var out []report.Finding
	for now, was := range in.Before.Services {
		for _, r := range p.Rules {
			out = append(out, l.rule(r, was, now)...)
			if c, ok := r.check.(approvedExceptions); ok && r.about(now, in.Environment) {
				out = append(out, l.approvals(r, c, was, now)...)
			}
		}
		out = append(out, l.waivers(now.Name.V, now.File, moved(was, now), nameOrService(was, now))...)
	}
	for _, file := range files {
		if former := in.Before.Files[file]; len(former) > 0 {
			out = append(out, l.waivers("", file, "it was "+former[0], spec.OriginAt(report.Position{File: file}, ""))...)
		}
	}
	return report.Normalise(out)
}

// leaving finds what a change takes out of the reach of a policy.
type leaving struct {
	policy *Policy
	in     Input
}

// rule tells a rule that is no longer about a service, or asks less of it.
func (l leaving) rule(r Rule, was, now *spec.Service) []report.Finding {
	does := " is no longer about the service"
	switch c, ok := r.check.(tiered); {
	case !r.about(was, l.in.Environment):
		return nil
	case !r.about(now, l.in.Environment):
	case ok && c.asksMore(was.Tier.V, now.Tier.V):
		does = " asks less of the service"
	default:
		return nil
	}
	at, key, before, after := r.edited(was, now, l.in.Environment)
	return l.finding(r.Kind.ID(), r.Severity, at, now.Name.V,
		"once this change is merged, the policy rule "+strconv.Quote(r.Name.V)+does+": its "+key+" was "+before+" and is now "+cmp.Or(after, "not given"),
		"restore "+key+": "+before+", or have the owners of the policy agree")
}

// edited returns the first value by which a rule was about a service and is no longer, and
// the tier of one of which it asks less: its place and key, and what it was and is.
func (r Rule) edited(was, now *spec.Service, environment string) (at spec.Origin, key, before, after string) {
	as := *was
	if as.Team = now.Team; !r.about(&as, environment) {
		return placeIn(now, now.Team.At), "team", was.Team.V, now.Team.V
	}
	if as.Type = now.Type; !r.about(&as, environment) {
		return placeIn(now, now.Type.At), "type", string(was.Type.V), string(now.Type.V)
	}
	return placeIn(now, now.Tier.At), "tier", string(was.Tier.V), string(now.Tier.V)
}

// waivers tells the waivers that begin to fit.
func (l leaving) waivers(service, file, why string, at spec.Origin) []report.Finding {
	var out []report.Finding
	for _, w := range l.policy.Waivers {
		if w.over(l.in.Today) || !w.covers(service, file) || l.in.Before.covered(w, report.Finding{Service: service, File: file}) {
			continue
		}
		of, subject := w.Rule.V, "the service"
		for _, r := range l.policy.Rules {
			if r.Name.V == w.Rule.V {
				of = r.Kind.ID()
			}
		}
		if service == "" {
			subject = "the file"
		}
		out = append(out, l.finding(of, report.Error, at, service,
			"once this change is merged, the waiver of "+w.name()+" holds for "+subject+": "+why, "undo the move, or have the owners of the policy agree")...)
	}
	return out
}

// approvals tells the approved exceptions that begin to fit an exception of a service.
func (l leaving) approvals(r Rule, c approvedExceptions, was, now *spec.Service) []report.Finding {
	var out []report.Finding
	for _, g := range now.Gates {
		for _, e := range g.Exceptions {
			for _, a := range c.approved {
				if !a.over(l.in.Today) && a.fits(now, e) && !matchesAny(a.services, was.Name.V) {
					out = append(out, l.finding(r.Kind.ID(), r.Severity, nameOrService(was, now), now.Name.V,
						"once this change is merged, the exception for "+a.who+" that the policy approves on "+eitherOf(a.services)+" holds for the service: "+moved(was, now), "restore the name, or have the owners of the policy agree")...)
				}
			}
		}
	}
	return out
}

// finding tells of a rule of lint or of the policy, by its id; nothing of one that the
// policy disables.
func (l leaving) finding(id string, severity report.Severity, at spec.Origin, service, message, fix string) []report.Finding {
	if slices.Contains(l.policy.Lint.Disabled, id) {
		return nil
	}
	if s, ok := l.policy.Lint.Severities[id]; ok {
		severity = s
	}
	switch {
	case l.policy.Lint.locks(id):
		severity = report.Error
	case severity == report.Error:
		severity = report.Warning
	}
	return []report.Finding{at.Finding(RuleReach, severity, service, message, fix)}
}

// moved says by which of its name and its file a service is found elsewhere.
func moved(was, now *spec.Service) string {
	if was.Name.V != now.Name.V {
		return "its name was " + was.Name.V + " and is now " + now.Name.V
	}
	return "its file is now " + now.File
}

// nameOrService is the place of a new name, and of the service where it kept its name.
func nameOrService(was, now *spec.Service) spec.Origin {
	if was.Name.V != now.Name.V {
		return placeIn(now, now.Name.At)
	}
	return now.At
}

// placeIn is the place of a value of a service, and of the service where nobody wrote it.
func placeIn(s *spec.Service, at spec.Origin) spec.Origin {
	if at.Written() {
		return at
	}
	return s.At
}
