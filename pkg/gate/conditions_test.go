package gate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

// decideAt decides for payments, critical in prod, with one SLO.
func decideAt(t *testing.T, now time.Time, remaining float64, gates ...string) Result {
	t.Helper()
	return Decide(Input{
		Service: load(t, payments("critical", append([]string{sloAvailability}, gates...)...)), Environment: "prod", Now: now,
		SLOs:   []report.SLO{slo("availability", remaining)},
		Deploy: Deploy{Branch: "main"},
	})
}

const holidayFreeze = `{conditions: [{name: holidays, when: "freeze_period('2024-12-20', '2025-01-02')", blocking: 100}]}`

// A freeze must freeze, also when nothing of the budget is used, when there is
// no budget at all and when it cannot be measured.
func TestFreezeBlocksWhateverTheBudget(t *testing.T) {
	inside, outside := christmas(), christmas().AddDate(0, 1, 0)
	frozen := decideAt(t, inside, 100, gateOf("g", holidayFreeze))
	if frozen.Gate.Decision != report.Blocked || *frozen.Gate.Thresholds.Blocking != 100 {
		t.Errorf("inside: got %s, %v", frozen.Gate.Decision, frozen.Gate.Reasons)
	}
	wantCodes := []string{CodeFreeze, CodeBudgetOK, CodeConditionMatched}
	if slices.Sort(wantCodes); !slices.Equal(sorted(codes(frozen.Gate)), wantCodes) {
		t.Errorf("reasons %v", frozen.Gate.Reasons)
	}
	if f := frozen.Findings[0]; f.Rule != RuleBlocked || !strings.Contains(f.Message, "condition holidays freezes all deploys") || f.Line != 14 {
		t.Errorf("finding %+v", f)
	}
	if got := decideAt(t, outside, 100, gateOf("g", holidayFreeze)); got.Gate.Decision != report.Approved || got.Gate.Conditions[0].Matched {
		t.Errorf("outside: got %+v", got.Gate)
	}
	for name, file := range map[string]string{
		"no SLOs": payments("low", gateOf("g", holidayFreeze)), "no data": payments("low", sloAvailability, gateOf("g", holidayFreeze)),
	} {
		got := Decide(Input{Service: load(t, file), Environment: "dev", Now: inside})
		if got.Gate.Decision != report.Blocked {
			t.Errorf("%s: got %s, %v", name, got.Gate.Decision, got.Gate.Reasons)
		}
	}
}

func sorted(in []string) []string {
	slices.Sort(in)
	return in
}

func TestMatchedConditionsAreAllReportedAndTheStrictestCounts(t *testing.T) {
	tests := map[string]struct {
		conditions        string
		warning, blocking report.Number
	}{
		"none":                              {`[]`, report.Num(20), report.Num(10)},
		"stricter":                          {`[{name: a, when: weekday, warning: 60, blocking: 50}]`, report.Num(60), report.Num(50)},
		"milder is ignored":                 {`[{name: a, when: weekday, warning: 6, blocking: 5}]`, report.Num(20), report.Num(10)},
		"null is ignored":                   {`[{name: a, when: weekday, warning: null, blocking: null}]`, report.Num(20), report.Num(10)},
		"does not hold":                     {`[{name: a, when: NOT weekday, warning: 60, blocking: 50}]`, report.Num(20), report.Num(10)},
		"blank always holds":                {`[{name: a, warning: 60}]`, report.Num(60), report.Num(10)},
		"the strictest warning of several":  {`[{name: a, when: weekday, warning: 40}, {name: b, when: weekday, warning: 60}, {name: c, warning: 50}]`, report.Num(60), report.Num(10)},
		"warning and blocking of different": {`[{name: a, when: weekday, warning: 70}, {name: b, when: weekday, blocking: 60}]`, report.Num(70), report.Num(60)},
		"relaxed":                           {`[{name: a, when: weekday, warning: 6, blocking: 5, mode: relax}]`, report.Num(6), report.Num(5)},
		"relaxed to off":                    {`[{name: a, when: weekday, blocking: null, mode: relax}]`, report.Num(20), nil},
		"the strictest of two that relax":   {`[{name: a, blocking: 2, mode: relax}, {name: b, blocking: 5, mode: relax}, {name: c, blocking: null, mode: relax}]`, report.Num(20), report.Num(5)},
		"relaxed up to a freeze":            {`[{name: a, blocking: 100, mode: relax}]`, report.Num(20), report.Num(100)},
		"stricter over relaxed":             {`[{name: a, when: weekday, blocking: 30}, {name: b, when: weekday, blocking: 1, mode: relax}]`, report.Num(20), report.Num(30)},
		"freeze over relaxed":               {`[{name: a, blocking: null, mode: relax}, {name: b, blocking: 100}]`, report.Num(20), report.Num(100)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := decideAt(t, christmas(), 80, gateOf("g", "{conditions: "+tt.conditions+"}")).Gate
			if diff := cmp.Diff([]report.Number{tt.warning, tt.blocking}, []report.Number{got.Thresholds.Warning, got.Thresholds.Blocking}); diff != "" {
				t.Errorf("thresholds (-want +got):\n%s", diff)
			}
			matched := 0
			for _, c := range got.Conditions {
				if c.Matched {
					matched++
				}
			}
			named := 0
			for _, r := range got.Reasons {
				if r.Code == CodeConditionMatched {
					named++
				}
			}
			if matched != named || len(got.Conditions) != strings.Count(tt.conditions, "name:") {
				t.Errorf("%d conditions hold, %d are reasons, %d are reported", matched, named, len(got.Conditions))
			}
		})
	}
}

