package render

import "github.com/nthlayer/action/pkg/report"

// policyWords names the policy that a run went by, and which of its versions.
func policyWords(p report.Policy, escape func(string) string) string {
	words := "policy " + escape(p.File)
	switch p.Ref {
	case report.PolicyOfBase:
		words += " of the base"
	case report.PolicyOfHead:
		words += " of the change"
	case report.PolicyOfCheckout:
	}
	switch p.State {
	case report.PolicyNone:
		return "no policy"
	case report.PolicyIncomplete:
		words += " (with mistakes)"
	case report.PolicyUnread:
		words += " (not read)"
	case report.PolicyApplied:
	}
	return words
}
