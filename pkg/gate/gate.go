// Package gate decides whether a service may be deployed: error budgets, the
// thresholds of its tier and environment, and the conditions and exceptions of
// its DeploymentGate resources. It is pure: the budgets, the time and the
// deployer come in, a decision with all its reasons goes out.
//
// A decision only ever becomes stricter, from approved over warning and unknown
// to blocked; only an exception makes it milder, and the policy of the organisation
// has the last word. What could not be measured is
// unknown, which is no approval.
package gate

import (
	"time"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// The codes of reasons. They are stable: people filter on them.
const (
	CodeBudgetOK         = "budget-ok"         // the worst SLO is above every threshold
	CodeBudgetLow        = "budget-low"        // below the warning threshold
	CodeBelowBlocking    = "below-blocking"    // below the blocking threshold
	CodeBudgetExhausted  = "budget-exhausted"  // nothing of the budget remains
	CodeFreeze           = "freeze"            // the blocking threshold is 100 %
	CodeFastBurn         = "fast-burn"         // the budget is burning too fast
	CodeBlastRadius      = "blast-radius"      // critical consumers and not much budget
	CodeNoSLOs           = "no-slos"           // the service has no SLO
	CodeNoTraffic        = "no-traffic"        // no requests, so no burn
	CodeNoData           = "no-data"           // the query has no answer
	CodeNotComputable    = "not-computable"    // the answer is no SLI
	CodeSourceError      = "source-error"      // the source could not say
	CodeNotMeasured      = "not-measured"      // no source was asked
	CodeConditionMatched = "condition-matched" // a condition holds
	CodeConditionBroken  = "condition-broken"  // a condition is not valid
	CodeConditionUnknown = "condition-unknown" // a condition needs what is not known
	CodeUnreadable       = "unreadable"        // a gate or an SLO is not what its file says
	CodePartial          = "partial-answer"    // the source says that data may be missing
	CodeBurnUnknown      = "burn-unknown"      // nobody knows how fast the budget burns
	CodeShortHistory     = "short-history"     // less than half of the window has data
	CodeCoarseBuckets    = "coarse-buckets"    // latency is counted up to far above the threshold
	CodeExceptionApplied = "exception-applied" // an exception changed the decision
	CodeExceptionExpired = "exception-expired" // an exception is past its last day
)

// The rules of findings.
const (
	RuleBlocked         = "gate/blocked"
	RuleBudgetExhausted = "gate/budget-exhausted"
	RuleBudgetLow       = "gate/budget-low"
	RuleFastBurn        = "gate/fast-burn"
	RuleNoSLOs          = "gate/no-slos"
	RuleUndecided       = "gate/undecided"
)

// Input is everything that a decision depends on.
type Input struct {
	Service *spec.Service
	// SLOs are the measurements of the service's SLOs, in any order. An SLO of
	// the service that is not among them was not measured.
	SLOs []report.SLO
	// Environment is the normalised name of the deploy's target; empty counts
	// as prod.
	Environment string
	Now         time.Time
	Deploy      Deploy
	// BlastRadius is nil when the other services were not read.
	BlastRadius *report.BlastRadius
	Options     Options
	// Bounds is what the policy of the organisation holds the gates to.
	Bounds organisation.Bounds
}

// Deploy is who deploys what, as the caller knows it. It is never taken from the
// service's file: whoever can change the file could let themselves pass.
type Deploy struct {
	Team, User string
	// Labels are those of the change, as the labels of a pull request.
	Labels             []string
	Branch, ChangeType string
}

// Options are the choices of whoever runs the gate.
type Options struct {
	// BurnRateRule warns of and blocks on budgets that burn fast.
	BurnRateRule bool
	// RequireSLO blocks services without SLOs.
	RequireSLO bool
	// AllowNoData leaves SLOs without data out of the decision, for services
	// that are not live yet.
	AllowNoData bool
}

// Result is a decision and what to say about it.
type Result struct {
	Gate report.Gate
	// Findings is empty for an approved deploy, and the finding about the decision
	// otherwise. What is wrong with the gate's text is lint's to say.
	Findings []report.Finding
}

// Decide takes the decision for one service. Several DeploymentGates are
// decided one by one, each with its own exceptions, and the strictest counts.
func Decide(in Input) Result {
	d := newDecider(in)
	var strictest outcome
	var all []outcome
	for i, g := range compileGates(in.Service) {
		o := d.decide(g)
		all = append(all, o)
		if i == 0 || rank(o.decision) > rank(strictest.decision) {
			strictest = o
		}
	}
	result := Result{Gate: d.report(strictest, all)}
	if f, ok := d.finding(strictest); ok {
		result.Findings = append(result.Findings, f)
	}
	return result
}

// rank orders decisions by strictness.
func rank(d report.Decision) int {
	switch d {
	case report.Approved:
		return 0
	case report.Warned:
		return 1
	case report.Unknown:
		return 2
	case report.Blocked:
		return 3
	}
	return 2
}

// report merges the outcomes of all gates into the one that a report shows: the
// numbers of the strictest, the conditions, exceptions and reasons of all.
func (d *decider) report(strictest outcome, all []outcome) report.Gate {
	g := report.Gate{
		Decision: strictest.decision,
		Thresholds: report.Thresholds{
			Warning: strictest.thresholds.warning, Blocking: strictest.thresholds.blocking,
			Source: strictest.thresholds.source,
		},
		Conditions:  []report.GateCondition{},
		Exceptions:  []report.GateException{},
		Reasons:     []report.Reason{},
		BlastRadius: d.in.BlastRadius,
	}
	if d.worst != nil {
		g.WorstSLO, g.RemainingPercent = d.worst.name, report.Num(d.worst.remaining)
	}
	seen := map[report.Reason]bool{}
	for _, o := range all {
		g.Conditions = append(g.Conditions, o.conditions...)
		g.Exceptions = append(g.Exceptions, o.exceptions...)
		for _, r := range o.reasons {
			if !seen[r] {
				seen[r] = true
				g.Reasons = append(g.Reasons, r)
			}
		}
	}
	return g
}
