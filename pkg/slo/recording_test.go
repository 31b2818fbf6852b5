package slo

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// recordedServices are the ways to write an indicator, each of the same requests.
const recordedServices = `
-- pay.yaml --
service: {name: pay, team: t, tier: critical, type: api}
resources:
  - {kind: SLO, name: good, spec: {objective: 99.9, window: 30d, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: bad, spec: {objective: 99.9, window: 30d, error_query: 'sum(rate(req_total{code=~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: ratio, spec: {objective: 99.9, window: 30d, query: 'sum(rate(req_total{code!~"5.."}[5m])) / sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: by-zone, spec: {objective: 99.9, window: 30d, query: 'sum by (zone) (rate(req_total{code!~"5.."}[5m])) / sum by (zone) (rate(req_total[5m]))'}}
  - {kind: SLO, name: latency, spec: {objective: 99, window: 30d, threshold_ms: 1000, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(lat_bucket[5m])))'}}
  - {kind: SLO, name: threshold, spec: {objective: 99, window: 30d, indicator: {type: custom, metric: 'max(lag)', threshold: 10}}}
`

func TestRecording(t *testing.T) {
	s := spectest.Services(t, recordedServices)[0]
	series := func(code, zone, values string) string {
		return `req_total{service="pay",code="` + code + `",zone="` + zone + `"} ` + values + "\n"
	}
	fast, slow := `lat_bucket{service="pay",le="1.0"} `, `lat_bucket{service="pay",le="+Inf"} `
	none := math.NaN()
	tests := []struct {
		name, load string
		// total is the number of requests in an hour, ratio the share of bad ones;
		// NaN is no sample.
		total, bad, ratio float64
		only              []string
	}{
		{
			name: "one in ten fails", load: series("200", "a", "0+9x120") + series("500", "a", "0+1x120") +
				fast + "0+9x120\n" + slow + "0+10x120\n" + `lat_count{service="pay"} 0+10x120` + "\n",
			total: 600, bad: 60, ratio: 0.1, only: []string{"good", "bad", "ratio", "by-zone", "latency"},
		},
		{name: "all fail, and no request ever succeeded", load: series("500", "a", "0+5x120"), total: 300, bad: 300, ratio: 1, only: []string{"good", "bad", "ratio", "by-zone"}},
		{name: "none fails, and none ever did", load: series("200", "a", "0+5x120"), total: 300, bad: 0, ratio: 0, only: []string{"good", "bad", "ratio", "by-zone"}},
		{name: "no traffic", load: series("200", "a", "7x120") + series("500", "a", "7x120"), total: 0, bad: 0, ratio: none, only: []string{"good", "bad", "ratio", "by-zone"}},
		{name: "no series", load: "other 1x120\n", total: none, bad: none, ratio: none, only: []string{"good", "bad", "ratio", "by-zone", "latency"}},
		{
			name: "zones are added up", load: series("200", "a", "0+9x120") + series("500", "b", "0+1x120"),
			total: 600, bad: 60, ratio: 0.1, only: []string{"good", "bad", "by-zone"},
		},
		{name: "two fifths of the time over the limit", load: `lag{service="pay"} 1x96 20x23` + "\n", total: none, bad: none, ratio: 0.4, only: []string{"threshold"}},
	}
	for _, test := range tests {
		db := newDatabase(t, "load 1m\n"+test.load)
		for _, name := range test.only {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				r := recordingOf(t, s, name)
				if name == "threshold" {
					if r.Counts() || r.Total(time.Hour) != "" || r.Bad(time.Hour) != "" {
						t.Errorf("a threshold counts events: %q, %q", r.Total(time.Hour), r.Bad(time.Hour))
					}
				} else {
					db.expect(t, r.Total(time.Hour), test.total)
					db.expect(t, r.Bad(time.Hour), test.bad)
				}
				db.expect(t, r.ErrorRatio(time.Hour), test.ratio)
			})
		}
	}
}

// TestRecordingOfANativeHistogram makes sure that a quiet time leaves no NaN in the
// counts, which would stay in every sum over them.
func TestRecordingOfANativeHistogram(t *testing.T) {
	s := spectest.Services(t, `
-- pay.yaml --
service: {name: pay, team: t, tier: critical, type: api}
resources:
  - {kind: SLO, name: latency, spec: {objective: 99, window: 30d, threshold_ms: 1000, latency_query: 'histogram_quantile(0.99, sum(rate(lat[5m])))'}}
`)[0]
	r := recordingOf(t, s, "latency")
	quiet := newDatabase(t, "load 1m\nlat{service=\"pay\"} {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x120\n")
	quiet.expect(t, r.Total(time.Hour), 0)
	quiet.expect(t, r.Bad(time.Hour), 0)
	busy := newDatabase(t, "load 1m\nlat{service=\"pay\"} {{schema:0 sum:0 count:0}}+{{schema:0 sum:5 count:4 buckets:[1 2 1]}}x120\n")
	busy.expect(t, r.Total(time.Hour), 240)
	busy.expect(t, r.ErrorRatio(time.Hour), 0.75)
}

// TestTheErrorRatioIsPrintedForEveryWindow compares what is printed once with what is
// printed for each window.
func TestTheErrorRatioIsPrintedForEveryWindow(t *testing.T) {
	s := spectest.Services(t, recordedServices)[0]
	for _, o := range s.SLOs {
		r := recordingOf(t, s, o.Name.V)
		c, ok := r.indicator.(counts)
		if ok != (r.ratio.text != "") {
			t.Errorf("%s is printed anew for every window", o.Name.V)
		}
		for _, w := range []time.Duration{0, time.Millisecond, 90 * time.Second, 5 * time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 271828183 * time.Millisecond, 75*time.Hour + time.Millisecond} {
			if ok && r.ErrorRatio(w) != c.errorRatio(w) {
				t.Errorf("%s over %s: %s, and not %s", o.Name.V, w, r.ErrorRatio(w), c.errorRatio(w))
			}
		}
	}
}

func TestRecordingSaysWhyNot(t *testing.T) {
	s := spectest.Services(t, `
-- pay.yaml --
service: {name: pay, team: t, tier: critical, type: database}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99, window: 30d}}
`)[0]
	if _, err := NewRecording(s, s.SLOs[0], RecordingOptions{Label: "service"}); err == nil {
		t.Error("an SLO without a query can be recorded")
	}
}

func recordingOf(t *testing.T, s *spec.Service, name string) Recording {
	t.Helper()
	for _, o := range s.SLOs {
		if o.Name.V != name {
			continue
		}
		r, err := NewRecording(s, o, RecordingOptions{Label: "service"})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	t.Fatalf("no SLO %s", name)
	return Recording{}
}

// expect evaluates an expression after two hours; NaN is no sample.
func (db *database) expect(t *testing.T, expr string, want float64) {
	t.Helper()
	query, err := db.engine.NewInstantQuery(context.Background(), db.storage, nil, expr, time.Unix(0, 0).Add(2*time.Hour))
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	defer query.Close()
	vector, err := query.Exec(context.Background()).Vector()
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	switch {
	case math.IsNaN(want) && len(vector) == 0:
	case len(vector) != 1:
		t.Errorf("%s has %d series, want %g", expr, len(vector), want)
	case vector[0].Metric.Len() != 0:
		t.Errorf("%s keeps the labels %s", expr, vector[0].Metric)
	case math.Abs(vector[0].F-want) > 1e-6*max(1, want):
		t.Errorf("%s = %g, want %g", expr, vector[0].F, want)
	}
}
