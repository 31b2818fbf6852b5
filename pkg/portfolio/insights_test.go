package portfolio

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

func christmas() time.Time { return time.Date(2024, 12, 25, 10, 30, 0, 0, time.UTC) }

// promising returns a service with unmeasured SLOs of the objectives.
func promising(t *testing.T, name, tier string, kind spec.IndicatorKind, objectives ...string) (report.Service, *spec.Service) {
	t.Helper()
	r := report.Service{Name: name, File: name + ".yaml", Tier: tier, Team: "core"}
	parsed, _ := spec.ParseTier(tier)
	s := &spec.Service{
		File: r.File, Name: spec.Value[string]{V: name}, Tier: spec.Value[spec.Tier]{V: parsed}, Team: spec.Value[string]{V: "core"},
	}
	for i, text := range objectives {
		o, err := spec.NewObjective(text)
		if err != nil {
			t.Fatal(err)
		}
		slo := "slo" + string(rune('a'+i))
		r.SLOs = append(r.SLOs, report.SLO{Name: slo, Objective: o.Number(), State: report.StateNotMeasured})
		s.SLOs = append(s.SLOs, spec.SLO{
			Name: spec.Value[string]{V: slo}, Objective: spec.Value[spec.Objective]{V: o}, Indicator: spec.Indicator{Kind: kind},
		})
	}
	return r, s
}

func insightsOf(in Input) []report.Insight {
	in.At = christmas()
	return Build(in).Insights
}

