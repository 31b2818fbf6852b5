package gate

import (
	"slices"
	"strconv"

	"github.com/nthlayer/action/pkg/policy"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// The burn rates at which a budget of 30 days loses 2 % in one hour and 5 % in
// six (The Site Reliability Workbook, chapter 5).
const (
	fastBurn1h = 14.4
	fastBurn6h = 6
	// fastBurnBlocksBelow is the percentage of budget remaining below which a
	// fast burn blocks a critical service.
	fastBurnBlocksBelow = 50
	// blastRadiusFactor widens the warning band of a service that critical
	// consumers need.
	blastRadiusFactor = 1.5
	// percentDigits are the decimals of a percentage in a sentence.
	percentDigits = 2
)

// cause is what a finding about a decision is about.
type cause struct {
	rule       string
	at         spec.Origin
	text       string
	suggestion string
}

// ruling is a decision on its way, with its reasons and the first cause of its
// strictness. The zero ruling is approved without a reason.
type ruling struct {
	decision report.Decision
	reasons  []report.Reason
	cause    cause
}

// add notes a reason and makes the decision at least as strict.
func (r *ruling) add(decision report.Decision, code, text string, c cause) {
	r.reasons = append(r.reasons, report.Reason{Code: code, Text: text})
	if r.decision == "" {
		r.decision = report.Approved
	}
	if rank(decision) > rank(r.decision) {
		c.text = text
		r.decision, r.cause = decision, c
	}
}

// join adds the reasons of another ruling and keeps the stricter decision.
func (r *ruling) join(other ruling) {
	r.reasons = append(r.reasons, other.reasons...)
	if r.decision == "" || other.decision != "" && rank(other.decision) > rank(r.decision) {
		r.decision, r.cause = other.decision, other.cause
	}
}

// decider holds what is the same for all gates of a service.
type decider struct {
	in   Input
	slos []assessment
	// worst is the known SLO with the least budget, nil when none is known.
	worst   *assessment
	context policy.Context
}

func newDecider(in Input) *decider {
	d := &decider{in: in, slos: assess(in.Service, in.SLOs)}
	if len(d.slos) > 0 && d.slos[0].known {
		d.worst = &d.slos[0]
	}
	d.context = contextOf(in, d.slos)
	return d
}

// outcome is the decision of one gate.
type outcome struct {
	ruling
	thresholds thresholds
	conditions []report.GateCondition
	exceptions []report.GateException
}

func (d *decider) decide(g compiled) outcome {
	held, all, conditions := d.conditionsOf(g)
	judge := func(held []compiledCondition) (thresholds, ruling) {
		t := d.base(g.resource).with(held).atLeast(d.in.Bounds)
		r := d.judge(g, t)
		r.join(conditions)
		return t, r
	}
	o := outcome{conditions: all}
	o.thresholds, o.ruling = judge(held)
	d.except(g, &o, func() {
		notFrozen := slices.DeleteFunc(slices.Clone(held), func(c compiledCondition) bool {
			return isFreeze(c.Blocking.Or(nil))
		})
		o.thresholds, o.ruling = judge(notFrozen)
	})
	d.bar(&o)
	return o
}

// judge decides by the thresholds, before exceptions.
func (d *decider) judge(g compiled, t thresholds) ruling {
	r := ruling{decision: report.Approved}
	d.freeze(&r, t)
	d.budgets(&r, g, t)
	d.unreadable(&r, g)
	d.unknowns(&r)
	d.notes(&r)
	d.burning(&r, t)
	d.radius(&r, t)
	return r
}

func (d *decider) freeze(r *ruling, t thresholds) {
	if !t.freezes() {
		return
	}
	by := t.freezer
	if by == "" {
		by = t.source
	}
	r.add(report.Blocked, CodeFreeze, by+" freezes all deploys: it blocks below 100 % of error budget remaining",
		cause{rule: RuleBlocked, at: d.placed(t.at), suggestion: "wait until the freeze is over, or ask the gate's owner for an exception with allow: during_freeze"})
}

// placed returns a place in the file, or else that of the service.
func (d *decider) placed(at spec.Origin) spec.Origin {
	if at.Written() {
		return at
	}
	return d.in.Service.At
}

// budgets compares each known SLO with the thresholds. Budgets are never summed:
// a large one would hide that another is exhausted.
func (d *decider) budgets(r *ruling, g compiled, t thresholds) {
	if len(d.slos) == 0 {
		d.noSLOs(r)
		return
	}
	for i := range d.slos {
		if d.slos[i].known {
			d.budget(r, g, t, &d.slos[i])
		}
	}
}

func (d *decider) noSLOs(r *ruling) {
	tier := d.in.Service.Tier.V
	c := cause{rule: RuleNoSLOs, at: d.in.Service.At, suggestion: "add a resource of kind SLO; nthlayer tiers shows the objective that fits the tier"}
	text := "the service has no SLOs, so its deploys cannot be gated"
	switch {
	case d.in.Options.RequireSLO:
		r.add(report.Blocked, CodeNoSLOs, text+", and this gate requires one", c)
	case tier == spec.TierLow || tier == spec.TierStandard:
		r.add(report.Approved, CodeNoSLOs, text, c)
	default:
		r.add(report.Warned, CodeNoSLOs, text, c)
	}
}

func (d *decider) budget(r *ruling, g compiled, t thresholds, a *assessment) {
	exhausted := a.remaining <= tolerance
	switch {
	case exhausted:
		text := "SLO " + a.name + " has used up its error budget: " + percent(a.remaining) + " remains"
		r.add(d.exhaustedDecision(g, t, a), CodeBudgetExhausted, text, cause{
			rule: RuleBudgetExhausted, at: a.at,
			suggestion: "ship only what stops the errors until the budget recovers",
		})
	case below(a.remaining, t.blocking):
		r.add(report.Blocked, CodeBelowBlocking, left(a, *t.blocking, "blocking", t.source), cause{
			rule: RuleBlocked, at: a.at,
			suggestion: "wait until the budget recovers, or ship only what stops the errors",
		})
	case below(a.remaining, t.warning):
		r.add(report.Warned, CodeBudgetLow, left(a, *t.warning, "warning", t.source), cause{
			rule: RuleBudgetLow, at: a.at,
			suggestion: "deploy only what cannot wait, watch it, and have the way back ready",
		})
	case a.code == CodeNoTraffic:
		r.add(report.Approved, CodeNoTraffic, a.text, cause{})
	case a == d.worst:
		r.add(report.Approved, CodeBudgetOK, "SLO "+a.name+" has the least error budget: "+percent(a.remaining)+" remains", cause{})
	}
}

// exhaustedDecision is that of the thresholds or of on_exhausted, whichever is
// stricter.
func (d *decider) exhaustedDecision(g compiled, t thresholds, a *assessment) report.Decision {
	listed := func(action string) bool {
		return g.resource != nil && slices.ContainsFunc(g.resource.OnExhausted, func(v spec.Value[string]) bool { return v.V == action })
	}
	switch {
	case below(a.remaining, t.blocking), listed("freeze_deploys"):
		return report.Blocked
	case below(a.remaining, t.warning), listed("require_approval"):
		return report.Warned
	}
	return report.Approved
}

// unknowns makes the decision unknown for every SLO that is not known.
func (d *decider) unknowns(r *ruling) {
	for _, a := range d.slos {
		switch {
		case a.known:
		case a.code == CodeNoData && d.in.Options.AllowNoData:
			r.add(report.Approved, a.code, a.text+", which this gate allows", cause{})
		default:
			r.add(report.Unknown, a.code, a.text, cause{rule: RuleUndecided, at: a.at, suggestion: unknownSuggestion(a.code)})
		}
	}
}

// unreadable makes the decision unknown for a gate of which a part is missing: it
// may be the part that blocks.
func (d *decider) unreadable(r *ruling, g compiled) {
	if g.resource == nil || g.resource.Broken == "" {
		return
	}
	r.add(report.Unknown, CodeUnreadable, "DeploymentGate "+g.resource.Name.V+" is not what its file says: "+g.resource.Broken,
		cause{rule: RuleUndecided, at: d.placed(g.resource.At), suggestion: "correct it: nthlayer validate names the line"})
}

// notes adds what is to be known about measurements. What is missing from a
// partial answer may have failed.
func (d *decider) notes(r *ruling) {
	for _, a := range d.slos {
		for _, n := range a.slo.Notes {
			text := "SLO " + a.name + ": " + n.Text
			switch {
			case !a.known:
			case n.Code == report.NotePartial:
				r.add(report.Unknown, CodePartial, text, cause{rule: RuleUndecided, at: a.at, suggestion: unknownSuggestion(CodeSourceError)})
			case n.Code == report.NoteShortHistory:
				r.add(report.Approved, CodeShortHistory, text, cause{})
			case n.Code == report.NoteFarBoundary:
				r.add(report.Approved, CodeCoarseBuckets, text, cause{})
			}
		}
	}
}

func unknownSuggestion(code string) string {
	switch code {
	case CodeNoData:
		return "check that the service is scraped and that the query's metric and labels exist: nthlayer verify; for a service that is not live yet allow SLOs without data"
	case CodeUnreadable:
		return "correct it: nthlayer validate names the line"
	case CodeNotMeasured:
		return "give prometheus-url (the flag --prometheus-url, or the input), or set NTHLAYER_PROMETHEUS_URL"
	case CodeSourceError:
		return "run the gate again when the source answers; --on-unknown decides what an unknown decision means"
	}
	return "correct the SLO's query"
}

// burning warns of budgets that will not last, for the two upper tiers. A
// threshold that is off stays off: such a gate does not warn, or not block.
func (d *decider) burning(r *ruling, t thresholds) {
	tier := d.in.Service.Tier.V
	if !d.in.Options.BurnRateRule || t.warning == nil || tier == spec.TierStandard || tier == spec.TierLow {
		return
	}
	for _, a := range d.slos {
		rate, over, limit := fastest(a.slo.BurnRate)
		if over == "" {
			d.burnUnknown(r, a)
			continue
		}
		decision := report.Warned
		if tier != spec.TierHigh && t.blocking != nil && a.known && a.remaining < fastBurnBlocksBelow-tolerance {
			decision = report.Blocked
		}
		r.add(decision, CodeFastBurn,
			"SLO "+a.name+" burns its error budget at "+report.Decimal(rate, 1)+" times the sustainable rate over "+over+" (limit "+report.Decimal(limit, 1)+")",
			cause{rule: RuleFastBurn, at: a.at, suggestion: "find out what burns the budget before you add a change to it"})
	}
}

// burnUnknown makes the decision unknown if a burn rate that could be fast is not
// known: what is not known is not slow.
func (d *decider) burnUnknown(r *ruling, a assessment) {
	if !a.known || a.slo.BurnRate.Hour1 != nil && a.slo.BurnRate.Hour6 != nil {
		return
	}
	text := "how fast SLO " + a.name + " burns its error budget is not known"
	for _, n := range a.slo.Notes {
		if n.Code == report.NoteBurnUnknown {
			text += ": " + n.Text
			break
		}
	}
	r.add(report.Unknown, CodeBurnUnknown, text, cause{rule: RuleUndecided, at: a.at, suggestion: "run the gate again when the source answers, or leave burn rates out with --no-burn-rate"})
}

// fastest returns the first burn rate that is at its limit, and no look-back
// when none is.
func fastest(b report.BurnRate) (rate float64, over string, limit float64) {
	if b.Hour1 != nil && *b.Hour1 >= fastBurn1h-tolerance {
		return *b.Hour1, "1h", fastBurn1h
	}
	if b.Hour6 != nil && *b.Hour6 >= fastBurn6h-tolerance {
		return *b.Hour6, "6h", fastBurn6h
	}
	return 0, "", 0
}

// radius warns earlier when critical consumers need the service.
func (d *decider) radius(r *ruling, t thresholds) {
	if d.in.BlastRadius == nil || d.in.BlastRadius.Critical == 0 || d.worst == nil || t.warning == nil {
		return
	}
	wide := *t.warning * blastRadiusFactor
	if !below(d.worst.remaining, &wide) {
		return
	}
	count := strconv.Itoa(d.in.BlastRadius.Critical)
	r.add(report.Warned, CodeBlastRadius,
		"critical consumers depend on the service ("+count+"), and SLO "+d.worst.name+" has "+
			percentUnder(d.worst.remaining, wide)+" of its error budget left, below "+percent(wide),
		cause{rule: RuleBudgetLow, at: d.worst.at, suggestion: "tell the teams that depend on it, or wait until the budget recovers"})
}

func left(a *assessment, limit float64, name, source string) string {
	return "SLO " + a.name + " has " + percentUnder(a.remaining, limit) + " of its error budget left, below the " +
		name + " threshold of " + percent(limit) + " (" + source + ")"
}

// percent shows a percentage with at most two decimals.
func percent(v float64) string { return report.Percent(v, percentDigits) }

// percentUnder shows a percentage that is below a limit so that it looks it.
func percentUnder(v, limit float64) string { return report.PercentApart(v, limit, percentDigits) }
