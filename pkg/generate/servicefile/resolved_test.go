package servicefile

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// service has everything that a gate reads, in an environment, with variables and
// texts that look like some.
const service = `
-- pay.yaml --
service: {name: pay, team: 'a $${b} "c"', tier: high, type: api, metadata: {area: 'x: {y}', deep: {key: '$${z}'}}}
resources:
  - {kind: SLO, name: default, spec: {objective: 99.90, window: 30d, indicator: {type: availability}}}
  - {kind: SLO, name: good, spec: {objective: 99.9, window: 30d, description: "two\nlines", labels: {a: b}, good_query: 'sum(rate(r{service="${service}",p="\x24{q}"}[5m]))', total_query: 'sum(rate(r[5m]))'}}
  - {kind: SLO, name: bad, spec: {objective: 99, window: calendar-month, error_query: 'sum(rate(e[5m]))', total_query: 'sum(rate(r[5m]))'}}
  - {kind: SLO, name: ratio, spec: {objective: 99.5, window: 1h30m, query: 'avg(up)'}}
  - {kind: SLO, name: latency, spec: {objective: 99.5, window: 4w, threshold_ms: 2.1, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(l_bucket[5m])))'}}
  - {kind: SLO, name: lag, spec: {objective: 99.5, window: 4w, metric: max(lag), threshold: -1.5, op: gte}}
  - kind: DeploymentGate
    name: careful
    spec:
      thresholds: {warning: 33.5, blocking: null}
      timezone: Europe/Berlin
      on_exhausted: [freeze_deploys, notify]
      conditions:
        - {name: weekend, when: 'weekday() == "sat"', blocking: 50}
        - {when: 'hour() > 20', warning: null, mode: relax}
      exceptions:
        - {team: sre, allow: always}
        - {label: hotfix, allow: during_freeze, until: 2026-12-31, reason: 'it: "burns"'}
  - {kind: DeploymentGate, name: empty, spec: {thresholds: {blocking: 0}}}
`

// TestResolvedIsTheSameToAGate makes sure that nothing that a gate decides by is lost
// or changed on the way into a cluster.
func TestResolvedIsTheSameToAGate(t *testing.T) {
	was := spectest.Services(t, service)[0]
	data, _, err := manifest.Write(nil, []manifest.Document{{Value: Resolved(was)}})
	if err != nil {
		t.Fatal(err)
	}
	is := spectest.Services(t, "-- service.yaml --\n"+string(data))[0]
	values := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().Type() == reflect.TypeFor[spec.Origin]() }, cmp.Ignore())
	if diff := cmp.Diff(was.Gates, is.Gates, values, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("gates: -was +is:\n%s\n%s", diff, data)
	}
	if diff := cmp.Diff(was.Metadata, is.Metadata, values); diff != "" {
		t.Errorf("metadata: -was +is:\n%s\n%s", diff, data)
	}
	if diff := cmp.Diff([]any{was.Name.V, was.Team.V, was.Tier.V, was.Type.V}, []any{is.Name.V, is.Team.V, is.Tier.V, is.Type.V}); diff != "" {
		t.Errorf("-was +is:\n%s\n%s", diff, data)
	}
	if diff := cmp.Diff(asked(t, was), asked(t, is)); diff != "" {
		t.Errorf("SLOs: -was +is:\n%s\n%s", diff, data)
	}
}

// asked is what is asked about each SLO, and what is expected.
func asked(t *testing.T, s *spec.Service) [][]string {
	t.Helper()
	var out [][]string
	for _, o := range s.SLOs {
		r, err := slo.NewRecording(s, o, slo.RecordingOptions{Label: "service"})
		if err != nil {
			t.Fatalf("%s: %v", o.Name.V, err)
		}
		out = append(out, []string{
			o.Name.V, o.Description.V, o.Objective.V.Target().RatString(), o.Window.V.Duration.String(), string(o.Window.V.Calendar), string(o.Indicator.Kind),
			r.Bad(time.Hour), r.Total(time.Hour), r.ErrorRatio(time.Hour),
		})
	}
	return out
}
