package lint

import (
	"math/big"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// changeSLOWeakened reports SLOs that promise less than before: a lower
// objective, a window that forgives more, a threshold that more requests meet.
type changeSLOWeakened struct{}

func (changeSLOWeakened) Rule() Rule {
	return Rule{ID: "change/slo-weakened", Severity: report.Error, Title: "The change makes an SLO promise less"}
}

func (k changeSLOWeakened) CheckChange(c Change) []report.Finding {
	var out []report.Finding
	to, _ := matchSLOs(c)
	for i, j := range to {
		if j < 0 {
			continue // change/slo-removed reports it
		}
		was, is := c.Base.SLOs[i], c.Head.SLOs[j]
		out = append(out, k.objective(c, was, is)...)
		out = append(out, k.window(c, was, is)...)
		out = append(out, k.threshold(c, was, is)...)
	}
	return out
}

// matchSLOs matches SLOs by name, else by what they measure: a renamed SLO is
// not a removed one.
func matchSLOs(c Change) (to, added []int) {
	return match(c.Base.SLOs, c.Head.SLOs, func(s spec.SLO) string { return s.Name.V }, measure)
}

const restoreSLO = "restore it, or have the owner of the gate agree to a change of the SLO alone"

func (k changeSLOWeakened) objective(c Change, was, is spec.SLO) []report.Finding {
	if !was.Objective.V.Given() || !is.Objective.V.Given() || is.Objective.V.Target().Cmp(was.Objective.V.Target()) >= 0 {
		return nil
	}
	return one(c.finding(is.Objective.At, k.Rule(),
		wasAndIs("the objective of SLO "+is.Name.V, was.Objective.V.Text+" %", is.Objective.V.Text+" %"), restoreSLO))
}

// window reports a window in which old errors are forgotten sooner, and one
// whose error budget is larger. With the same objective every change of the
// window's length is one of the two.
func (k changeSLOWeakened) window(c Change, was, is spec.SLO) []report.Finding {
	wasLength, isLength := length(was.Window.V), length(is.Window.V)
	message := wasAndIs("the window of SLO "+is.Name.V, was.Window.V.Text, is.Window.V.Text)
	wasMinutes, isMinutes := budgetMinutes(was), budgetMinutes(is)
	switch {
	case isLength < wasLength:
		message += ": errors leave the error budget sooner"
	case isLength == wasLength && was.Window.V.Calendar == spec.NoCalendar && is.Window.V.Calendar != spec.NoCalendar:
		message += ": errors leave the error budget sooner, all of them when a period begins"
	case isLength > wasLength && isMinutes.Cmp(wasMinutes) > 0:
		message += ": the error budget grows from " + minutes(wasMinutes) + " to " + minutes(isMinutes) + " minutes"
	default:
		return nil
	}
	at := is.Window.At
	if !is.Window.Set() {
		at = is.At
	}
	return one(c.finding(at, k.Rule(), message, restoreSLO))
}

// length is that of a window; calendar periods count with their usual number of
// days.
func length(w spec.Window) time.Duration {
	const day = 24 * time.Hour
	switch w.Calendar {
	case spec.CalendarWeek:
		return 7 * day
	case spec.CalendarMonth:
		return 30 * day
	case spec.CalendarQuarter:
		return 90 * day
	case spec.NoCalendar:
	}
	return w.Duration
}

// budgetMinutes is the error budget of the whole window in minutes, exact.
func budgetMinutes(s spec.SLO) *big.Rat {
	window := new(big.Rat).SetFrac64(int64(length(s.Window.V)/time.Second), 60)
	return window.Mul(window, s.Objective.V.Budget())
}

func minutes(r *big.Rat) string {
	f, _ := r.Float64()
	return report.Decimal(f, 1)
}

// threshold reports a limit of a latency or threshold SLI that is met more
// easily. For a metric that must stay above, that is a lower one.
func (k changeSLOWeakened) threshold(c Change, was, is spec.SLO) []report.Finding {
	from, to := was.Indicator, is.Indicator
	if from.Kind != to.Kind || from.Op.V != to.Op.V {
		return nil // change/slo-remeasured reports it
	}
	what, unit := "", ""
	switch from.Kind {
	case spec.IndicatorLatency:
		what, unit = "the latency threshold of SLO ", " s"
	case spec.IndicatorThreshold:
		what = "the threshold of SLO "
	case spec.IndicatorEvents, spec.IndicatorRatio, spec.IndicatorNone:
		return nil
	}
	milder := to.Threshold.V > from.Threshold.V
	if from.Op.V == ">" || from.Op.V == ">=" {
		milder = to.Threshold.V < from.Threshold.V
	}
	if !milder {
		return nil
	}
	return one(c.finding(to.Threshold.At, k.Rule(), wasAndIs(what+is.Name.V, report.Decimal(from.Threshold.V, report.ExactDigits)+unit, report.Decimal(to.Threshold.V, report.ExactDigits)+unit), restoreSLO))
}
