package portfolio

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
)

// measured returns a service with one SLO for each status.
func measured(name, tier string, statuses ...report.SLOStatus) report.Service {
	s := report.Service{Name: name, File: "services/" + name + ".yaml", Tier: tier, Team: "core"}
	consumed := map[report.SLOStatus]float64{
		report.StatusHealthy: 40, report.StatusWarning: 50, report.StatusCritical: 90, report.StatusExhausted: 200,
	}
	for i, status := range statuses {
		slo := report.SLO{
			Name: "slo" + string(rune('a'+i)), Objective: report.Num(99.5), Window: "30d", State: report.StateOK, Status: status,
			Budget: report.Budget{ConsumedPercent: report.Num(consumed[status])},
		}
		if status == report.StatusUnknown {
			slo.State, slo.Budget = report.StateNoData, report.Budget{}
		}
		s.SLOs = append(s.SLOs, slo)
	}
	return s
}

// in returns a service whose only SLO is in a state without a measurement.
func in(name string, state report.SLOState) report.Service {
	s := measured(name, "standard", report.StatusUnknown)
	s.SLOs[0].State = state
	return s
}

const (
	healthy   = report.StatusHealthy
	warning   = report.StatusWarning
	critical  = report.StatusCritical
	exhausted = report.StatusExhausted
	unknown   = report.StatusUnknown
)

func TestHealthIsTheWorstSLO(t *testing.T) {
	tests := []struct {
		statuses []report.SLOStatus
		want     report.SLOStatus
	}{
		{nil, unknown},
		{[]report.SLOStatus{healthy, healthy}, healthy},
		{[]report.SLOStatus{healthy, warning}, warning},
		{[]report.SLOStatus{warning, critical, healthy}, critical},
		{[]report.SLOStatus{critical, exhausted}, exhausted},
		{[]report.SLOStatus{healthy, unknown}, unknown},
		{[]report.SLOStatus{unknown, warning}, warning},
		{[]report.SLOStatus{unknown, exhausted}, exhausted},
	}
	for _, tt := range tests {
		if got := Health(measured("a", "low", tt.statuses...)); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.statuses, got, tt.want)
		}
	}
	claimed := measured("a", "low", healthy)
	claimed.SLOs[0].State = report.StateError
	if got := Health(claimed); got != unknown {
		t.Errorf("a status without a measurement: got %s", got)
	}
}

func TestHealthDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		statuses := rapid.SliceOf(rapid.SampledFrom([]report.SLOStatus{healthy, warning, critical, exhausted, unknown})).Draw(t, "statuses")
		permuted := rapid.Permutation(statuses).Draw(t, "permuted")
		if a, b := Health(measured("a", "low", statuses...)), Health(measured("a", "low", permuted...)); a != b {
			t.Fatalf("%v is %s, %v is %s", statuses, a, permuted, b)
		}
	})
}

func TestScoreIsWeightedByTier(t *testing.T) {
	tests := map[string]struct {
		services       []report.Service
		score, healthy report.Number
		counts         [3]int // healthy, known, total
	}{
		"binary": {
			[]report.Service{
				measured("a", "critical", healthy), measured("b", "critical", exhausted),
				measured("c", "standard", healthy), measured("d", "low", healthy),
			},
			report.Num(100 * 6.0 / 9), report.Num(75),
			[3]int{3, 4, 4},
		},
		"in between": {
			[]report.Service{measured("a", "high", warning), measured("b", "low", critical)},
			report.Num((2.5*0.75 + 0.25) / 3.5 * 100), report.Num(0),
			[3]int{0, 2, 2},
		},
		"other spellings of tiers": {
			[]report.Service{measured("a", "Tier-1", healthy), measured("b", "3", exhausted)},
			report.Num(75), report.Num(50),
			[3]int{1, 2, 2},
		},
		// Unknown is neither healthy nor unhealthy: it must not make 100 %.
		"unknown is left out": {
			[]report.Service{measured("a", "low", exhausted), measured("b", "critical", unknown), measured("c", "critical")},
			report.Num(0), report.Num(0),
			[3]int{0, 1, 3},
		},
		"nothing known": {[]report.Service{measured("a", "critical", unknown)}, nil, nil, [3]int{0, 0, 1}},
		"nothing":       {nil, nil, nil, [3]int{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := Build(Input{Services: tt.services})
			if diff := cmp.Diff([]report.Number{tt.score, tt.healthy}, []report.Number{p.Score, p.HealthyPercent}); diff != "" {
				t.Errorf("score and percentage (-want +got):\n%s", diff)
			}
			if got := [3]int{p.Healthy, p.Known, p.Total}; got != tt.counts {
				t.Errorf("healthy, known, total: got %v, want %v", got, tt.counts)
			}
		})
	}
}

