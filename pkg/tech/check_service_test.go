package tech

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/spec"
)

// service returns a kind of service that has nothing wrong.
func service() Technology {
	counter := func(name, selector string) Intent {
		return Intent{Name: name, Type: Counter, Unit: "ops", Help: "Things.", Candidates: []Candidate{{Selector: selector}, {Selector: selector + "_old"}}}
	}
	return Technology{
		Name: "thing-maker", Title: "Thing maker", Kind: KindService, Types: []string{"api"}, Docs: "https://example.com",
		Outcome: &Outcome{Labels: []string{"status", "code"}, Errors: "5.."},
		Health:  &Health{Requests: "things", Errors: "errors", Latency: "duration"},
		Intents: []Intent{
			counter("things", "things_total"),
			{Name: "errors", Type: Counter, Unit: "ops", Help: "Failures.", ErrorsOf: "things"},
			{Name: "duration", Type: Histogram, Unit: "s", Help: "Time.", Candidates: []Candidate{{Selector: "thing_seconds_bucket", By: "kind"}}},
			{Name: "age", Type: Derived, Unit: "s", Help: "Age.", Candidates: []Candidate{{Expr: "time() - max(up)"}}},
		},
		Alerts: []Alert{{
			Name: "ThingsFail", Expr: "sum(rate(thing_maker:errors[5m])) / sum(rate(thing_maker:things[5m])) > 0.05", For: "5m",
			Severity: Warning, Threshold: number64(0.05), Summary: "Things fail", Description: "Look.",
			Test: Test{
				Fires: map[string]string{`things_total{status="200"}`: "0+90x30", `things_total{status="500"}`: "0+10x30"},
				Quiet: map[string]string{`things_total{status="200"}`: "0+99x30", `things_total{status="500"}`: "0+1x30"},
			},
		}},
	}
}

func TestAlertsOfServicesReadIntents(t *testing.T) {
	t.Parallel()
	for _, p := range checkTechnology(service()) {
		t.Error(p)
	}
	withErrors := service()
	withErrors.Intents[0].Candidates[0].Errors = `code="E"`
	withErrors.Alerts[0].Test = Test{
		Fires: map[string]string{`things_total{code="OK"}`: "0+90x30", `things_total{code="E"}`: "0+10x30"},
		Quiet: map[string]string{`things_total{code="OK"}`: "0+99x30", `things_total{code="E"}`: "0+1x30"},
	}
	for _, p := range checkTechnology(withErrors) {
		t.Error(p)
	}
}

func TestChecksOfServicesFail(t *testing.T) {
	t.Parallel()
	expr := func(text string) func(*Technology) {
		return func(s *Technology) { s.Alerts[0].Expr = text }
	}
	for _, b := range []breakage{
		{"expression", expr("thing_maker:age > 0.05"), "thing_maker:age is an expression"},
		{"label of one metric", expr("histogram_quantile(0.9, sum by (le, by_duration) (rate(thing_maker:duration[5m]))) > 0.05"), "by_duration is another label"},
		{"unit", func(s *Technology) { s.Intents[0].Candidates[1].Scale = 0.001 }, "thing_maker:things may be in another unit"},
		{"unit of failures", func(s *Technology) { s.Intents[0].Candidates[1].Scale = 0.001 }, "thing_maker:errors may be in another unit"},
		{"intent that is not there", expr("sum(rate(thing_maker:thongs[5m])) > 0.05"), "no such intent"},
		{"test with another metric", func(s *Technology) {
			s.Alerts[0].Test.Fires = map[string]string{`things_total_old{status="500"}`: "0+10x30"}
		}, `things_total_old{status="500"} is not read`},
		{"failures that are none", func(s *Technology) { s.Outcome.Errors = "6.." }, "does not fire"},
		{"requests", func(s *Technology) { s.Health.Requests = "duration" }, "health.requests: duration is no counter"},
		{"errors", func(s *Technology) { s.Health.Errors = "failures" }, "health.errors: failures is no counter"},
		{"latency", func(s *Technology) { s.Health.Latency = "things" }, "health.latency: things is no histogram"},
		{"errors of nothing", func(s *Technology) { s.Health.Requests = "" }, "health.requests: the share"},
		{"no labels", func(s *Technology) { s.Outcome.Labels = []string{} }, "outcome.labels: name"},
		{"label", func(s *Technology) { s.Outcome.Labels[1] = "a-b" }, `outcome.labels[1]: "a-b"`},
		{"no failures", func(s *Technology) { s.Outcome.Errors = "" }, "outcome.errors"},
		{"pattern", func(s *Technology) { s.Outcome.Values = "[" }, "outcome.values"},
		{"health of a database", func(s *Technology) { s.Kind, s.Types, s.Outcome = KindDatabase, nil, nil }, "health: health is for"},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			spoiled := service()
			b.spoil(&spoiled)
			found := checkTechnology(spoiled)
			for _, p := range found {
				if strings.Contains(p.String(), b.want) {
					return
				}
			}
			t.Errorf("nothing says %q: %v", b.want, found)
		})
	}
}

// TestEveryTypeIsDescribedAsItsObjectivesAreMeasured makes sure that a dashboard
// and an SLO without a query look at the same metrics when nobody can be asked.
func TestEveryTypeIsDescribedAsItsObjectivesAreMeasured(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	for _, f := range spec.Types() {
		s, ok := c.Service(string(f.Type))
		if !ok || s.Health == nil {
			t.Errorf("no file describes services of the type %s and their health", f.Type)
			continue
		}
		v, _ := newVocabulary(s)
		first := func(name string) string {
			if candidates := v.intents[name].Candidates; len(candidates) > 0 {
				return candidates[0].Selector
			}
			return ""
		}
		if f.Total != "" && first(s.Health.Requests) != f.Total {
			t.Errorf("%s: SLOs count %s and panels %s", f.Type, f.Total, first(s.Health.Requests))
		}
		if f.Histogram != "" && first(s.Health.Latency) != f.Histogram+"_bucket" {
			t.Errorf("%s: SLOs look at %s and panels at %s", f.Type, f.Histogram, first(s.Health.Latency))
		}
	}
}

// TestTypesAreMeasuredOneWay makes sure that an SLO without a query counts what the
// dashboards and the alerts of its type count.
func TestTypesAreMeasuredOneWay(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, facts := range spec.Types() {
		own, ok := c.Service(string(facts.Type))
		if !ok {
			t.Errorf("no file describes services of the type %s", facts.Type)
		}
		if facts.Total == "" {
			continue
		}
		compared++
		first := func(intent string) string {
			for _, in := range own.Intents {
				if in.Name == intent {
					return in.Candidates[0].Selector
				}
			}
			return ""
		}
		failures := own.Outcome.Labels[0] + `=~"` + own.Outcome.Errors + `"`
		for what, pair := range map[string][2]string{
			"total":     {facts.Total, first(own.Health.Requests)},
			"failures":  {facts.BadMatcher, failures},
			"successes": {facts.GoodMatcher, strings.Replace(failures, "=~", "!~", 1)},
			"histogram": {facts.Histogram + "_bucket", first(own.Health.Latency)},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s of %s: an SLO takes %s, dashboards and alerts %s", what, facts.Type, pair[0], pair[1])
			}
		}
	}
	if compared < 6 {
		t.Errorf("only %d types were compared", compared)
	}
}
