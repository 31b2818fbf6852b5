package gate

import (
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

func TestException(t *testing.T) {
	const low, frozen, unknown = "low budget", "freeze", "unknown"
	tests := map[string]struct {
		exception string
		deploy    Deploy
		state     string
		want      report.Decision
		applied   bool
	}{
		"always, team":                  {`{team: sre, allow: always}`, Deploy{Team: "sre"}, low, report.Approved, true},
		"always, user in another case":  {`{user: octocat, allow: always}`, Deploy{User: "Octocat"}, low, report.Approved, true},
		"always, label":                 {`{label: hotfix, allow: always}`, Deploy{Labels: []string{"docs", "hotfix"}}, low, report.Approved, true},
		"always, freeze":                {`{team: sre, allow: always}`, Deploy{Team: "sre"}, frozen, report.Approved, true},
		"always, unknown":               {`{team: sre, allow: always}`, Deploy{Team: "sre"}, unknown, report.Approved, true},
		"another team":                  {`{team: sre, allow: always}`, Deploy{Team: "web"}, low, report.Blocked, false},
		"the name as another kind":      {`{team: sre, allow: always}`, Deploy{User: "sre", Labels: []string{"sre"}}, low, report.Blocked, false},
		"nobody deploys":                {`{team: sre, allow: always}`, Deploy{}, low, report.Blocked, false},
		"the service's own team":        {`{team: core, allow: always}`, Deploy{}, low, report.Blocked, false},
		"warning_only, low":             {`{team: sre, allow: warning_only}`, Deploy{Team: "sre"}, low, report.Warned, true},
		"warning_only, freeze":          {`{team: sre, allow: warning_only}`, Deploy{Team: "sre"}, frozen, report.Warned, true},
		"warning_only, unknown":         {`{team: sre, allow: warning_only}`, Deploy{Team: "sre"}, unknown, report.Warned, true},
		"during_freeze, freeze":         {`{team: sre, allow: during_freeze}`, Deploy{Team: "sre"}, frozen, report.Approved, true},
		"during_freeze, low":            {`{team: sre, allow: during_freeze}`, Deploy{Team: "sre"}, low, report.Blocked, false},
		"during_freeze, unknown":        {`{team: sre, allow: during_freeze}`, Deploy{Team: "sre"}, unknown, report.Unknown, false},
		"last day":                      {`{team: sre, allow: always, until: "2024-12-25"}`, Deploy{Team: "sre"}, low, report.Approved, true},
		"day after the last":            {`{team: sre, allow: always, until: "2024-12-24"}`, Deploy{Team: "sre"}, low, report.Blocked, false},
		"last day is not a date":        {`{team: sre, allow: always, until: "soon"}`, Deploy{Team: "sre"}, low, report.Blocked, false},
		"no allow":                      {`{team: sre}`, Deploy{Team: "sre"}, low, report.Blocked, false},
		"an empty name matches nobody":  {`{team: "", allow: always}`, Deploy{}, low, report.Blocked, false},
		"the exception is of one team":  {`{team: sre, allow: always}`, Deploy{Team: "sre-web"}, low, report.Blocked, false},
		"labels are compared as wholes": {`{label: fix, allow: always}`, Deploy{Labels: []string{"hotfix"}}, low, report.Blocked, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := Input{Environment: "prod", Now: christmas(), Deploy: tt.deploy, SLOs: []report.SLO{slo("availability", 90)}}
			conditions := "[]"
			switch tt.state {
			case low:
				in.SLOs = []report.SLO{slo("availability", 5)}
			case frozen:
				conditions = `[{name: holidays, when: "month == 12", blocking: 100}]`
			case unknown:
				in.SLOs = nil
			}
			in.Service = load(t, payments("critical", sloAvailability, gateOf("g", "{conditions: "+conditions+", exceptions: ["+tt.exception+"]}")))
			got := Decide(in)
			if got.Gate.Decision != tt.want {
				t.Errorf("got %s, want %s: %v", got.Gate.Decision, tt.want, got.Gate.Reasons)
			}
			if len(got.Gate.Exceptions) != 1 || got.Gate.Exceptions[0].Applied != tt.applied || slices.Contains(codes(got.Gate), CodeExceptionApplied) != tt.applied {
				t.Errorf("exceptions %+v, reasons %v", got.Gate.Exceptions, got.Gate.Reasons)
			}
		})
	}
}

