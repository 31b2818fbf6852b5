package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// load reads one service file as the product does, whatever is wrong with it.
func load(t testing.TB, yaml string) *spec.Service {
	t.Helper()
	loaded := spectest.Load(t, "-- service.yaml --\n"+yaml, "")
	if len(loaded.Services) != 1 {
		t.Fatalf("%d services, findings %v %v", len(loaded.Services), loaded.Unreadable, loaded.Findings)
	}
	return loaded.Services[0]
}

const sloAvailability = `
  - kind: SLO
    name: availability
    spec: {objective: 99.9, window: 30d}
`

const sloLatency = `
  - kind: SLO
    name: latency
    spec: {objective: 99, window: 30d, indicator: {latency_query: 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))', threshold_ms: 300}}
`

// payments returns a service file with resources.
func payments(tier string, resources ...string) string {
	file := "service:\n  name: payments\n  team: core\n  type: api\n  tier: " + tier + "\n  metadata: {region: eu}\n"
	if len(resources) > 0 {
		file += "resources:" + strings.Join(resources, "")
	}
	return file
}

// gateOf returns a DeploymentGate with a specification in flow style.
func gateOf(name, specification string) string {
	return "\n  - kind: DeploymentGate\n    name: " + name + "\n    spec: " + specification + "\n"
}

// christmas is a Wednesday at 10:30 UTC.
func christmas() time.Time { return time.Date(2024, 12, 25, 10, 30, 0, 0, time.UTC) }

// slo is a measured SLO with a percentage of its budget remaining.
func slo(name string, remaining float64) report.SLO {
	return report.SLO{
		Name: name, Objective: report.Num(99.9), State: report.StateOK,
		Budget: report.Budget{RemainingPercent: report.Num(remaining), ConsumedPercent: report.Num(100 - remaining)},
	}
}

func unmeasured(name string, state report.SLOState, detail string) report.SLO {
	return report.SLO{Name: name, Objective: report.Num(99.9), State: state, Detail: detail}
}

func codes(g report.Gate) []string {
	var out []string
	for _, r := range g.Reasons {
		out = append(out, r.Code)
	}
	return out
}

func TestThresholdsByTierAndEnvironment(t *testing.T) {
	tests := []struct {
		tier, environment string
		remaining         float64
		want              report.Decision
	}{
		{"critical", "prod", 96.5, report.Approved},
		{"critical", "prod", 20, report.Approved},
		{"critical", "prod", 20 - 1e-12, report.Approved},
		{"critical", "prod", 19, report.Warned},
		{"critical", "prod", 16.7, report.Warned},
		{"critical", "prod", 10, report.Warned},
		{"critical", "prod", 9, report.Blocked},
		{"critical", "prod", 6.25, report.Blocked},
		{"critical", "prod", -5000000, report.Blocked},
		{"1", "prod", 9, report.Blocked},
		{"tier-1", "prod", 9, report.Blocked},
		{"T1", "prod", 9, report.Blocked},
		{"Critical", "prod", 9, report.Blocked},
		{"high", "prod", 9, report.Warned},
		{"high", "prod", 4, report.Blocked},
		{"standard", "prod", 2.8, report.Warned},
		{"standard", "prod", -20, report.Warned},
		{"medium", "prod", 19, report.Warned},
		{"low", "prod", 34, report.Approved},
		{"low", "prod", 29, report.Warned},
		{"critical", "", 9, report.Blocked},
		{"critical", "qa", 9, report.Blocked},
		{"critical", "staging", 9, report.Warned},
		{"critical", "staging", 4, report.Blocked},
		{"high", "staging", 14, report.Warned},
		{"standard", "staging", 9, report.Warned},
		{"low", "staging", -9, report.Approved},
		{"critical", "dev", -9, report.Warned},
		{"standard", "dev", -9, report.Approved},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s in %s with %v", tt.tier, tt.environment, tt.remaining), func(t *testing.T) {
			got := Decide(Input{
				Service: load(t, payments(tt.tier, sloAvailability)), Environment: tt.environment, Now: christmas(),
				SLOs: []report.SLO{slo("availability", tt.remaining)},
			})
			if got.Gate.Decision != tt.want {
				t.Errorf("got %s, want %s: %v", got.Gate.Decision, tt.want, got.Gate.Reasons)
			}
			if wanted := tt.want != report.Approved; (len(got.Findings) == 1) != wanted {
				t.Errorf("findings %v", got.Findings)
			}
		})
	}
}

