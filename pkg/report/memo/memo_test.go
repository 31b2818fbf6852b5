package memo

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

func slo(name string, objective float64, left report.Number) report.SLO {
	return report.SLO{Name: name, Objective: report.Num(objective), Budget: report.Budget{RemainingPercent: left}}
}

func metrics(states ...report.MetricState) []report.Metric {
	var out []report.Metric
	for _, s := range states {
		out = append(out, report.Metric{Name: "m_" + string(s), State: s})
	}
	return out
}

func TestOfKeepsWhatIsCompared(t *testing.T) {
	long := strings.Repeat("é", maxName+1)
	rep := &report.Report{
		Verdict: report.Fail, Summary: report.Summary{Errors: 2, Warnings: 1},
		Stages: []report.Stage{{Name: "lint"}, {Name: "gate"}, {Name: strings.Repeat("g", 21)}, {Name: "lint"}},
		Services: []report.Service{
			{
				Name: "search", Verdict: report.Warn, Tier: "low\xff",
				SLOs: []report.SLO{
					slo("latency", 99, number(41.26)), slo("availability", 99.9, number(-56.81)), slo("availability", 99.5, nil), slo("none", 100, nil), slo("lost", 99, nil),
				},
				Metrics: metrics(report.MetricOK, report.MetricStale, report.MetricMissing, report.MetricWrongLabels, report.MetricOtherService, report.MetricNoErrorsYet, report.MetricRecorded),
			},
			{Name: "api", Verdict: report.Pass, Metrics: metrics(report.MetricMissing, report.MetricError), SLOs: []report.SLO{slo("s", 99, number(math.Inf(1)))}},
			{Name: "api", Verdict: report.Fail},
			{Name: long},
			{Name: ""},
		},
		Findings: []report.Finding{
			{Service: "search", Severity: report.Error}, {Service: "search", Severity: report.Info}, {Service: "api", Severity: report.Warning}, {Severity: report.Error},
		},
	}
	want := Verdict{
		SHA: shaA, Verdict: report.Fail, Errors: 2, Warnings: 1, Total: 5, Stages: []string{"gate", report.Clip(strings.Repeat("g", 21), maxStage), "lint"},
		Services: []Service{
			{Name: "api", Verdict: report.Pass, Warnings: 1, Missing: []string{"m_missing"}, Budget: number(maxNumber), Objectives: []Objective{{"s", 99}}},
			{
				Name: "search", Verdict: report.Warn, Tier: "low\uFFFD", Errors: 1, Budget: number(-56.9),
				Objectives: []Objective{{"availability", 99.9}, {"latency", 99}, {"lost", 99}},
				Missing:    []string{"m_missing", "m_other_service", "m_stale", "m_wrong_labels"}, Checked: true,
			},
			{Name: report.Clip(long, maxName), Verdict: report.Undecidable},
		},
	}
	got := Of(rep, shaA)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, ok := Parse(Note{Now: got}.Line()); !ok {
		t.Error("what is kept cannot be read back")
	}
}

func TestTotalsAreWithoutServices(t *testing.T) {
	want := Verdict{SHA: shaB, Verdict: report.Fail, Errors: 2, Warnings: 4, Total: 2, Cut: CutServices, Stages: []string{"gate", "lint"}}
	if diff := cmp.Diff(want, rich().Now.Totals()); diff != "" {
		t.Error(diff)
	}
}
