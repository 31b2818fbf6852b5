package gate

import (
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/policy"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// The ways in which an exception lets somebody pass.
const (
	allowAlways       = "always"        // every decision becomes approved
	allowDuringFreeze = "during_freeze" // conditions that freeze do not count; budgets do
	allowWarningOnly  = "warning_only"  // blocked and unknown become a warning
)

// except applies the exceptions of a gate that belong to the deployer. thaw
// takes the decision again without the conditions that freeze. An exception that
// changes nothing is not applied: the deploy passed by itself.
func (d *decider) except(g compiled, o *outcome, thaw func()) {
	exceptions := g.exceptions()
	valid := make([]bool, len(exceptions))
	var refused []report.Reason
	for i, e := range exceptions {
		expired, unreadable := d.expired(e, g.zone)
		valid[i] = !expired && !unreadable && d.in.Deploy.matches(e.Who.V)
		if why := d.in.Bounds.Refuses(e); valid[i] && why != "" {
			valid[i] = false
			refused = append(refused, report.Reason{Code: CodeExceptionRefused, Text: "the exception for " + e.Who.V + " does not count: it " + why})
		}
		o.exceptions = append(o.exceptions, report.GateException{
			Who: e.Who.V, Allow: e.Allow.V, Until: e.Until.V, Reason: e.Reason.V, Expired: expired,
		})
	}
	for _, allow := range []string{allowDuringFreeze, allowWarningOnly, allowAlways} {
		for i, e := range exceptions {
			if valid[i] && e.Allow.V == allow {
				o.exceptions[i].Applied = o.apply(e, thaw)
			}
		}
	}
	o.reasons = append(o.reasons, refused...)
	for _, e := range o.exceptions {
		if e.Expired {
			o.reasons = append(o.reasons, report.Reason{
				Code: CodeExceptionExpired, Text: "the exception for " + e.Who + " expired after " + e.Until,
			})
		}
	}
}

// apply makes the decision milder and reports whether it did.
func (o *outcome) apply(e spec.Exception, thaw func()) bool {
	before := o.decision
	switch e.Allow.V {
	case allowAlways:
		o.decision = report.Approved
	case allowWarningOnly:
		if rank(o.decision) > rank(report.Warned) {
			o.decision = report.Warned
		}
	case allowDuringFreeze:
		if !o.thresholds.freezes() {
			return false
		}
		thaw()
		if o.thresholds.freezes() {
			return false
		}
		o.reasons = append(o.reasons, applied(e, "the freeze does not count"))
		return true
	}
	if o.decision == before {
		return false
	}
	o.reasons = append(o.reasons, applied(e, "the decision is "+string(o.decision)+" instead of "+string(before)))
	return true
}

func applied(e spec.Exception, effect string) report.Reason {
	text := "the exception for " + e.Who.V + " (" + e.Allow.V
	if e.Until.V != "" {
		text += ", until " + e.Until.V
	}
	if e.Reason.V != "" {
		text += ", " + e.Reason.V
	}
	return report.Reason{Code: CodeExceptionApplied, Text: text + ") applies: " + effect}
}

// expired reports whether the last day of an exception is over, or is no date. An
// exception without a last day never expires.
func (d *decider) expired(e spec.Exception, zone *time.Location) (expired, unreadable bool) {
	if e.Until.V == "" {
		return false, false
	}
	over, err := policy.DayOver(e.Until.V, d.in.Now, zone)
	return over, err != nil
}

// matches reports whether the deploy is by or for whom an exception names:
// team:NAME, user:NAME or label:NAME, in any case, as hosts compare them.
func (d Deploy) matches(who string) bool {
	kind, name, ok := strings.Cut(who, ":")
	if !ok || name == "" {
		return false
	}
	switch kind {
	case "team":
		return strings.EqualFold(name, d.Team)
	case "user":
		return strings.EqualFold(name, d.User)
	case "label":
		return slices.ContainsFunc(d.Labels, func(l string) bool { return strings.EqualFold(name, l) })
	}
	return false
}

// finding is the one finding about a decision that is not approved.
func (d *decider) finding(o outcome) (report.Finding, bool) {
	severity, lead := report.Warning, ""
	switch o.decision {
	case report.Approved:
		return report.Finding{}, false
	case report.Warned:
		lead = "deploy with care: "
	case report.Unknown:
		lead = "the deploy cannot be decided: "
	case report.Blocked:
		severity, lead = report.Error, "deploy blocked: "
	}
	return d.placed(o.cause.at).Finding(o.cause.rule, severity, d.in.Service.Name.V, lead+o.cause.text, o.cause.suggestion), true
}