func TestThresholdsOfTheGate(t *testing.T) {
	tests := map[string]struct {
		gate      string
		remaining float64
		want      report.Decision
		source    string
	}{
		"both":                       {`{thresholds: {warning: 30, blocking: 5}}`, 9, report.Warned, "DeploymentGate budget-gate"},
		"absent is the default":      {`{thresholds: {warning: 30}}`, 9, report.Blocked, "DeploymentGate budget-gate, tier critical, environment prod"},
		"null is off":                {`{thresholds: {blocking: null}}`, -400, report.Warned, "DeploymentGate budget-gate, tier critical, environment prod"},
		"both off":                   {`{thresholds: {warning: null, blocking: null}}`, -400, report.Approved, "DeploymentGate budget-gate"},
		"none given":                 {`{}`, 9, report.Blocked, "tier critical, environment prod"},
		"0 blocks below 0":           {`{thresholds: {blocking: 0}}`, -1, report.Blocked, "DeploymentGate budget-gate, tier critical, environment prod"},
		"0 does not block at 0":      {`{thresholds: {blocking: 0}}`, 0, report.Warned, "DeploymentGate budget-gate, tier critical, environment prod"},
		"100 blocks at a full one":   {`{thresholds: {blocking: 100}}`, 100, report.Blocked, "DeploymentGate budget-gate, tier critical, environment prod"},
		"freeze_deploys":             {`{thresholds: {blocking: null}, on_exhausted: [freeze_deploys]}`, 0, report.Blocked, "DeploymentGate budget-gate, tier critical, environment prod"},
		"freeze_deploys with budget": {`{thresholds: {blocking: null}, on_exhausted: [freeze_deploys]}`, 0.1, report.Warned, "DeploymentGate budget-gate, tier critical, environment prod"},
		"require_approval":           {`{thresholds: {warning: null, blocking: null}, on_exhausted: [require_approval, notify]}`, -1, report.Warned, "DeploymentGate budget-gate"},
		"notify":                     {`{thresholds: {warning: null, blocking: null}, on_exhausted: [notify]}`, -1, report.Approved, "DeploymentGate budget-gate"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := Decide(Input{
				Service: load(t, payments("critical", sloAvailability, gateOf("budget-gate", tt.gate))), Environment: "prod",
				Now: christmas(), SLOs: []report.SLO{slo("availability", tt.remaining)},
			}).Gate
			if got.Decision != tt.want || got.Thresholds.Source != tt.source {
				t.Errorf("got %s by %s, want %s by %s: %v", got.Decision, got.Thresholds.Source, tt.want, tt.source, got.Reasons)
			}
		})
	}
}

// A large budget of one SLO must not hide that another one is exhausted.
func TestWorstSLODecides(t *testing.T) {
	service := load(t, payments("critical", sloAvailability, sloLatency))
	got := Decide(Input{
		Service: service, Environment: "prod", Now: christmas(),
		SLOs: []report.SLO{slo("latency", 95), slo("availability", 4.2)},
	})
	want := report.Gate{
		Decision: report.Blocked, WorstSLO: "availability", RemainingPercent: report.Num(4.2),
		Thresholds: report.Thresholds{Warning: report.Num(20), Blocking: report.Num(10), Source: "tier critical, environment prod"},
		Conditions: []report.GateCondition{}, Exceptions: []report.GateException{},
		Reasons: []report.Reason{{
			Code: CodeBelowBlocking,
			Text: "SLO availability has 4.2 % of its error budget left, below the blocking threshold of 10 % (tier critical, environment prod)",
		}},
	}
	if diff := cmp.Diff(want, got.Gate); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(got.Findings) != 1 {
		t.Fatalf("findings %v", got.Findings)
	}
	f := got.Findings[0]
	if f.Rule != RuleBlocked || f.Severity != report.Error || f.Service != "payments" || f.File != "service.yaml" ||
		f.Line != 10 || f.Path == "" || !strings.HasPrefix(f.Message, "deploy blocked: SLO availability has 4.2 %") || f.Suggestion == "" {
		t.Errorf("finding %+v, want the objective of availability", f)
	}
}

