package pipeline

import (
	"context"
	"slices"
	"testing"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

const lowTraffic = `-- services/checkout.yaml --
name: checkout
team: payments
tier: standard
type: api
slos:
  - name: availability
    objective: 99.9
    window: 30d
    metric: http_requests_total
    success_filter: status!~"5.."
-- metrics.yaml --
interval: 30m
input_series:
  - {series: 'http_requests_total{service="checkout",status="200"}', values: '0+20x1344'}
  - {series: 'http_requests_total{service="checkout",status="500"}', values: '0+10x1344'}
`

// TestThePastOfServicesIsTheLintStages covers findings about service files that a
// server was asked about: the stage validate asks nobody.
func TestThePastOfServicesIsTheLintStages(t *testing.T) {
	o := options(t, lowTraffic, "services")
	o.Stages = []Stage{Lint}
	rep := Run(context.Background(), o)
	if v, l := rep.Stages[0], rep.Stages[1]; v.Verdict != report.Pass || l.Verdict != report.Warn {
		t.Errorf("stages %+v, findings %+v", rep.Stages, rep.Findings)
	}
	for _, rule := range []string{"slo/low-traffic", "slo/objective-history"} {
		if !slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Rule == rule && f.Service == "checkout" }) {
			t.Errorf("no finding of %s: %+v", rule, rep.Findings)
		}
	}
}

// TestASourceThatAnswersNothingLeavesLintUnknown covers a run that leaves out the rule
// which says so, and mistakes that need no source.
func TestASourceThatAnswersNothingLeavesLintUnknown(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, at(), "1m", "up 1x60"))
	server.Always("", sourcetest.Status(500))
	for _, c := range []struct {
		name, rules string
		want        report.Verdict
	}{
		{"sound rules", "groups: [{name: a, rules: [{record: 'a:b', expr: sum(up)}]}]", report.Undecidable},
		{"a broken rule", "groups: [{name: a, rules: [{record: 'a:b', expr: sum(up)}, {record: 'a:c', expr: sum(up}]}]", report.Fail},
		{"rules that ask nothing", "groups: [{name: a, rules: [{record: 'a:b', expr: vector(1)}]}]", report.Pass},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(t, "-- rules/a.yaml --\n"+c.rules+"\n", "rules")
			o.Stages, o.Disabled = []Stage{Lint}, []string{"query/unanswered"}
			var err error
			if o.Source, err = source.Open(context.Background(), server.URL, source.Options{Now: at()}); err != nil {
				t.Fatal(err)
			}
			rep := Run(context.Background(), o)
			if rep.Stages[1].Name != "lint" || rep.Stages[1].Verdict != c.want || rep.Verdict != c.want {
				t.Errorf("stages %+v, want lint %s; findings %+v", rep.Stages, c.want, rep.Findings)
			}
		})
	}
}