func TestTiersAreSortedCriticalFirst(t *testing.T) {
	var services []report.Service
	for i := range 10 {
		status := healthy
		if i < 2 {
			status = warning
		}
		services = append(services, measured("low"+string(rune('0'+i)), "low", status))
	}
	services = append(services, measured("odd", "gold", healthy), measured("c", "critical", unknown), measured("h", "high", critical), measured("s", "medium", healthy))
	want := []report.Tier{
		{Tier: "critical", Total: 1},
		{Tier: "high", Known: 1, Total: 1, HealthyPercent: report.Num(0)},
		{Tier: "standard", Healthy: 1, Known: 1, Total: 1, HealthyPercent: report.Num(100)},
		{Tier: "low", Healthy: 8, Known: 10, Total: 10, HealthyPercent: report.Num(80)},
		{Tier: "gold", Healthy: 1, Known: 1, Total: 1, HealthyPercent: report.Num(100)},
	}
	if diff := cmp.Diff(want, Build(Input{Services: services}).ByTier); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDuplicateNamesCountOnce(t *testing.T) {
	first, second := measured("api", "critical", healthy), measured("api", "low", exhausted)
	first.File, second.File = "a/api.yaml", "b/api.yaml"
	p := Build(Input{Services: []report.Service{second, first}})
	if p.Total != 1 || p.Healthy != 1 || *p.Score != 100 {
		t.Errorf("got %+v, want the one of a/api.yaml", p)
	}
	want := report.Insight{
		Type: DuplicateService, Severity: report.Warning, Service: "api",
		Message: "several files define the service: a/api.yaml, b/api.yaml; only the first counts",
	}
	if !slices.Contains(p.Insights, want) {
		t.Errorf("insights %v", p.Insights)
	}
	if Verdict(Input{Services: []report.Service{second, first}}) != report.Fail {
		t.Error("the second file's exhausted budget is not in the verdict")
	}
}

func TestPartialAnswerIsNotHealthy(t *testing.T) {
	for status, want := range map[report.SLOStatus]report.SLOStatus{
		healthy: unknown, warning: warning, exhausted: exhausted,
	} {
		s := measured("a", "critical", status)
		s.SLOs[0].Notes = []report.Reason{{Code: report.NotePartial, Text: "store 2 is down"}}
		if got := Health(s); got != want {
			t.Errorf("%s from a partial answer: got %s, want %s", status, got, want)
		}
		p := Build(Input{Services: []report.Service{s}})
		said := slices.ContainsFunc(p.Insights, func(i report.Insight) bool { return strings.Contains(i.Message, "(partial answer)") })
		if said != (want == unknown) {
			t.Errorf("%s: insights %v", status, p.Insights)
		}
	}
}

func TestVerdict(t *testing.T) {
	tests := map[string]struct {
		in   Input
		want report.Verdict
	}{
		"nothing":                    {Input{}, report.Pass},
		"healthy":                    {Input{Services: []report.Service{measured("a", "low", healthy)}}, report.Pass},
		"warning":                    {Input{Services: []report.Service{measured("a", "low", healthy), measured("b", "low", warning)}}, report.Warn},
		"critical":                   {Input{Services: []report.Service{measured("a", "low", critical)}}, report.Fail},
		"exhausted":                  {Input{Services: []report.Service{measured("a", "low", exhausted)}}, report.Fail},
		"parse failure":              {Input{Services: []report.Service{measured("a", "low", healthy)}, ParseFailures: 1}, report.Warn},
		"no SLOs":                    {Input{Services: []report.Service{measured("a", "low")}}, report.Pass},
		"no source":                  {Input{Services: []report.Service{in("a", report.StateNotMeasured)}}, report.Pass},
		"nothing decided":            {Input{Services: []report.Service{in("a", report.StateNoData), measured("b", "low")}}, report.Undecidable},
		"no data among known":        {Input{Services: []report.Service{in("a", report.StateNoData), measured("b", "low", healthy)}}, report.Pass},
		"source error among known":   {Input{Services: []report.Service{in("a", report.StateError), measured("b", "low", warning)}}, report.Undecidable},
		"source error and exhausted": {Input{Services: []report.Service{in("a", report.StateError), measured("b", "low", exhausted)}}, report.Fail},
	}
	for name, tt := range tests {
		if got := Verdict(tt.in); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestServiceVerdict(t *testing.T) {
	for want, services := range map[report.Verdict][]report.Service{
		report.Pass:        {measured("a", "low", healthy), measured("a", "low"), in("a", report.StateNotMeasured)},
		report.Warn:        {measured("a", "low", warning, unknown)},
		report.Fail:        {measured("a", "low", critical), measured("a", "low", exhausted, unknown)},
		report.Undecidable: {in("a", report.StateNoData), in("a", report.StateNotComputable), in("a", report.StateError), measured("a", "low", healthy, unknown)},
	} {
		for _, s := range services {
			if got := ServiceVerdict(s); got != want {
				t.Errorf("%+v: got %s, want %s", s.SLOs, got, want)
			}
		}
	}
}

func TestBuildDoesNotDependOnOrder(t *testing.T) {
	services := []report.Service{
		measured("a", "critical", healthy), measured("b", "high", exhausted, warning), measured("c", "low", unknown),
		measured("d", "standard"), measured("a", "critical", critical), in("e", report.StateError),
	}
	services[4].File = "other/a.yaml"
	at := time.Date(2024, 12, 25, 10, 30, 0, 0, time.UTC)
	want := Build(Input{Services: services, At: at})
	rapid.Check(t, func(t *rapid.T) {
		got := Build(Input{Services: rapid.Permutation(services).Draw(t, "services"), At: at})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