// What could not be measured never counts as a pass, and never hides that
// another SLO blocks.
func TestUnmeasuredSLOIsUnknown(t *testing.T) {
	nan := math.NaN()
	broken := slo("availability", 50)
	broken.Budget.RemainingPercent = &nan
	none := slo("availability", 50)
	none.Budget = report.Budget{}
	tests := map[string]struct {
		slo  report.SLO
		code string
	}{
		"no data":        {unmeasured("availability", report.StateNoData, "no series matches"), CodeNoData},
		"not computable": {unmeasured("availability", report.StateNotComputable, "2 series"), CodeNotComputable},
		"error":          {unmeasured("availability", report.StateError, "connection refused"), CodeSourceError},
		"not measured":   {unmeasured("availability", report.StateNotMeasured, ""), CodeNotMeasured},
		"absent":         {slo("latency", 90), CodeNotMeasured},
		"NaN":            {broken, CodeNotComputable},
		"no number":      {none, CodeNotComputable},
		"no state":       {report.SLO{Name: "availability"}, CodeNotComputable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			service := load(t, payments("low", sloAvailability, sloLatency))
			in := Input{Service: service, Environment: "prod", Now: christmas(), SLOs: []report.SLO{tt.slo}}
			if tt.slo.Name != "latency" {
				in.SLOs = append(in.SLOs, slo("latency", 90))
			}
			got := Decide(in)
			if got.Gate.Decision != report.Unknown || !slices.Contains(codes(got.Gate), tt.code) {
				t.Errorf("got %s, %v, want unknown and %s", got.Gate.Decision, got.Gate.Reasons, tt.code)
			}
			if got.Gate.WorstSLO != "latency" {
				t.Errorf("the worst SLO is %q, want the one that is known", got.Gate.WorstSLO)
			}
			if len(got.Findings) != 1 || got.Findings[0].Rule != RuleUndecided || got.Findings[0].Severity != report.Warning || got.Findings[0].Line != 10 {
				t.Errorf("findings %+v", got.Findings)
			}
			if d := tt.slo.Detail; d != "" && !strings.Contains(got.Findings[0].Message, d) {
				t.Errorf("%q does not say %q", got.Findings[0].Message, d)
			}

			in.Service = load(t, payments("critical", sloAvailability, sloLatency))
			for i := range in.SLOs {
				if in.SLOs[i].Name == "latency" {
					in.SLOs[i] = slo("latency", 1)
				}
			}
			if got := Decide(in); got.Gate.Decision != report.Blocked || got.Findings[0].Rule != RuleBlocked {
				t.Errorf("with another SLO below blocking: got %s", got.Gate.Decision)
			}
		})
	}
}

func TestNothingMeasuredSaysWhatToPass(t *testing.T) {
	got := Decide(Input{Service: load(t, payments("standard", sloAvailability)), Now: christmas()})
	if got.Gate.Decision != report.Unknown || got.Gate.RemainingPercent != nil || got.Gate.WorstSLO != "" {
		t.Errorf("got %+v", got.Gate)
	}
	if !strings.Contains(got.Gate.Reasons[0].Text, "--prometheus-url") {
		t.Errorf("reason %q", got.Gate.Reasons[0].Text)
	}
}

