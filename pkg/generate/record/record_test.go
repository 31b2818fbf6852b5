package record

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

func job(s *spec.Service) generate.Job { return generate.Job{Service: s, Metrics: intent.Offline(s)} }

// parsed reads a generated file as Prometheus does.
func parsed(t *testing.T, r generate.Result) *rulefmt.RuleGroups {
	t.Helper()
	if len(r.Artefacts) != 1 {
		t.Fatalf("%d artefacts, findings %v", len(r.Artefacts), r.Findings)
	}
	groups, errs := rulefmt.Parse(r.Artefacts[0].Bytes, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
	for _, err := range errs {
		t.Errorf("%v", err)
	}
	return groups
}

const services = `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api, support_model: sre, runbook: 'https://runbooks.example.com/pay?a={{b}}'}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: freshness, spec: {objective: 99.5, window: calendar-week, indicator: {type: custom, metric: 'max(lag)', threshold: 10}}}
`

func TestGolden(t *testing.T) {
	s := spectest.Services(t, services)[0]
	for _, g := range []generate.Generator{Rules{}, BurnRate{}} {
		r := g.Generate(job(s))
		parsed(t, r)
		filetest.Golden(t, "testdata/"+r.Artefacts[0].Path, string(r.Artefacts[0].Bytes))
		if again := g.Generate(job(s)); !cmp.Equal(again.Artefacts[0].Bytes, r.Artefacts[0].Bytes) {
			t.Errorf("%s differs from run to run", r.Artefacts[0].Path)
		}
		for _, tr := range r.Artefacts[0].Trace {
			if line := tr.Origin.Line(); line != 3 && line != 4 {
				t.Errorf("%s comes from line %d", tr.What, line)
			}
		}
	}
}

// TestFactorsFollowTheWindow makes sure that an alert means the same share of the
// budget whatever the window, and is left out where it would fire later than the
// budget is gone.
func TestFactorsFollowTheWindow(t *testing.T) {
	tests := []struct {
		window string
		want   []string
	}{
		{"30d", []string{"(14.4 * 0.001)", "(6 * 0.001)", "(3 * 0.001)", "(1 * 0.001)"}},
		{"7d", []string{"(3.36 * 0.001)", "(1.4 * 0.001)"}},
		{"28d", []string{"(13.44 * 0.001)", "(5.6 * 0.001)", "(2.8 * 0.001)"}},
		{"1d", nil},
	}
	for _, test := range tests {
		t.Run(test.window, func(t *testing.T) {
			s := spectest.Services(t, strings.ReplaceAll(services, "window: 30d", "window: "+test.window))[0]
			s.SLOs = s.SLOs[:1]
			var got []string
			for _, rule := range parsed(t, BurnRate{}.Generate(job(s))).Groups[0].Rules {
				if strings.HasPrefix(rule.Alert, "SLOErrorBudgetBurn") {
					_, after, _ := strings.Cut(rule.Expr, "> ")
					factor, _, _ := strings.Cut(after, "\n")
					got = append(got, factor)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestAlertsThatCannotFireAreRefused makes sure that a low objective does not leave
// somebody believing in an alert: 14.4 times a budget of a tenth is more than all.
func TestAlertsThatCannotFireAreRefused(t *testing.T) {
	s := spectest.Services(t, strings.ReplaceAll(services, "objective: 99.9", "objective: 90"))[0]
	r := BurnRate{}.Generate(job(s))
	const want = "the alert SLOErrorBudgetBurnFast of the SLO availability can never fire: it needs 14.4 times the budget of 0.1, and no more than all events can fail"
	if len(r.Findings) != 2 || r.Findings[0].Message != want || r.Findings[0].Line != 3 {
		t.Errorf("got %+v", r.Findings)
	}
	for _, rule := range parsed(t, r).Groups[0].Rules {
		if rule.Alert == "SLOErrorBudgetBurnFast" && rule.Labels["slo"] == "availability" {
			t.Errorf("the alert is there all the same: %s", rule.Expr)
		}
	}
}

func TestSeverityFollowsTheTier(t *testing.T) {
	want := map[string][]string{
		"critical": {"SLOErrorBudgetBurnFast", "SLOErrorBudgetBurnHigh", "SLOErrorBudgetExhausted", "SLOMetricsAbsent"},
		"high":     {"SLOErrorBudgetBurnFast", "SLOErrorBudgetBurnHigh", "SLOMetricsAbsent"},
		"standard": {"SLOErrorBudgetBurnFast"},
		"low":      nil,
	}
	for tier, names := range want {
		s := spectest.Services(t, strings.ReplaceAll(services, "tier: critical", "tier: "+tier))[0]
		s.SLOs = s.SLOs[:1]
		var got []string
		for _, rule := range parsed(t, BurnRate{}.Generate(job(s))).Groups[0].Rules {
			if rule.Labels["severity"] == "critical" {
				got = append(got, rule.Alert)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(names, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tier, diff)
		}
	}
}

// TestWhatCannotBeRecordedIsSaid makes sure that an SLO without rules is not silently
// without alerts.
func TestWhatCannotBeRecordedIsSaid(t *testing.T) {
	s := spectest.Services(t, `
-- db.yaml --
service: {name: db, team: t, tier: low, type: database}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99, window: 30d}}
`)[0]
	r := Rules{}.Generate(job(s))
	if len(r.Artefacts) != 0 || len(r.Findings) != 1 || r.Findings[0].Line != 3 || !strings.Contains(r.Findings[0].Message, "no rules are generated for the SLO availability") {
		t.Errorf("got %+v", r)
	}
	if r := (BurnRate{}).Generate(job(s)); len(r.Artefacts) != 0 {
		t.Errorf("alerts over nothing: %s", r.Artefacts[0].Bytes)
	}
}

// TestShortWindowsSayWhatTheyLack makes sure that nobody believes in an alert that a
// window has not, and that the finding stands at the window.
func TestShortWindowsSayWhatTheyLack(t *testing.T) {
	const last = "what burns slower is told by SLOErrorBudgetLow and SLOErrorBudgetExhausted"
	tests := map[string]string{
		"30d": "", "90d": "",
		"28d": "info: the SLO availability has no alert SLOErrorBudgetBurnSlow, as its window of 28d is too short for it: " + last,
		"7d":  "info: the SLO availability has no alert SLOErrorBudgetBurnMedium, SLOErrorBudgetBurnSlow, as its window of 7d is too short for it: " + last,
		"3d":  "warning: the SLO availability has no alert SLOErrorBudgetBurnHigh, SLOErrorBudgetBurnMedium, SLOErrorBudgetBurnSlow, as its window of 3d is too short for it: " + last,
		"1d":  "warning: the SLO availability has no alert SLOErrorBudgetBurnFast, SLOErrorBudgetBurnHigh, SLOErrorBudgetBurnMedium, SLOErrorBudgetBurnSlow, as its window of 1d is too short for it: only SLOErrorBudgetLow and SLOErrorBudgetExhausted watch it",
		"1h":  "warning: the SLO availability has no alert SLOErrorBudgetBurnFast, SLOErrorBudgetBurnHigh, SLOErrorBudgetBurnMedium, SLOErrorBudgetBurnSlow, as its window of 1h is too short for it: only SLOErrorBudgetLow and SLOErrorBudgetExhausted watch it",
	}
	for window, want := range tests {
		j := of(t, strings.Replace(availability, "window: 30d", "window: "+window, 1))
		r := BurnRate{}.Generate(j)
		got := ""
		for _, f := range r.Findings {
			got += string(f.Severity) + ": " + f.Message
			if f.Rule != "slo/burn-rate-window" || f.Path != "resources[0].spec.window" {
				t.Errorf("%s: %s at %s", window, f.Rule, f.Path)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", window, diff)
		}
		for _, rule := range parsed(t, r).Groups[0].Rules {
			if strings.Contains(want, rule.Alert+",") || strings.Contains(want, rule.Alert+" as") {
				t.Errorf("%s has the alert %s", window, rule.Alert)
			}
		}
	}
}

// TestEnvironmentsLeaveAlertsOut makes sure that development is told of what is
// critical alone, and that what is left out is counted.
func TestEnvironmentsLeaveAlertsOut(t *testing.T) {
	for environment, want := range map[string][]string{
		"":        {"SLOErrorBudgetBurnFast", "SLOErrorBudgetBurnHigh", "SLOErrorBudgetBurnMedium", "SLOErrorBudgetBurnSlow", LowAlert, ExhaustedAlert, AbsentAlert},
		"staging": {"SLOErrorBudgetBurnFast", "SLOErrorBudgetBurnHigh", "SLOErrorBudgetBurnMedium", "SLOErrorBudgetBurnSlow", LowAlert, ExhaustedAlert, AbsentAlert},
		"dev":     {"SLOErrorBudgetBurnFast", "SLOErrorBudgetBurnHigh", ExhaustedAlert, AbsentAlert},
	} {
		j := of(t, availability)
		j.Service.Environment = environment
		r := BurnRate{}.Generate(j)
		var got []string
		for _, rule := range parsed(t, r).Groups[0].Rules {
			got = append(got, rule.Alert)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", environment, diff)
		}
		var left []generate.LeftOut
		if environment == "dev" {
			left = []generate.LeftOut{{Why: "warning in dev", Count: 3}}
		}
		if diff := cmp.Diff(left, r.LeftOut); diff != "" {
			t.Errorf("%s: left out, -want +got:\n%s", environment, diff)
		}
	}
	j := of(t, strings.Replace(availability, "tier: critical", "tier: low", 1))
	j.Service.Environment = "dev"
	if r := (BurnRate{}).Generate(j); len(r.Artefacts) != 0 || len(r.LeftOut) != 1 || r.LeftOut[0].Count != 7 {
		t.Errorf("tier low in dev: %+v", r)
	}
}

func TestNumbersArePrintedAsPeopleWriteThem(t *testing.T) {
	for want, r := range map[string]*big.Rat{
		"14.4": big.NewRat(144, 10), "1": big.NewRat(1, 1), "8640": big.NewRat(8640, 1), "0.0000001": big.NewRat(1, 1e7),
		"1.03333": big.NewRat(31, 30), "0.0416667": big.NewRat(1, 24), "1234570": big.NewRat(3703703, 3), "0.123456789": big.NewRat(123456789, 1e9),
	} {
		if got := exact(r); got != want {
			t.Errorf("%s is printed as %s, want %s", r, got, want)
		}
	}
}

// TestSummariesReadWell looks at the factor 1, which is no multiple, and at one without
// an end in decimal.
func TestSummariesReadWell(t *testing.T) {
	for window, want := range map[string]string{
		"30d":            "availability of pay burns its error budget exactly as fast as it lasts for 30d, or faster",
		"calendar-month": "availability of pay burns its error budget more than 1.03333 times as fast as it lasts for 31d",
	} {
		j := of(t, strings.Replace(availability, "window: 30d", "window: "+window, 1))
		got := ""
		for _, rule := range parsed(t, BurnRate{}.Generate(j)).Groups[0].Rules {
			if rule.Alert == "SLOErrorBudgetBurnSlow" {
				got = rule.Annotations["summary"]
			}
		}
		if got != want {
			t.Errorf("%s: %s", window, got)
		}
	}
}

// TestOpaqueRatiosAreRecordedAsTheyAreNow makes sure that a query which cannot be taken
// apart is not read once in 5 minutes, at a time that may be as long ago.
func TestOpaqueRatiosAreRecordedAsTheyAreNow(t *testing.T) {
	j := of(t, "\n-- pay.yaml --\nservice: {name: pay, team: money, tier: critical, type: api}\nresources:\n  - {kind: SLO, name: main, spec: {objective: 99.9, window: 30d, query: 'avg(answers:ratio)'}}\n")
	r := simulate(t, []generate.Job{j}, 19*time.Minute, nil, `answers:ratio{service="pay"} 1x30 0x10`)
	if diff := cmp.Diff([]float64{0.8}, query(t, r, "round(slo:sli_error:ratio_rate5m, 0.1)", 19*time.Minute)); diff != "" {
		t.Errorf("four of five minutes, -want +got:\n%s", diff)
	}
}
