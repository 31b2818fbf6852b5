package dashboard

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/promqltest"
)

// asked asks a server that has the series, one sample a minute, for a query of a
// dashboard, two hours after the first. It returns the series as text.
func asked(t *testing.T, series, query string) []string {
	t.Helper()
	storage := promqltest.LoadedStorage(t, strings.ReplaceAll("load 1m\n"+series, "\n\n", "\n"))
	t.Cleanup(func() { _ = storage.Close() })
	q, err := promqltest.NewTestEngine(t, false, 0, 1e6).NewInstantQuery(context.Background(), storage, nil, query, time.Unix(7200, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	r := q.Exec(context.Background())
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	vector, err := r.Vector()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range vector {
		out = append(out, fmt.Sprintf("%s %.4f", s.Metric, s.F))
	}
	return out
}

// TestObjectives makes sure that the panels of an SLO show one series, whether the
// recording rules are there, the metrics, or both, and none without traffic.
func TestObjectives(t *testing.T) {
	const (
		rules = `
  slo:sli_error:ratio_rate30d{service="pay",slo="availability",team="old"} 0.002x60 stale
  slo:sli_error:ratio_rate30d{service="pay",slo="availability",team="new"} _x70 0.002x60
  slo:sli_error:ratio_rate1h{service="pay",slo="availability",team="new"} 0.003x130
  slo:period_error_budget_remaining:ratio{service="pay",slo="availability",team="new"} -1x130
  slo:sli_error:ratio_rate1h{service="pay",slo="latency"} 0.9x130
`
		metrics = `
  http_requests_total{service="pay",status="200",pod="a"} 0+99x130
  http_requests_total{service="pay",status="500",pod="b"} 0+1x130
  http_requests_total{service="other",status="500"} 0+100x130
`
		broken = `
  http_requests_total{service="pay",status="500"} 0+10x130
`
		quiet = `
  http_requests_total{service="pay",status="200"} 5x130
`
	)
	tests := map[string]map[string][]string{
		rules: {
			"availability over 30d": {"{} 0.9980"}, "availability error budget": {"{} -1.0000"},
			"availability by the hour": {"{} 0.9970"}, "availability burn rate": {"{} 3.0000"},
		},
		metrics: {
			"availability over 30d": {"{} 0.9900"}, "availability error budget": {"{} -9.0000"},
			"availability by the hour": {"{} 0.9900"}, "availability burn rate": {"{} 10.0000"}, "Error Ratio": {"{} 0.0100"},
		},
		rules + metrics: {"availability over 30d": {"{} 0.9980"}, "availability by the hour": {"{} 0.9970"}, "availability burn rate": {"{} 3.0000"}},
		broken:          {"availability by the hour": {"{} 0.0000"}, "Error Ratio": {"{} 1.0000"}},
		quiet:           {"availability by the hour": nil, "availability error budget": nil, "Error Ratio": nil},
		`
  http_requests_total{service="pay",status="200"} 0+10x130
`: {"availability by the hour": {"{} 1.0000"}, "Error Ratio": {"{} 0.0000"}},
	}
	d, _ := generated(t, jobOf(t, load(t, rich, ""), nil))
	for series, panels := range tests {
		for title, want := range panels {
			q := queriesIn(titled(t, d, title))[0]
			if diff := cmp.Diff(want, asked(t, series, interpolated(d, q.Expr))); diff != "" {
				t.Errorf("%s with%s: -want +got:\n%s", title, series, diff)
			}
		}
	}
}