func TestAllowNoDataLeavesTheSLOOut(t *testing.T) {
	in := Input{
		Service: load(t, payments("critical", sloAvailability, sloLatency)), Environment: "prod", Now: christmas(),
		SLOs:    []report.SLO{unmeasured("availability", report.StateNoData, ""), slo("latency", 90)},
		Options: Options{AllowNoData: true},
	}
	if got := Decide(in).Gate; got.Decision != report.Approved || !slices.Contains(codes(got), CodeNoData) {
		t.Errorf("got %s, %v", got.Decision, got.Reasons)
	}
	in.SLOs[0].State = report.StateError
	if got := Decide(in).Gate; got.Decision != report.Unknown {
		t.Errorf("a source error is allowed: %s", got.Decision)
	}
}

func TestNoTrafficIsAFullBudgetThatSaysSo(t *testing.T) {
	got := Decide(Input{
		Service: load(t, payments("critical", sloAvailability)), Environment: "prod", Now: christmas(),
		SLOs: []report.SLO{unmeasured("availability", report.StateNoTraffic, "no requests")},
	}).Gate
	if got.Decision != report.Approved || *got.RemainingPercent != 100 || !slices.Equal(codes(got), []string{CodeNoTraffic}) {
		t.Errorf("got %+v", got)
	}
}

func TestAnyBurnOfAnEmptyBudgetExhaustsIt(t *testing.T) {
	empty := report.SLO{
		Name: "availability", State: report.StateOK,
		Budget: report.Budget{TotalMinutes: report.Num(0), BurnedMinutes: report.Num(0.1), RemainingPercent: report.Num(100)},
	}
	got := Decide(Input{Service: load(t, payments("critical", sloAvailability)), Environment: "prod", Now: christmas(), SLOs: []report.SLO{empty}}).Gate
	if got.Decision != report.Blocked || !slices.Equal(codes(got), []string{CodeBudgetExhausted}) {
		t.Errorf("got %s, %v", got.Decision, got.Reasons)
	}
}

func TestServiceWithoutSLOs(t *testing.T) {
	for tier, want := range map[string]report.Decision{
		"critical": report.Warned, "high": report.Warned, "standard": report.Approved, "low": report.Approved,
	} {
		in := Input{Service: load(t, payments(tier)), Environment: "prod", Now: christmas()}
		got := Decide(in)
		if got.Gate.Decision != want || !slices.Equal(codes(got.Gate), []string{CodeNoSLOs}) {
			t.Errorf("%s: got %s, %v", tier, got.Gate.Decision, got.Gate.Reasons)
		}
		if !strings.Contains(got.Gate.Reasons[0].Text, "cannot be gated") {
			t.Errorf("reason %q", got.Gate.Reasons[0].Text)
		}
		in.Options.RequireSLO = true
		if got := Decide(in); got.Gate.Decision != report.Blocked || got.Findings[0].Rule != RuleNoSLOs || got.Findings[0].Severity != report.Error {
			t.Errorf("%s with required SLOs: got %s, %v", tier, got.Gate.Decision, got.Findings)
		}
	}
}

