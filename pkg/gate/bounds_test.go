package gate

import (
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

func ofPolicy(percent float64) organisation.Floor {
	return organisation.Floor{Percent: &percent, By: "ours"}
}

// The policy only ever makes a decision stricter, and nothing of the service file
// reaches it.
func TestThePolicyHasTheLastWord(t *testing.T) {
	const gates = "{thresholds: {warning: 10, blocking: 1}, conditions: [{name: launch, when: '', mode: relax, warning: 0, blocking: 0}], exceptions: [{team: oncall, allow: always}, {label: hotfix, allow: during_freeze}]}"
	first := func(s *spec.Service) organisation.Refusal {
		return organisation.Refusal{At: s.Gates[0].Exceptions[0].At, Why: "is not approved"}
	}
	for _, c := range []struct {
		name   string
		bounds func(s *spec.Service) organisation.Bounds
		deploy Deploy
		left   float64
		want   report.Decision
		code   string
		source string
	}{
		{name: "nothing is asked", left: 5, want: report.Approved, source: "DeploymentGate budget, condition launch"},
		{name: "a blocking threshold", bounds: func(*spec.Service) organisation.Bounds { return organisation.Bounds{Blocking: ofPolicy(20)} }, left: 15, want: report.Blocked, code: CodeBelowBlocking, source: `DeploymentGate budget, condition launch, policy rule "ours"`},
		{name: "a warning threshold", bounds: func(*spec.Service) organisation.Bounds { return organisation.Bounds{Warning: ofPolicy(20)} }, left: 15, want: report.Warned, code: CodeBudgetLow, source: `DeploymentGate budget, condition launch, policy rule "ours"`},
		{name: "enough budget all the same", bounds: func(*spec.Service) organisation.Bounds {
			return organisation.Bounds{Warning: ofPolicy(20), Blocking: ofPolicy(20)}
		}, left: 25, want: report.Approved},
		{name: "a freeze", bounds: func(*spec.Service) organisation.Bounds { return organisation.Bounds{Blocking: ofPolicy(100)} }, left: 100, want: report.Blocked, code: CodeFreeze},
		{name: "no exception for freezes lifts it", bounds: func(*spec.Service) organisation.Bounds { return organisation.Bounds{Blocking: ofPolicy(100)} }, deploy: Deploy{Labels: []string{"hotfix"}}, left: 100, want: report.Blocked, code: CodeFreeze},
		{name: "an approved exception", bounds: func(*spec.Service) organisation.Bounds { return organisation.Bounds{Blocking: ofPolicy(20)} }, deploy: Deploy{Team: "oncall"}, left: 15, want: report.Approved, code: CodeExceptionApplied},
		{
			name: "a refused exception", bounds: func(s *spec.Service) organisation.Bounds {
				return organisation.Bounds{Blocking: ofPolicy(20), Refused: []organisation.Refusal{first(s)}}
			},
			deploy: Deploy{Team: "oncall"}, left: 15, want: report.Blocked, code: CodeExceptionRefused,
		},
		{
			name: "a service that is barred", bounds: func(*spec.Service) organisation.Bounds {
				return organisation.Bounds{Barred: []organisation.Bar{{Why: "it has no SLO", Fix: "add one"}}}
			},
			deploy: Deploy{Team: "oncall"}, left: 100, want: report.Blocked, code: CodePolicy,
		},
		{name: "a policy that is not known", bounds: func(*spec.Service) organisation.Bounds { return organisation.Bounds{Unknown: "it was not read"} }, deploy: Deploy{Team: "oncall"}, left: 100, want: report.Unknown, code: CodePolicyUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := load(t, payments("standard", sloAvailability, gateOf("budget", gates)))
			in := Input{Service: s, SLOs: []report.SLO{slo("availability", c.left)}, Now: christmas(), Deploy: c.deploy}
			if c.bounds != nil {
				in.Bounds = c.bounds(s)
			}
			got := Decide(in)
			if got.Gate.Decision != c.want || c.code != "" && !slices.Contains(codes(got.Gate), c.code) {
				t.Errorf("%s, %v", got.Gate.Decision, got.Gate.Reasons)
			}
			if c.source != "" && got.Gate.Thresholds.Source != c.source {
				t.Errorf("source %s", got.Gate.Thresholds.Source)
			}
			if c.code == CodeFreeze && !strings.HasPrefix(got.Findings[0].Message, `deploy blocked: policy rule "ours" freezes all deploys`) {
				t.Errorf("%s", got.Findings[0].Message)
			}
			if (c.want == report.Approved) != (len(got.Findings) == 0) {
				t.Errorf("findings %v", got.Findings)
			}
		})
	}
}

// The rule is named once however many thresholds it raises.
func TestARuleIsNamedOnce(t *testing.T) {
	s := load(t, payments("standard", sloAvailability))
	got := Decide(Input{Service: s, SLOs: []report.SLO{slo("availability", 100)}, Now: christmas(), Bounds: organisation.Bounds{Warning: ofPolicy(40), Blocking: ofPolicy(30)}})
	if n := strings.Count(got.Gate.Thresholds.Source, "ours"); n != 1 {
		t.Errorf("%s", got.Gate.Thresholds.Source)
	}
}