func TestFreezeExceptionStillJudgesTheBudget(t *testing.T) {
	in := Input{
		Environment: "prod", Now: christmas(), Deploy: Deploy{Team: "sre"}, SLOs: []report.SLO{slo("availability", 15)},
		Service: load(t, payments("critical", sloAvailability, gateOf("g",
			`{conditions: [{name: holidays, blocking: 100}], exceptions: [{team: sre, allow: during_freeze, reason: on call}]}`))),
	}
	got := Decide(in)
	if got.Gate.Decision != report.Warned || *got.Gate.Thresholds.Blocking != 10 || !got.Gate.Conditions[0].Matched {
		t.Errorf("got %+v", got.Gate)
	}
	if f := got.Findings[0]; f.Rule != RuleBudgetLow || f.Severity != report.Warning {
		t.Errorf("finding %+v", f)
	}
	if !slices.ContainsFunc(got.Gate.Reasons, func(r report.Reason) bool { return strings.Contains(r.Text, "on call") }) {
		t.Errorf("no reason says why the exception exists: %v", got.Gate.Reasons)
	}

	// The gate's own threshold of 100 is not a condition and does not thaw.
	in.Service = load(t, payments("critical", sloAvailability, gateOf("g",
		`{thresholds: {blocking: 100}, conditions: [{name: holidays, blocking: 100}], exceptions: [{team: sre, allow: during_freeze}]}`)))
	if got := Decide(in); got.Gate.Decision != report.Blocked || got.Gate.Exceptions[0].Applied {
		t.Errorf("with a permanent freeze: got %s, %+v", got.Gate.Decision, got.Gate.Exceptions)
	}
}

func TestExpiredExceptionIsAReason(t *testing.T) {
	got := decideAt(t, christmas(), 90, gateOf("g", `{exceptions: [{team: sre, allow: always, until: "2024-12-24"}]}`))
	if got.Gate.Decision != report.Approved || !got.Gate.Exceptions[0].Expired || !slices.Contains(codes(got.Gate), CodeExceptionExpired) {
		t.Errorf("got %+v", got.Gate)
	}
	// In Honolulu it is still the 24th.
	got = decideAt(t, christmas().Add(-4*60*60*1e9), 90, gateOf("g", `{timezone: Pacific/Honolulu, exceptions: [{team: sre, allow: always, until: "2024-12-24"}]}`))
	if got.Gate.Exceptions[0].Expired {
		t.Errorf("expired before the day is over: %+v", got.Gate.Exceptions)
	}
}

// An exception of one gate says nothing about another.
func TestExceptionBelongsToItsGate(t *testing.T) {
	in := Input{
		Environment: "prod", Now: christmas(), Deploy: Deploy{Team: "sre"}, SLOs: []report.SLO{slo("availability", 5)},
		Service: load(t, payments("critical", sloAvailability,
			gateOf("own", `{exceptions: [{team: sre, allow: always}]}`), gateOf("other", `{}`))),
	}
	if got := Decide(in).Gate; got.Decision != report.Blocked {
		t.Errorf("got %s, %v", got.Decision, got.Reasons)
	}
}

func TestWarningOnlyKeepsTheCauseAsAWarning(t *testing.T) {
	got := Decide(Input{
		Environment: "prod", Now: christmas(), Deploy: Deploy{Team: "sre"}, SLOs: []report.SLO{slo("availability", 5)},
		Service: load(t, payments("critical", sloAvailability, gateOf("own", `{exceptions: [{team: sre, allow: warning_only}]}`))),
	})
	if f := got.Findings[0]; f.Rule != RuleBlocked || f.Severity != report.Warning || !strings.HasPrefix(f.Message, "deploy with care: SLO availability has 5 %") {
		t.Errorf("finding %+v", f)
	}
}