func TestFastBurn(t *testing.T) {
	tests := []struct {
		tier         string
		hour1, hour6 float64
		remaining    float64
		off          bool
		want         report.Decision
		gate         string
	}{
		{tier: "critical", hour1: 14.4, remaining: 90, want: report.Warned},
		{tier: "critical", hour1: 14.3, hour6: 5.9, remaining: 30, want: report.Approved},
		{tier: "critical", hour6: 6, remaining: 90, want: report.Warned},
		{tier: "critical", hour1: 20, remaining: 50, want: report.Warned},
		{tier: "critical", hour1: 20, remaining: 49, want: report.Blocked},
		{tier: "critical", hour1: 20, remaining: 49, off: true, want: report.Approved},
		{tier: "critical", hour1: 20, remaining: 49, gate: `{thresholds: {blocking: null}}`, want: report.Warned},
		{tier: "critical", hour1: 20, remaining: 49, gate: `{thresholds: {blocking: null, warning: null}}`, want: report.Approved},
		{tier: "high", hour1: 20, remaining: 49, want: report.Warned},
		{tier: "standard", hour1: 20, remaining: 49, want: report.Approved},
		{tier: "low", hour6: 20, remaining: 49, want: report.Approved},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%+v", tt), func(t *testing.T) {
			resources := []string{sloAvailability}
			if tt.gate != "" {
				resources = append(resources, gateOf("advisory", tt.gate))
			}
			burning := slo("availability", tt.remaining)
			burning.BurnRate = report.BurnRate{Hour1: report.Num(tt.hour1), Hour6: report.Num(tt.hour6)}
			got := Decide(Input{
				Service: load(t, payments(tt.tier, resources...)), Environment: "prod", Now: christmas(),
				SLOs: []report.SLO{burning}, Options: Options{BurnRateRule: !tt.off},
			})
			if got.Gate.Decision != tt.want || slices.Contains(codes(got.Gate), CodeFastBurn) != (tt.want != report.Approved) {
				t.Errorf("got %s, %v", got.Gate.Decision, got.Gate.Reasons)
			}
			if tt.want != report.Approved && got.Findings[0].Rule != RuleFastBurn {
				t.Errorf("findings %v", got.Findings)
			}
		})
	}
}

func TestBlastRadiusWidensTheWarning(t *testing.T) {
	service := load(t, payments("standard", sloAvailability))
	checkout := load(t, "service: {name: checkout, team: shop, tier: critical, type: api}\nresources:\n  - kind: Dependencies\n    name: upstream\n    spec: {services: [{name: payments, criticality: low}]}\n")
	email := load(t, "service: {name: email, team: crm, tier: low, type: worker}\nresources:\n  - kind: Dependencies\n    name: upstream\n    spec: {services: [{name: payments, criticality: high}, {name: checkout, criticality: low}]}\n")
	analytics := load(t, "service: {name: analytics, team: crm, tier: low, type: worker}\nresources:\n  - kind: Dependencies\n    name: upstream\n    spec: {services: [email, payments]}\n")

	radius := BlastRadius(spec.NewGraph([]*spec.Service{service, checkout, email, analytics}), "payments")
	if len(radius.Direct) != 3 || len(radius.Transitive) != 0 || radius.Critical != 2 {
		t.Errorf("got %+v, want 3 consumers, of them checkout and email critical", radius)
	}
	lonely := BlastRadius(spec.NewGraph([]*spec.Service{service, analytics}), "payments")
	for _, tt := range []struct {
		radius    *report.BlastRadius
		remaining float64
		want      report.Decision
	}{
		{radius, 29, report.Warned},
		{radius, 30, report.Approved},
		{lonely, 29, report.Approved},
		{nil, 29, report.Approved},
	} {
		got := Decide(Input{
			Service: service, Environment: "prod", Now: christmas(), BlastRadius: tt.radius,
			SLOs: []report.SLO{slo("availability", tt.remaining)},
		})
		if got.Gate.Decision != tt.want || slices.Contains(codes(got.Gate), CodeBlastRadius) != (tt.want == report.Warned) {
			t.Errorf("with %v and %v %%: got %s, %v", tt.radius, tt.remaining, got.Gate.Decision, got.Gate.Reasons)
		}
	}
}

// The number that is shown must not contradict the decision.
func TestShownPercentageIsBelowTheShownThreshold(t *testing.T) {
	got := Decide(Input{
		Service: load(t, payments("critical", sloAvailability)), Environment: "prod", Now: christmas(),
		SLOs: []report.SLO{slo("availability", 9.99996)},
	}).Gate
	if text := got.Reasons[0].Text; !strings.Contains(text, "has 9.99996 % of its error budget left, below the blocking threshold of 10 %") {
		t.Errorf("reason %q", text)
	}
}