func TestConditionsSeeTheServiceAndTheDeploy(t *testing.T) {
	for condition, want := range map[string]bool{
		`tier == 'critical' AND env == 'prod'`:             true,
		`team == 'core' AND service == 'payments'`:         true,
		`metadata.region == 'eu'`:                          true,
		`branch == 'main'`:                                 true,
		`budget_remaining == 80 AND budget_consumed == 20`: true,
		`slo('availability').remaining == 80`:              true,
		`worst_slo == 'availability' AND slo_count == 1`:   true,
		`hour == 10`: true,
		`burn_rate_1h >= 2 AND slo('availability').burn_rate_3d < 1`:             true,
		`downstream_count == 1 AND 'web' IN consumers`:                           true,
		`high_criticality_downstream == 1 AND slo('availability').sli == 0.9998`: true,
		`env == 'dev'`: false,
	} {
		measured := slo("availability", 80)
		measured.SLI = report.Num(0.9998)
		measured.BurnRate = report.BurnRate{Hour1: report.Num(2), Hour6: report.Num(1), Day3: report.Num(0.5)}
		got := Decide(Input{
			Service: load(t, payments("critical", sloAvailability, "\n  - kind: DeploymentGate\n    name: g\n    spec:\n      conditions:\n        - {name: c, blocking: 90, when: \""+condition+"\"}\n")),
			Now:     christmas(), SLOs: []report.SLO{measured}, Deploy: Deploy{Branch: "main"},
			BlastRadius: &report.BlastRadius{Direct: []report.Dependent{{Name: "web"}}, Critical: 1},
		}).Gate
		if c := got.Conditions[0]; c.Matched != want || c.Error != "" || (got.Decision == report.Blocked) != want {
			t.Errorf("%s: got %+v, %s", condition, c, got.Decision)
		}
	}
}

func TestConditionsUseTheZoneOfTheGate(t *testing.T) {
	late := time.Date(2024, 12, 25, 23, 30, 0, 0, time.UTC)
	got := decideAt(t, late, 80, gateOf("g", `{timezone: Asia/Tokyo, conditions: [{name: morning, when: hour == 8, blocking: 90}]}`))
	if !got.Gate.Conditions[0].Matched {
		t.Errorf("got %+v", got.Gate.Conditions)
	}
	got = decideAt(t, late, 80, gateOf("g", `{timezone: Local, conditions: [{name: morning, when: hour == 8, blocking: 90}]}`))
	if got.Gate.Decision != report.Unknown || len(got.Findings) != 1 || got.Findings[0].Rule != RuleUndecided || !strings.Contains(got.Gate.Conditions[0].Error, "'Local'") {
		t.Errorf("with the zone of the machine: got %s, %v", got.Gate.Decision, got.Findings)
	}
}

