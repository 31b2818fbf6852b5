package gate

import (
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// The codes of reasons that the policy of the organisation gives.
const (
	CodePolicy           = "policy"            // the policy lets no such service be deployed
	CodePolicyUnknown    = "policy-unknown"    // nobody knows what the policy asks for
	CodeExceptionRefused = "exception-refused" // the policy has not approved the exception
)

// atLeast raises thresholds to what the policy asks for. It comes last: no condition
// relaxes it.
func (t thresholds) atLeast(b organisation.Bounds) thresholds {
	t.warning = t.raised(t.warning, b.Warning)
	frozen := t.freezes()
	t.blocking = t.raised(t.blocking, b.Blocking)
	if t.freezes() && !frozen {
		t.freezer = b.Blocking.String()
	}
	return t
}

// raised returns a threshold that is at least the floor, and notes the rule that raised
// it.
func (t *thresholds) raised(threshold *float64, f organisation.Floor) *float64 {
	if f.Percent == nil || threshold != nil && *threshold >= *f.Percent {
		return threshold
	}
	t.raisedBy(f.String())
	return f.Percent
}

func (t *thresholds) raisedBy(rule string) {
	if t.policy != rule {
		t.policy, t.source = rule, t.source+", "+rule
	}
}

// bar makes a decision as strict as the policy asks, whatever it is by the budgets. No
// exception reaches that: exceptions are of the service file, and the policy is not.
func (d *decider) bar(o *outcome) {
	for _, b := range d.in.Bounds.Barred {
		o.add(report.Blocked, CodePolicy, b.Why, cause{rule: RuleBlocked, at: d.placed(b.At), suggestion: b.Fix})
	}
	if why := d.in.Bounds.Unknown; why != "" {
		o.add(report.Unknown, CodePolicyUnknown, "it cannot be told what the policy of the organisation asks for: "+why,
			cause{rule: RuleUndecided, at: d.in.Service.At, suggestion: "let the policy be read, or correct it, and run the gate again"})
	}
}
