package gate

import (
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// tolerance is by how much two percentages may differ and still be equal. It
// keeps the noise of binary fractions from deciding at a threshold.
const tolerance = 1e-9

// below reports whether a percentage is less than a threshold. A threshold that
// is off is never undercut.
func below(percent float64, limit *float64) bool {
	return limit != nil && percent < *limit-tolerance
}

// thresholds are percent of budget remaining; nil is off.
type thresholds struct {
	warning, blocking *float64
	source            string
	// policy is the rule of the policy that raised them, empty when none did.
	policy string
	// freezer names what raised blocking to 100 %, at its place in the file.
	freezer string
	at      spec.Origin
}

// freezes reports whether nothing may be deployed at all. A freeze holds at 100 %
// remaining too, where "less than 100" does not, and it needs no measurement.
func (t thresholds) freezes() bool { return isFreeze(t.blocking) }

func isFreeze(blocking *float64) bool { return blocking != nil && *blocking >= 100-tolerance }

// base returns the thresholds before conditions: the gate's own, and those of
// tier and environment where it has none. null turns a threshold off.
func (d *decider) base(resource *spec.Gate) thresholds {
	facts := d.in.Service.Tier.V.Facts()
	defaults, known := facts.Gate(d.in.Environment)
	t := thresholds{warning: defaults.Warning, blocking: defaults.Blocking}
	fromTier := "tier " + string(facts.Tier) + ", " + environmentName(d.in.Environment, known)
	if resource == nil {
		t.source = fromTier
		return t
	}
	t.warning, t.blocking = resource.Warning.Or(t.warning), resource.Blocking.Or(t.blocking)
	named := "DeploymentGate " + resource.Name.V
	if isFreeze(t.blocking) {
		t.freezer, t.at = named, resource.Blocking.At
	}
	switch {
	case resource.Warning.Given && resource.Blocking.Given:
		t.source = named
	case resource.Warning.Given || resource.Blocking.Given:
		t.source = named + ", " + fromTier
	default:
		t.source = fromTier
	}
	return t
}

func environmentName(name string, known bool) string {
	switch {
	case name == "":
		return "environment not given, taken as prod"
	case !known:
		return "environment " + name + ", taken as prod"
	}
	return "environment " + name
}

// with applies the conditions that hold. Those that relax replace the base, the
// strictest of them if there are several; over that, every other condition can
// only raise a threshold. So a freeze holds whatever relaxes.
func (t thresholds) with(held []compiledCondition) thresholds {
	var changed []string
	t.warning, t.blocking = relaxed(t.warning, held, warningOf), relaxed(t.blocking, held, blockingOf)
	for _, c := range held {
		if c.Relax {
			changed = append(changed, "condition "+conditionName(c.Condition))
			continue
		}
		w, b := stricter(t.warning, c.Warning), stricter(t.blocking, c.Blocking)
		if w != t.warning || b != t.blocking {
			changed = append(changed, "condition "+conditionName(c.Condition))
		}
		if isFreeze(b) && !t.freezes() {
			t.freezer, t.at = "condition "+conditionName(c.Condition), c.Blocking.At
		}
		t.warning, t.blocking = w, b
	}
	t.source = strings.Join(append([]string{t.source}, changed...), ", ")
	return t
}

func warningOf(c compiledCondition) spec.Limit { return c.Warning }

func blockingOf(c compiledCondition) spec.Limit { return c.Blocking }

// relaxed returns the strictest threshold that a relaxing condition gives, and
// the base when none gives one.
func relaxed(base *float64, held []compiledCondition, of func(compiledCondition) spec.Limit) *float64 {
	var result *float64
	given := false
	for _, c := range held {
		if l := of(c); c.Relax && l.Given {
			given = true
			result = stricter(result, l)
		}
	}
	if !given {
		return base
	}
	return result
}

// stricter returns the higher of a threshold and a limit; one that is off is the
// lowest of all.
func stricter(threshold *float64, l spec.Limit) *float64 {
	if !l.Given || l.Off || threshold != nil && *threshold >= l.Percent {
		return threshold
	}
	return &l.Percent
}

// conditionsOf evaluates the conditions of a gate. It returns those that hold,
// and all for the report.
func (d *decider) conditionsOf(g compiled) (held []compiledCondition, all []report.GateCondition, r ruling) {
	context := d.context
	context.Location = g.zone
	for _, c := range g.conditions {
		shown := report.GateCondition{
			Name: c.Name.V, When: c.When.V,
			Warning: c.Warning.Or(nil), Blocking: c.Blocking.Or(nil), Error: c.broken,
		}
		if c.broken == "" {
			matched, err := c.program.Eval(context)
			if err != nil {
				shown.Error = err.Error()
			}
			shown.Matched = matched
		}
		all = append(all, shown)
		name := conditionName(c.Condition)
		switch {
		case c.broken != "":
			r.add(report.Unknown, CodeConditionBroken, "condition "+name+" is not valid",
				cause{rule: RuleUndecided, at: c.When.At, suggestion: "correct it: nthlayer validate says what is wrong with it"})
		case shown.Error != "":
			r.add(report.Unknown, CodeConditionUnknown, "condition "+name+" cannot be evaluated: "+shown.Error,
				cause{rule: RuleUndecided, at: c.When.At, suggestion: "provide the value, or write the condition without it"})
		case shown.Matched:
			held = append(held, c)
			r.add(report.Approved, CodeConditionMatched, "condition "+name+" holds: "+limits(c.Condition), cause{})
		}
	}
	return held, all, r
}

// limits tells what a condition sets.
func limits(c spec.Condition) string {
	var parts []string
	for _, l := range []struct {
		does  string
		limit spec.Limit
	}{{"blocks", c.Blocking}, {"warns", c.Warning}} {
		switch {
		case !l.limit.Given:
		case l.limit.Off:
			parts = append(parts, l.does+" no more")
		default:
			parts = append(parts, l.does+" below "+percent(l.limit.Percent))
		}
	}
	if len(parts) == 0 {
		return "it changes no threshold"
	}
	return strings.Join(parts, ", ")
}
