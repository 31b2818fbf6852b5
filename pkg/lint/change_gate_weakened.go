package lint

import (
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// changeGateWeakened reports gates that let more pass than before: lower
// thresholds, milder conditions, freezes and gates that are gone.
type changeGateWeakened struct{}

func (changeGateWeakened) Rule() Rule {
	return Rule{ID: "change/gate-weakened", Severity: report.Error, Title: "The change makes a deployment gate milder"}
}

const restoreGate = "restore it, or have the owner of the gate agree to a change of the gate alone"

func (k changeGateWeakened) CheckChange(c Change) []report.Finding {
	var out []report.Finding
	for _, g := range gatePairs(c) {
		switch {
		case g.head != nil:
			out = append(out, k.compare(c, g.base, *g.head)...)
		case len(c.Head.Gates) > 0 || len(k.compare(c, g.base, spec.Gate{})) > 0:
			out = append(out, c.finding(c.Head.At, k.Rule(), "the DeploymentGate "+g.base.Name.V+" was removed", restoreGate))
		}
	}
	return out
}

// gatePair is a gate before and after a change; head is nil for one that is
// gone.
type gatePair struct {
	base spec.Gate
	head *spec.Gate
}

// gatePairs matches gates by name, else in their order. A service without a gate
// has the one of its tier, whose place the strictest gate of the head takes: all
// others can only add to it.
func gatePairs(c Change) []gatePair {
	if len(c.Base.Gates) == 0 {
		if len(c.Head.Gates) == 0 {
			return nil
		}
		return []gatePair{{head: strictest(c.Head)}}
	}
	to, _ := match(c.Base.Gates, c.Head.Gates, func(g spec.Gate) string { return g.Name.V }, func(spec.Gate) string { return "in order" })
	var out []gatePair
	for i, j := range to {
		p := gatePair{base: c.Base.Gates[i]}
		if j >= 0 {
			p.head = &c.Head.Gates[j]
		}
		out = append(out, p)
	}
	return out
}

func strictest(s *spec.Service) *spec.Gate {
	best := &s.Gates[0]
	for i := range s.Gates {
		bestWarning, bestBlocking := effective(s, *best)
		w, b := effective(s, s.Gates[i])
		if weaker(b, bestBlocking) || !weaker(bestBlocking, b) && weaker(w, bestWarning) {
			best = &s.Gates[i]
		}
	}
	return best
}

// weaker reports whether the second threshold lets pass what the first does not;
// nil is off.
func weaker(was, is *float64) bool { return was != nil && (is == nil || *is < *was) }

func (k changeGateWeakened) compare(c Change, was, is spec.Gate) []report.Finding {
	return slices.Concat(k.thresholds(c, was, is), k.exhausted(c, was, is), k.timezone(c, was, is), k.conditions(c, was, is))
}

func (k changeGateWeakened) thresholds(c Change, was, is spec.Gate) []report.Finding {
	wasWarning, wasBlocking := effective(c.Base, was)
	isWarning, isBlocking := effective(c.Head, is)
	return append(
		k.threshold(c, is, "blocking", was.Blocking, is.Blocking, wasBlocking, isBlocking),
		k.threshold(c, is, "warning", was.Warning, is.Warning, wasWarning, isWarning)...)
}

// threshold compares one threshold as it takes effect. Where both come from the
// tier, change/tier-lowered has said it.
func (k changeGateWeakened) threshold(c Change, g spec.Gate, name string, was, is spec.Limit, from, to *float64) []report.Finding {
	if !was.Given && !is.Given || !weaker(from, to) {
		return nil
	}
	at := is.At
	if !at.Written() {
		at = g.At
	}
	message := wasAndIs("the "+name+" threshold of the gate", limitText(from), limitText(to))
	if !is.Given {
		message += ", the default of the tier"
	}
	return one(c.finding(at, k.Rule(), message, restoreGate))
}

func limitText(limit *float64) string {
	if limit == nil {
		return "off"
	}
	return report.Percent(*limit, 2)
}

func (k changeGateWeakened) exhausted(c Change, was, is spec.Gate) []report.Finding {
	var out []report.Finding
	for _, action := range was.OnExhausted {
		kept := slices.ContainsFunc(is.OnExhausted, func(v spec.Value[string]) bool { return v.V == action.V })
		if !kept && action.V != "notify" { // a notification stops nobody
			out = append(out, c.finding(is.At, k.Rule(), "on_exhausted: "+action.V+" of the gate was removed", restoreGate))
		}
	}
	return out
}

// timezone reports a zone in which conditions and the ends of exceptions may
// come at another hour. Whether that is milder depends on the hour.
func (k changeGateWeakened) timezone(c Change, was, is spec.Gate) []report.Finding {
	name := func(zone string) string {
		if zone == "" {
			return "UTC"
		}
		return zone
	}
	if name(was.Timezone.V) == name(is.Timezone.V) || len(was.Conditions) == 0 {
		return nil
	}
	f := c.finding(is.Timezone.At, k.Rule(), wasAndIs("the time zone of the gate", name(was.Timezone.V), name(is.Timezone.V))+": its conditions hold at other hours", restoreGate)
	f.Severity = report.Warning
	return one(f)
}

func (k changeGateWeakened) conditions(c Change, was, is spec.Gate) []report.Finding {
	to, added := match(was.Conditions, is.Conditions,
		func(c spec.Condition) string { return c.Name.V },
		func(c spec.Condition) string { return strings.Join(strings.Fields(c.When.V), " ") })
	var out []report.Finding
	for i, j := range to {
		switch old := was.Conditions[i]; {
		case j >= 0:
			out = append(out, k.condition(c, old, is.Conditions[j])...)
		case !old.Relax:
			out = append(out, c.finding(is.At, k.Rule(), "the "+title(old)+" of the gate was removed", restoreGate))
		}
	}
	for _, j := range added {
		if cond := is.Conditions[j]; cond.Relax {
			out = append(out, k.relaxes(c, cond))
		}
	}
	return out
}

// condition compares two that belong together. One that restricts is milder with
// lower limits, one that relaxes with more or lower limits; when they hold is
// code that cannot be compared, so that any change of it is told.
func (k changeGateWeakened) condition(c Change, was, is spec.Condition) []report.Finding {
	switch {
	case is.Relax && !was.Relax:
		return one(k.relaxes(c, is))
	case was.Relax && !is.Relax:
		return nil
	}
	out := append(
		k.limit(c, is, "blocking", was.Blocking, is.Blocking),
		k.limit(c, is, "warning", was.Warning, is.Warning)...)
	from, to := strings.Join(strings.Fields(was.When.V), " "), strings.Join(strings.Fields(is.When.V), " ")
	if from != to {
		at := is.When.At
		if !at.Written() {
			at = is.At
		}
		f := c.finding(at, k.Rule(), wasAndIs("when the "+title(is)+" holds", clause(from), clause(to)), restoreGate)
		f.Severity = report.Warning
		out = append(out, f)
	}
	return out
}

func (k changeGateWeakened) limit(c Change, cond spec.Condition, name string, was, is spec.Limit) []report.Finding {
	milder := weaker(was.Or(nil), is.Or(nil))
	if cond.Relax {
		milder = is.Given && (milder || !was.Given)
	}
	if !milder {
		return nil
	}
	at := is.At
	if !at.Written() {
		at = cond.At
	}
	return one(c.finding(at, k.Rule(), wasAndIs(name+" of the "+title(cond), givenText(was), givenText(is)), restoreGate))
}

func givenText(l spec.Limit) string {
	if !l.Given {
		return "not given"
	}
	return limitText(l.Or(nil))
}

func (k changeGateWeakened) relaxes(c Change, cond spec.Condition) report.Finding {
	return c.finding(cond.At, k.Rule(), "the "+title(cond)+" lowers the thresholds of the gate (mode: relax) and did not before", restoreGate)
}

// title names a condition, and says that it is a freeze.
func title(c spec.Condition) string {
	kind := "condition "
	if number(c.Blocking) && c.Blocking.Percent >= 100 {
		kind = "freeze "
	}
	if c.Name.V != "" {
		return kind + c.Name.V
	}
	return kind + clause(c.When.V)
}

func clause(when string) string {
	if when == "" {
		return "(always)"
	}
	return "(" + short(when) + ")"
}
