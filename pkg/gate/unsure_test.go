package gate

import (
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

// burning is a measured SLO with burn rates.
func burning(remaining, hour1, hour6 float64, notes ...report.Reason) report.SLO {
	s := slo("availability", remaining)
	s.BurnRate = report.BurnRate{Hour1: report.Num(hour1), Hour6: report.Num(hour6)}
	s.Notes = notes
	return s
}

func reasonText(g report.Gate, code string) string {
	for _, r := range g.Reasons {
		if r.Code == code {
			return r.Text
		}
	}
	return ""
}

func TestUnknownBurnRateIsNotSlow(t *testing.T) {
	failed := report.Reason{Code: report.NoteBurnUnknown, Text: "the burn rate over 1h is not known: the server is down"}
	without1h, without6h := burning(48, 0, 0, failed), burning(90, 0, 0)
	without1h.BurnRate.Hour1, without6h.BurnRate.Hour6 = nil, nil
	fast := burning(90, 20, 0)
	fast.BurnRate.Hour6 = nil
	for _, tt := range []struct {
		name, tier, gate string
		slo              report.SLO
		off              bool
		want             report.Decision
	}{
		{"critical", "critical", "", without1h, false, report.Unknown},
		{"critical, 6h", "critical", "", without6h, false, report.Unknown},
		{"high", "high", "", without1h, false, report.Unknown},
		{"standard", "standard", "", without1h, false, report.Approved},
		{"rule is off", "critical", "", without1h, true, report.Approved},
		{"warnings are off", "critical", `{thresholds: {warning: null, blocking: null}}`, without1h, false, report.Approved},
		{"fast anyway", "critical", "", fast, false, report.Warned},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resources := []string{sloAvailability}
			if tt.gate != "" {
				resources = append(resources, gateOf("own", tt.gate))
			}
			got := Decide(Input{
				Service: load(t, payments(tt.tier, resources...)), Environment: "prod", Now: christmas(),
				SLOs: []report.SLO{tt.slo}, Options: Options{BurnRateRule: !tt.off},
			})
			if got.Gate.Decision != tt.want || slices.Contains(codes(got.Gate), CodeBurnUnknown) != (tt.want == report.Unknown) {
				t.Errorf("got %s, %v", got.Gate.Decision, got.Gate.Reasons)
			}
			if tt.name == "critical" && !strings.Contains(reasonText(got.Gate, CodeBurnUnknown), "the server is down") {
				t.Errorf("the reason does not say why: %v", got.Gate.Reasons)
			}
		})
	}
}

func TestNotesOfMeasurementsAreReasons(t *testing.T) {
	for _, tt := range []struct {
		note, code string
		remaining  float64
		want       report.Decision
	}{
		{report.NotePartial, CodePartial, 90, report.Unknown},
		{report.NotePartial, CodePartial, 1, report.Blocked},
		{report.NoteShortHistory, CodeShortHistory, 90, report.Approved},
		{report.NoteFarBoundary, CodeCoarseBuckets, 90, report.Approved},
	} {
		got := Decide(Input{
			Service: load(t, payments("critical", sloAvailability)), Environment: "prod", Now: christmas(),
			SLOs: []report.SLO{burning(tt.remaining, 0, 0, report.Reason{Code: tt.note, Text: "what is so"})}, Options: Options{BurnRateRule: true},
		}).Gate
		if got.Decision != tt.want || reasonText(got, tt.code) != "SLO availability: what is so" {
			t.Errorf("%s: got %s, %v", tt.note, got.Decision, got.Reasons)
		}
	}
}

func TestUnreadableGateOrSLOIsUndecided(t *testing.T) {
	const alien = `
  - kind: SLO
    name: availability
    spec: {objective: 99.9, window: 30m}
`
	const operator = `
  - kind: SLO
    name: availability
    spec: {objective: 99.9, window: 30d, indicator: {metric: queue_depth, threshold: 1, op: '=<'}}
`
	for name, tt := range map[string]struct {
		resources []string
		want      report.Decision
		at        string
	}{
		"sound":                    {[]string{sloAvailability, gateOf("g", `{thresholds: {blocking: 5}}`)}, report.Approved, ""},
		"conditions as a mapping":  {[]string{sloAvailability, gateOf("g", `{conditions: {freeze: {when: 'true', blocking: 100}}}`)}, report.Unknown, "DeploymentGate g"},
		"threshold as text":        {[]string{sloAvailability, gateOf("g", `{thresholds: {blocking: "95"}}`)}, report.Unknown, "DeploymentGate g"},
		"threshold out of range":   {[]string{sloAvailability, gateOf("g", `{thresholds: {blocking: 950}}`)}, report.Unknown, "DeploymentGate g"},
		"exception without whom":   {[]string{sloAvailability, gateOf("g", `{thresholds: {blocking: 5}, exceptions: [{allow: always}]}`)}, report.Approved, ""},
		"window that is too short": {[]string{alien}, report.Unknown, "SLO availability"},
		"operator":                 {[]string{operator}, report.Unknown, "SLO availability"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Decide(Input{
				Service: load(t, payments("critical", tt.resources...)), Environment: "prod", Now: christmas(),
				SLOs: []report.SLO{burning(90, 0, 0)},
			}).Gate
			if got.Decision != tt.want || !strings.HasPrefix(reasonText(got, CodeUnreadable), tt.at) || (tt.at == "") != (reasonText(got, CodeUnreadable) == "") {
				t.Errorf("got %s, %v; want %s", got.Decision, got.Reasons, tt.want)
			}
		})
	}
}

func TestConditionOnWhatTheServiceDoesNotHaveIsUndecided(t *testing.T) {
	for when, want := range map[string]report.Decision{
		"metadata.region == 'us'":           report.Approved,
		"metadata.regio == 'us'":            report.Unknown,
		"label('frozen') == 'yes'":          report.Unknown,
		"slo('availability').remaining < 5": report.Approved,
		"slo('avail').remaining < 5":        report.Unknown,
		"downstream_count > 0":              report.Unknown,
	} {
		got := Decide(Input{
			Service: load(t, payments("critical", sloAvailability, gateOf("g", `{conditions: [{name: c, when: "`+when+`", blocking: 100}]}`))),
			SLOs:    []report.SLO{burning(90, 0, 0)}, Environment: "prod", Now: christmas(),
			BlastRadius: &report.BlastRadius{Partial: true},
		}).Gate
		if got.Decision != want {
			t.Errorf("%s: got %s, %v", when, got.Decision, got.Reasons)
		}
		if when == "downstream_count > 0" && !strings.Contains(got.Conditions[0].Error, "--services-dir") {
			t.Errorf("error %q does not name the way out", got.Conditions[0].Error)
		}
	}
}

func TestFastestBurnIsUnknownIfOneIs(t *testing.T) {
	quiet, failed := burning(90, 0.1, 0.1), slo("latency", 95)
	failed.BurnRate = report.BurnRate{Hour6: report.Num(0)}
	got := Decide(Input{
		Service: load(t, payments("standard", sloAvailability, sloLatency, gateOf("g", `{conditions: [{name: fast, when: "burn_rate_1h > 10", blocking: 100}]}`))),
		SLOs:    []report.SLO{quiet, failed}, Environment: "prod", Now: christmas(), Options: Options{BurnRateRule: true},
	}).Gate
	if got.Decision != report.Unknown || got.Conditions[0].Error == "" {
		t.Errorf("got %s, %+v", got.Decision, got.Conditions)
	}
}
