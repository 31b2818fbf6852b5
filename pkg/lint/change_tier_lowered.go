package lint

import "github.com/nthlayer/action/pkg/report"

// changeTierLowered reports a change to a less critical tier: thresholds, the
// weight in the portfolio and several rules follow the tier.
type changeTierLowered struct{}

func (changeTierLowered) Rule() Rule {
	return Rule{ID: "change/tier-lowered", Severity: report.Error, Title: "The change lowers the tier of a service"}
}

func (k changeTierLowered) CheckChange(c Change) []report.Finding {
	was, is := c.Base.Tier.V.Facts().Tier, c.Head.Tier.V.Facts().Tier
	if is.Rank() <= was.Rank() {
		return nil
	}
	return one(c.finding(c.Head.Tier.At, k.Rule(), wasAndIs("the tier", string(was), string(is)),
		"restore tier: "+string(was)+", or have the owner of the gate agree to a change of the tier alone"))
}