// A condition that is broken, or needs a number that is not known, may be the
// freeze that should have held.
func TestConditionThatCannotBeEvaluatedIsUnknown(t *testing.T) {
	broken := decideAt(t, christmas(), 80, gateOf("g", `{conditions: [{name: typo, when: "tier == critical", blocking: 100}]}`))
	if broken.Gate.Decision != report.Unknown || !slices.Contains(codes(broken.Gate), CodeConditionBroken) || broken.Gate.Conditions[0].Error == "" {
		t.Errorf("broken: got %s, %v", broken.Gate.Decision, broken.Gate.Reasons)
	}
	if len(broken.Findings) != 1 {
		t.Fatalf("findings %v", broken.Findings)
	}
	f := broken.Findings[0]
	if f.Rule != RuleUndecided || f.Severity != report.Warning || f.Line != 14 || f.Message != "the deploy cannot be decided: condition typo is not valid" || f.Suggestion == "" {
		t.Errorf("finding %+v", f)
	}
	if why := broken.Gate.Conditions[0].Error; !strings.Contains(why, "there is no value called critical") {
		t.Errorf("the condition's error is %q", why)
	}

	unknown := decideAt(t, christmas(), 80, gateOf("g", `{conditions: [{name: burning, when: "burn_rate_6h > 2", blocking: 100}]}`))
	if unknown.Gate.Decision != report.Unknown || !slices.Contains(codes(unknown.Gate), CodeConditionUnknown) {
		t.Errorf("unknown: got %s, %v", unknown.Gate.Decision, unknown.Gate.Reasons)
	}
	if f := unknown.Findings[0]; f.Rule != RuleUndecided || !strings.Contains(f.Message, "burn_rate_6h is not known") || f.Line != 14 {
		t.Errorf("finding %+v", f)
	}

	blocked := decideAt(t, christmas(), 5, gateOf("g", `{conditions: [{name: burning, when: "burn_rate_6h > 2", blocking: 100}]}`))
	if blocked.Gate.Decision != report.Blocked {
		t.Errorf("below blocking: got %s", blocked.Gate.Decision)
	}
}

// The gate says nothing about the text of the file, which lint does at its place:
// a fault is told once.
func TestFaultsOfTheFileAreNoFindingsOfTheGate(t *testing.T) {
	for name, specification := range map[string]string{
		"exception without a date": `{exceptions: [{team: core, allow: always, until: soon}]}`,
		"expired exception":        `{exceptions: [{team: core, allow: always, until: "2024-12-24"}]}`,
		"zone without a condition": `{timezone: Mars/Olympus}`,
	} {
		if got := decideAt(t, christmas(), 80, gateOf("g", specification)); got.Gate.Decision != report.Approved || got.Findings != nil {
			t.Errorf("%s: got %s, %v", name, got.Gate.Decision, got.Findings)
		}
	}
	got := decideAt(t, christmas(), 80, gateOf("g", `{timezone: Mars/Olympus, conditions: [{name: typo, when: "hour = 10", blocking: 100}, {name: other, when: "hour == 10"}]}`))
	if len(got.Findings) != 1 || got.Findings[0].Rule != RuleUndecided {
		t.Errorf("findings %v, want the one about the decision", got.Findings)
	}
}

func TestStrictestOfSeveralGatesCounts(t *testing.T) {
	gates := []string{
		gateOf("loose", `{thresholds: {warning: 5, blocking: 1}, conditions: [{name: a, when: weekday, warning: 6}]}`),
		gateOf("tight", `{thresholds: {warning: 60, blocking: 50}, conditions: [{name: b, when: weekday, warning: 65}]}`),
	}
	for _, order := range [][]string{gates, {gates[1], gates[0]}} {
		got := decideAt(t, christmas(), 40, order...)
		if got.Gate.Decision != report.Blocked || *got.Gate.Thresholds.Blocking != 50 || !strings.HasPrefix(got.Gate.Thresholds.Source, "DeploymentGate tight") {
			t.Errorf("got %s, %+v", got.Gate.Decision, got.Gate.Thresholds)
		}
		if len(got.Gate.Conditions) != 2 || len(got.Findings) != 1 {
			t.Errorf("conditions %v, findings %v", got.Gate.Conditions, got.Findings)
		}
	}
}
