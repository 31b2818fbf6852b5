package alert

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// offline are the alerts of a service by the whole catalogue, name to expression.
func offline(t *testing.T, archive string) (map[string]string, generate.Result) {
	t.Helper()
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := spectest.Services(t, archive)[0]
	r := Alerts{}.Generate(generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)})
	out := map[string]string{}
	for _, a := range r.Artefacts {
		groups, errs := rulefmt.Parse(a.Bytes, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for _, g := range groups.Groups {
			for _, rule := range g.Rules {
				out[rule.Alert] = rule.Expr
			}
		}
	}
	return out, r
}

// TestOverridesOfTheService makes sure that the alerts on a service itself can be
// changed like those on what it depends on.
func TestOverridesOfTheService(t *testing.T) {
	rules, r := offline(t, `
-- etl.yaml --
service: {name: etl, team: t, tier: high, type: batch, alerts: {overrides: {BatchRunOverdue: {threshold: 700000}, BatchRunsFailing: {disabled: true}, BatchRunsFalling: {for: 1m}}}}
`)
	want := map[string]string{"BatchRunOverdue": `time() - max(max_over_time(pipeline_last_success_timestamp_seconds{service="etl"}[1w])) > 700000`}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(r.Findings) != 1 || r.Findings[0].Message != "Batch has no alert BatchRunsFalling" {
		t.Errorf("findings %v", r.Findings)
	}
}

// TestHowManyThereMustBe makes sure that a number in the file is what brokers and nodes
// are compared with, and their past otherwise.
func TestHowManyThereMustBe(t *testing.T) {
	archive := func(alerts string) string {
		return `
-- shop.yaml --
service: {name: shop, team: t, tier: high, type: api}
resources:
  - {kind: Dependencies, name: d, spec: {queues: [{name: bus, type: kafka, selector: {job: k}` + alerts + `}]}}
`
	}
	for alerts, want := range map[string]string{
		"": `kafka_brokers{job="k"} < max_over_time(kafka_brokers{job="k"}[1h])`,
		", alerts: {overrides: {KafkaBrokersLost: {threshold: 5}}}":       `kafka_brokers{job="k"} < 5`,
		", alerts: {overrides: {KafkaBrokersLost: {severity: critical}}}": `kafka_brokers{job="k"} < max_over_time(kafka_brokers{job="k"}[1h])`,
		", alerts: {owner: other}":                                        "",
	} {
		rules, r := offline(t, archive(alerts))
		if rules["KafkaBrokersLost"] != want {
			t.Errorf("%s gives %s, want %s", alerts, rules["KafkaBrokersLost"], want)
		}
		left := slices.ContainsFunc(r.LeftOut, func(l generate.LeftOut) bool { return l.Why == "told to the owner of bus, other" })
		if left != (want == "") {
			t.Errorf("%s: left out %v", alerts, r.LeftOut)
		}
	}
}

// TestRunbooksOfOwnAlertsCanBeFollowed makes sure that a space in an address that a
// service file writes does not cut it off.
func TestRunbooksOfOwnAlertsCanBeFollowed(t *testing.T) {
	_, r := offline(t, `
-- shop.yaml --
service: {name: shop, team: t, tier: high, type: api, runbook: 'https://wiki.example.com/our shop'}
resources:
  - {kind: Alert, name: QueueLong, spec: {expr: 'queue{service="shop"} > 5', annotations: {runbook_url: 'https://wiki.example.com/run books/{{ $labels.queue }}'}}}
`)
	for _, want := range []string{"https://wiki.example.com/our%20shop\n", "https://wiki.example.com/run%20books/{{ $labels.queue }}\n"} {
		if !strings.Contains(string(r.Artefacts[0].Bytes), want) {
			t.Errorf("no %s in\n%s", want, r.Artefacts[0].Bytes)
		}
	}
}
