package pipeline

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// BenchmarkGenerate makes the artefacts of one of many services, kind by kind and
// all of them.
func BenchmarkGenerate(b *testing.B) {
	kinds, err := bundle.Select(nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range kinds {
		b.Run(string(kind), func(b *testing.B) { benchmarkGenerate(b, []generate.Kind{kind}) })
	}
	b.Run("all", func(b *testing.B) { benchmarkGenerate(b, kinds) })
}

func benchmarkGenerate(b *testing.B, kinds []generate.Kind) {
	catalog, err := tech.Load()
	if err != nil {
		b.Fatal(err)
	}
	g := &Generation{Catalog: catalog, Kinds: kinds, Dir: "generated", Read: func(string) ([]byte, error) { return nil, fs.ErrNotExist }}
	services := benchmarked(b, 20)
	r := &run{o: Options{Generation: g}}
	for b.Loop() {
		for range 5 {
			r.makeAll(b.Context(), services, newFaults(nil))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*5*len(services)), "µs/service")
}

// benchmarked returns services with three SLOs and a dependency.
func benchmarked(b *testing.B, n int) []*spec.Service {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `
-- s%d.yaml --
service: {name: s%d, team: core, tier: critical, type: api}
resources:
  - kind: SLO
    name: availability
    spec:
      objective: 99.9
      window: 30d
      indicator:
        query: |
          sum(rate(http_requests_total{service="${service}",status!~"5.."}[5m]))
          /
          sum(rate(http_requests_total{service="${service}"}[5m]))
  - kind: SLO
    name: latency
    spec:
      objective: 99
      window: 30d
      indicator: {type: latency, threshold_ms: 250, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="${service}"}[5m])))'}
  - kind: SLO
    name: jobs
    spec: {objective: 99.5, window: 30d, total_query: 'sum(rate(jobs_total{service="${service}"}[5m]))', error_query: 'sum(rate(jobs_failed_total{service="${service}"}[5m]))'}
  - kind: Dependencies
    name: upstream
    spec: {databases: [{name: main, type: postgresql, selector: {job: main}}]}
`, i, i)
	}
	return spectest.Load(b, text.String(), "").Services
}
