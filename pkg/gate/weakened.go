package gate

import (
	"slices"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// CodeWeakened is the reason of a decision that was taken with the service as it
// was before the change.
const CodeWeakened = "weakened-by-this-change"

// RuleWeakened is the rule of the finding that goes with it.
const RuleWeakened = "gate/weakened"

// Before is the decision with the service as it was before the change under
// test, and what is known about that change.
type Before struct {
	Result Result
	// Loosened is set when the change was found to loosen the service's control.
	Loosened bool
	// At is a place in the present file that belongs to the change.
	At spec.Origin
}

// Stricter returns the stricter of the decisions after and before a change, so
// that no change lets itself pass. Where the change loosens nothing that can be
// told from the files, an unknown decision before it does not count: it would
// keep a query without data from ever being corrected.
func Stricter(service string, after Result, before Before) Result {
	was, is := before.Result.Gate.Decision, after.Gate.Decision
	if rank(was) <= rank(is) || was == report.Unknown && !before.Loosened {
		return after
	}
	g := before.Result.Gate
	g.Reasons = append([]report.Reason{{
		Code: CodeWeakened,
		Text: "this change makes the gate milder, so the decision counts that was taken with the service as it was before: " + string(was) + " instead of " + string(is),
	}}, g.Reasons...)
	severity := report.Warning
	if was == report.Blocked {
		severity = report.Error
	}
	finding := before.At.Finding(RuleWeakened, severity, service,
		said(before.Result)+"; decided with the service as it was before this change, which makes the gate milder",
		"take what makes the gate milder out of this change, and let the owner of the gate merge it by itself")
	return Result{Gate: g, Findings: append(slices.Clone(after.Findings), finding)}
}

// CodeBaseUnknown is the reason of a decision that nobody can compare with that
// of before the change.
const CodeBaseUnknown = "base-unknown"

// Removed returns the decision about a service that the change removes, from that
// with the service as it was: a service without a file would have no gate at all.
// The finding has no line, for the file may be gone.
func Removed(was *spec.Service, before Result) Result {
	g := before.Gate
	text := "this change removes the service, so the decision counts that was taken with the service as it was before: " + string(g.Decision)
	g.Reasons = append([]report.Reason{{Code: CodeWeakened, Text: text}}, g.Reasons...)
	if g.Decision == report.Approved {
		return Result{Gate: g}
	}
	severity := report.Warning
	if g.Decision == report.Blocked {
		severity = report.Error
	}
	f := report.At(report.Position{File: was.File}, RuleWeakened, severity,
		said(before)+"; decided with the service "+was.Name.V+" as it was before this change, which removes it")
	f.Service = was.Name.V
	f.Suggestion = "remove the service when its gate is open, or let the owner of the gate merge its removal by itself"
	return Result{Gate: g, Findings: []report.Finding{f}}
}

// Uncompared returns the decision about a service of which nobody knows what it
// was before the change, and why: unknown, unless it is blocked as it is.
func Uncompared(s *spec.Service, after Result, why string) Result {
	if rank(after.Gate.Decision) >= rank(report.Unknown) {
		return after
	}
	g := after.Gate
	g.Decision = report.Unknown
	text := "it cannot be told whether this change makes the gate milder: " + why
	g.Reasons = append([]report.Reason{{Code: CodeBaseUnknown, Text: text}}, g.Reasons...)
	f := s.At.Finding(RuleUndecided, report.Warning, s.Name.V, "the deploy cannot be decided: "+text, UncomparedSuggestion)
	return Result{Gate: g, Findings: append([]report.Finding{f}, after.Findings...)}
}

// UncomparedSuggestion is what to do when it is not known what was before a
// change.
const UncomparedSuggestion = "let the base be read (contents: read for the token, or fetch-depth: 0 for the checkout) and run the job again, " +
	"or let the owner of the gate merge this; with policy-ref: head the change alone decides"

// said is the sentence about a decision that is not approved: that of its finding.
func said(r Result) string {
	if len(r.Findings) > 0 {
		return r.Findings[0].Message
	}
	return "the decision is " + string(r.Gate.Decision)
}
