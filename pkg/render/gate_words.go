package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// decisionWords is the decision with the figure it rests on.
func decisionWords(g *report.Gate) string {
	text := ""
	switch g.Decision {
	case report.Approved:
		text = "deploy approved"
	case report.Warned:
		text = "deploy allowed with a warning"
	case report.Blocked:
		text = "deploy blocked"
	case report.Unknown:
		text = "could not decide"
	}
	if g.RemainingPercent == nil {
		return text
	}
	left := percent(g.RemainingPercent) + " of the error budget left"
	if *g.RemainingPercent <= 0 {
		left = "the error budget is used up, " + percent(g.RemainingPercent) + " left"
	}
	return text + ": " + left + prefixed(" for ", g.WorstSLO, "")
}

// needsReasons reports whether a reader has to be told why: always, except for an
// approval that no exception was needed for.
func needsReasons(g *report.Gate) bool {
	return g.Decision != report.Approved || slices.ContainsFunc(g.Exceptions, func(e report.GateException) bool { return e.Applied })
}

// thresholdWords says at which budgets the gate acts and who set them.
func thresholdWords(th report.Thresholds) string {
	var parts []string
	if th.Blocking != nil {
		parts = append(parts, "blocks below "+percent(th.Blocking))
	}
	if th.Warning != nil {
		parts = append(parts, "warns below "+percent(th.Warning))
	}
	text := "the gate " + strings.Join(parts, ", ")
	if len(parts) == 0 {
		text = "the gate has no thresholds here, it only reports"
	}
	return text + prefixed(" (", th.Source, ")")
}

func conditionWords(c report.GateCondition) string {
	text := "condition " + c.Name + prefixed(" (", c.When, ")")
	switch {
	case c.Error != "":
		return text + " could not be evaluated: " + c.Error
	case !c.Matched:
		return text + " did not hold"
	}
	var parts []string
	if c.Blocking != nil {
		parts = append(parts, "blocks below "+percent(c.Blocking))
	}
	if c.Warning != nil {
		parts = append(parts, "warns below "+percent(c.Warning))
	}
	return text + " holds" + prefixed(": ", strings.Join(parts, ", "), "")
}

func exceptionWords(e report.GateException) string {
	text := "exception for " + e.Who + " (" + e.Allow + prefixed(", until ", e.Until, "") + prefixed(", because ", e.Reason, "") + ")"
	switch {
	case e.Expired:
		return text + " has expired"
	case e.Applied:
		return text + " applied"
	}
	return text + " did not apply"
}

// blastWords names who else is hit when the service fails; empty for nobody.
func blastWords(b *report.BlastRadius) string {
	if b == nil || len(b.Direct)+len(b.Transitive) == 0 {
		return ""
	}
	names := make([]string, 0, len(b.Direct))
	for _, d := range b.Direct {
		names = append(names, d.Name+prefixed(" (", d.Criticality, ")"))
	}
	text := count(len(b.Direct), "service") + " depend on it"
	if len(b.Direct) == 1 {
		text = "1 service depends on it"
	}
	text += prefixed(": ", list(names), "")
	if n := len(b.Transitive); n > 0 {
		text += fmt.Sprintf("; %d more through them", n)
	}
	if b.Critical > 0 && len(b.Direct)+len(b.Transitive) > 1 {
		text += fmt.Sprintf("; critical to %d of them", b.Critical)
	}
	return text
}
