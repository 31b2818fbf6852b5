package slo

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/spec/spectest"
)

func TestParts(t *testing.T) {
	const good, bad, total = `sum(rate(req_total{code!~"5..",service="pay"}[5m]))`, `sum(rate(req_total{code=~"5..",service="pay"}[5m]))`, `sum(rate(req_total{service="pay"}[5m]))`
	s := spectest.Services(t, recordedServices)[0]
	for name, want := range map[string]Parts{
		"good":  {Good: good, Total: total},
		"bad":   {Bad: bad, Total: total},
		"ratio": {Good: good, Total: total},
		"latency": {
			Good:  `sum(increase(lat_bucket{le=~"1|1\\.0",service="pay"}[5m]))`,
			Total: `sum(increase(lat_count{service="pay"}[5m]))`,
		},
		"threshold": {Metric: `max(lag{service="pay"})`, Op: "<=", Limit: 10},
	} {
		if diff := cmp.Diff(want, recordingOf(t, s, name).Parts()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// TestPartsOfWhatIsNotCounted makes sure that there are parts for a native histogram,
// and for a ratio that has a value at each moment only.
func TestPartsOfWhatIsNotCounted(t *testing.T) {
	s := spectest.Services(t, `
-- pay.yaml --
service: {name: pay, team: t, tier: critical, type: api}
resources:
  - {kind: SLO, name: native, spec: {objective: 99, window: 30d, threshold_ms: 300, latency_query: 'histogram_quantile(0.99, sum(rate(lat[5m])))'}}
  - {kind: SLO, name: opaque, spec: {objective: 99, window: 30d, query: 'avg(up)'}}
  - {kind: SLO, name: most, spec: {objective: 99, window: 30d, good_query: 'max(rate(g_total[5m]))', total_query: 'max(rate(t_total[5m]))'}}
`)[0]
	const count = `histogram_count(sum(increase(lat{service="pay"}[5m])))`
	for name, want := range map[string]Parts{
		"native": {Bad: `((1 - histogram_fraction(0, 0.3, sum(increase(lat{service="pay"}[5m])))) * ` + count + ` >= 0) or ` + count + ` * 0`, Total: count},
		"opaque": {Ratio: `(avg(up{service="pay"}))`},
		"most":   {Ratio: `sum(max(rate(g_total{service="pay"}[5m]))) / sum(max(rate(t_total{service="pay"}[5m])))`},
	} {
		if diff := cmp.Diff(want, recordingOf(t, s, name).Parts()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// TestThresholdsKeepTheirDigits makes sure that a threshold in the histogram's own
// unit is the boundary that it names.
func TestThresholdsKeepTheirDigits(t *testing.T) {
	for seconds, want := range map[float64]float64{0.4232: 423.2, 0.3: 300, 1: 1000, 0.0021: 2.1} {
		if got := times(seconds, 1000); got != want {
			t.Errorf("%v s are %v ms, not %v", seconds, got, want)
		}
	}
}
