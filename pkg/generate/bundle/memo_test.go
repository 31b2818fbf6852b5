package bundle

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// alike are services that are almost the same. Some have names that stand elsewhere in
// their queries as well, or in those of others, and one writes what stands for a
// variable of dashboards.
const alike = `
-- pay.yaml --
service: {name: pay, team: t, tier: critical, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, query: 'sum(rate(req{service="${service}",code!~"5.."}[5m])) / sum(rate(req{service="${service}"}[5m]))'}}
  - {kind: SLO, name: latency, spec: {objective: 99, window: 7d, threshold_ms: 250, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(lat_bucket{service="${service}"}[5m])))'}}
  - {kind: SLO, name: here, spec: {objective: 99.9, window: 30d, query: 'sum(rate(req{env="prod",code!~"5.."}[5m])) / sum(rate(req{env="prod"}[5m]))'}}
  - {kind: Dependencies, name: d, spec: {databases: [{name: main, type: postgresql, selector: {job: main}}]}}
-- ship.yaml --
service: {name: ship, team: t, tier: low, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, query: 'sum(rate(req{service="${service}",code!~"5.."}[5m])) / sum(rate(req{service="${service}"}[5m]))'}}
  - {kind: SLO, name: latency, spec: {objective: 99, window: 30d, threshold_ms: 250, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(lat_bucket{service="${service}"}[5m])))'}}
  - {kind: SLO, name: quoted, spec: {objective: 99.9, window: 30d, query: 'sum(rate(req{"svc.name"="ship",code!~"5.."}[5m])) / sum(rate(req{"svc.name"="ship"}[5m]))'}}
  - {kind: Dependencies, name: d, spec: {databases: [{name: main, type: postgresql, selector: {job: ship}}]}}
-- req.yaml --
service: {name: req, team: t, tier: critical, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, query: 'sum(rate(req{service="${service}",code!~"5.."}[5m])) / sum(rate(req{service="${service}"}[5m]))'}}
  - {kind: SLO, name: other, spec: {objective: 99.5, window: 30d, query: 'sum(rate(req{service="ship",code!~"5.."}[5m])) / sum(rate(req{service="ship"}[5m]))'}}
  - {kind: SLO, name: quoted, spec: {objective: 99.9, window: 30d, query: 'sum(rate(req{"svc.name"="ship",code!~"5.."}[5m])) / sum(rate(req{"svc.name"="ship"}[5m]))'}}
-- override.yaml --
service: {name: own, team: t, tier: critical, type: api}
resources:
  - {kind: Dependencies, name: d, spec: {databases: [{name: main, type: postgresql, selector: {job: main}}]}}
  - {kind: SLO, name: here, spec: {objective: 99.9, window: 30d, query: 'sum(rate(req{env="\x00environment",code!~"5.."}[5m])) / sum(rate(req{env="\x00environment"}[5m]))'}}
  - {kind: Observability, name: o, spec: {metric_overrides: {postgresql.connections: my_connections}}}
`

// TestAMemoChangesNothing makes sure that what one service is given does not depend on
// those that were made before it.
func TestAMemoChangesNothing(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	services := spectest.Services(t, alike)
	services[slices.IndexFunc(services, func(s *spec.Service) bool { return s.Name.V == "pay" })].Environment = "prod"
	for _, label := range []string{"service", "svc.name"} {
		known := memo.New()
		for _, s := range slices.Concat(services, services) {
			job := generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s), Options: generate.Options{ServiceLabel: label}}
			alone := Generate(job, Kinds())
			job.Metrics, job.Memo = job.Metrics.Remembering(known), known
			if diff := cmp.Diff(alone, Generate(job, Kinds()), cmpopts.EquateComparable()); diff != "" || len(alone.Artefacts) == 0 {
				t.Errorf("%s: -alone +together:\n%s", s.Name.V, diff)
			}
		}
	}
}