func TestObjectivesThatDoNotFitTheTier(t *testing.T) {
	tests := map[string]struct {
		tier       string
		kind       spec.IndicatorKind
		objectives []string
		want       []report.Insight
	}{
		"no SLO": {"low", spec.IndicatorEvents, nil, []report.Insight{
			{Type: NoSLO, Severity: report.Warning, Service: "api", Message: "there are no SLOs: add one so that deploys can be gated"},
		}},
		"unrealistic": {"standard", spec.IndicatorEvents, []string{"99.99"}, []report.Insight{
			{Type: Unrealistic, Severity: report.Info, Service: "api", Message: "SLO sloa (99.99 %) may be too ambitious for tier standard"},
		}},
		"not unrealistic":             {"standard", spec.IndicatorEvents, []string{"99.98"}, []report.Insight{}},
		"not unrealistic for a tier":  {"high", spec.IndicatorEvents, []string{"99.999", "99.999"}, []report.Insight{}},
		"promotion needs two":         {"low", spec.IndicatorEvents, []string{"99.9"}, []report.Insight{}},
		"promotion needs all":         {"low", spec.IndicatorEvents, []string{"99.9", "99"}, []report.Insight{}},
		"critical at 99.9":            {"critical", spec.IndicatorEvents, []string{"99.9"}, []report.Insight{}},
		"critical by latency at 99":   {"critical", spec.IndicatorLatency, []string{"99"}, []report.Insight{}},
		"critical with one SLO of 99": {"critical", spec.IndicatorRatio, []string{"99", "99.95"}, []report.Insight{}},
		"promotion": {"low", spec.IndicatorEvents, []string{"99.9", "99.95"}, []report.Insight{
			{Type: Promotion, Severity: report.Info, Service: "api", Message: "every SLO is at 99.9 % or above, which is much for tier low: consider a higher tier"},
		}},
		"critical below 99.9": {"critical", spec.IndicatorEvents, []string{"99.5"}, []report.Insight{
			{Type: BelowTier, Severity: report.Warning, Service: "api", Message: "the service is of tier critical and promises only 99.5 %"},
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, s := promising(t, "api", tt.tier, tt.kind, tt.objectives...)
			got := insightsOf(Input{Services: []report.Service{r}, Specs: []*spec.Service{s}})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBudgetInsights(t *testing.T) {
	in := func(days int) *time.Time {
		at := christmas().AddDate(0, 0, days)
		return &at
	}
	slo := func(state report.SLOState, status report.SLOStatus, consumed report.Number, exhausts *time.Time) report.SLO {
		return report.SLO{
			Name: "availability", Objective: report.Num(99.5), Window: "30d", State: state, Status: status,
			Budget: report.Budget{ConsumedPercent: consumed}, ExhaustsAt: exhausts,
		}
	}
	tests := map[string]struct {
		slo  report.SLO
		want []report.Insight
	}{
		"fine":          {slo(report.StateOK, healthy, report.Num(10), in(8)), []report.Insight{}},
		"no traffic":    {slo(report.StateNoTraffic, healthy, report.Num(0), nil), []report.Insight{}},
		"not measured":  {slo(report.StateNotMeasured, unknown, nil, nil), []report.Insight{}},
		"soon used up":  {slo(report.StateOK, warning, report.Num(79.9), in(7)), []report.Insight{{Type: Exhaustion, Severity: report.Warning, Service: "api", Message: "SLO availability will have used up its error budget on 2025-01-01 at the present rate"}}},
		"mostly used":   {slo(report.StateOK, critical, report.Num(80), nil), []report.Insight{{Type: Exhaustion, Severity: report.Warning, Service: "api", Message: "SLO availability has used 80 % of its error budget"}}},
		"just used up":  {slo(report.StateOK, exhausted, report.Num(100), nil), []report.Insight{{Type: Exhaustion, Severity: report.Warning, Service: "api", Message: "SLO availability has used 100 % of its error budget"}}},
		"never met":     {slo(report.StateOK, exhausted, report.Num(200.00004), nil), []report.Insight{{Type: NeverMet, Severity: report.Warning, Service: "api", Message: "SLO availability was not met over its window of 30d: 200.1 % of the error budget is used"}}},
		"over-achiever": {slo(report.StateOK, healthy, report.Num(9.9), nil), []report.Insight{{Type: OverAchieving, Severity: report.Info, Service: "api", Message: "less than 10 % of the error budget is used (availability): there is room for higher objectives or more changes"}}},
		"no data":       {slo(report.StateNoData, unknown, nil, nil), []report.Insight{{Type: MissingData, Severity: report.Warning, Service: "api", Message: "the health is not known for SLO availability (no data)"}}},
		"error":         {slo(report.StateError, unknown, nil, nil), []report.Insight{{Type: MissingData, Severity: report.Warning, Service: "api", Message: "the health is not known for SLO availability (error)"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := insightsOf(Input{Services: []report.Service{{Name: "api", Tier: "low", Team: "core", SLOs: []report.SLO{tt.slo}}}})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestServiceWithoutOwner(t *testing.T) {
	r, s := promising(t, "api", "low", spec.IndicatorEvents, "99")
	r.Team, s.Team.V = "", ""
	in := Input{Services: []report.Service{r}, Specs: []*spec.Service{s}}
	want := []report.Insight{{Type: NoOwner, Severity: report.Warning, Service: "api", Message: "nobody owns the service: add team: or owner:"}}
	if diff := cmp.Diff(want, insightsOf(in)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.Owner.V = "jane"
	if got := insightsOf(in); len(got) != 0 {
		t.Errorf("with an owner: %v", got)
	}
}

func TestWeakDependency(t *testing.T) {
	checkout, checkoutSpec := promising(t, "checkout", "critical", spec.IndicatorEvents, "99.95")
	ledger, ledgerSpec := promising(t, "ledger", "low", spec.IndicatorEvents, "99.5")
	auth, authSpec := promising(t, "auth", "critical", spec.IndicatorEvents, "99.9")
	sound, soundSpec := promising(t, "sound", "critical", spec.IndicatorEvents, "99.95")
	for _, d := range []struct {
		name, criticality string
		kind              spec.DependencyKind
	}{
		{"ledger", "critical", spec.DependencyService},
		{"ledger", "critical", spec.DependencyService},
		{"auth", "high", spec.DependencyService},
		{"sound", "critical", spec.DependencyService},
		{"absent", "critical", spec.DependencyService},
		{"checkout", "critical", spec.DependencyService},
	} {
		checkoutSpec.Dependencies = append(checkoutSpec.Dependencies, spec.Dependency{
			Name: spec.Value[string]{V: d.name}, Kind: d.kind, Criticality: spec.Value[string]{V: d.criticality},
		})
	}
	// A low criticality and a database of the same name are no weakness.
	soundSpec.Dependencies = []spec.Dependency{
		{Name: spec.Value[string]{V: "ledger"}, Kind: spec.DependencyService, Criticality: spec.Value[string]{V: "low"}},
		{Name: spec.Value[string]{V: "ledger"}, Kind: spec.DependencyDatabase, Criticality: spec.Value[string]{V: "critical"}},
	}
	got := insightsOf(Input{
		Services: []report.Service{checkout, ledger, auth, sound},
		Specs:    []*spec.Service{checkoutSpec, ledgerSpec, authSpec, soundSpec},
	})
	want := []report.Insight{
		{Type: WeakDependency, Severity: report.Warning, Service: "checkout", Message: "the service cannot work without auth, which promises 99.9 % and not 99.95 %"},
		{Type: WeakDependency, Severity: report.Warning, Service: "checkout", Message: "the service cannot work without ledger, which is of tier low and not critical and promises 99.5 % and not 99.95 %"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInsightsAreSortedByTierSeverityAndService(t *testing.T) {
	var services []report.Service
	var specs []*spec.Service
	for _, s := range []struct {
		name, tier string
		objectives []string
	}{
		{"z", "critical", nil}, {"b", "low", []string{"99.99"}}, {"a", "low", nil}, {"y", "critical", []string{"99"}},
	} {
		r, described := promising(t, s.name, s.tier, spec.IndicatorEvents, s.objectives...)
		services, specs = append(services, r), append(specs, described)
	}
	var got []string
	for _, i := range insightsOf(Input{Services: services, Specs: specs, ParseFailures: 2}) {
		got = append(got, i.Service+" "+i.Type)
	}
	want := []string{" parse_failures", "y below_tier", "z no_slo", "a no_slo", "b unrealistic"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
