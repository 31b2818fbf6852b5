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

// said is the sentence about a decision that is not approved: that of its finding.
func said(r Result) string {
	if len(r.Findings) > 0 {
		return r.Findings[0].Message
	}
	return "the decision is " + string(r.Gate.Decision)
}
