package slo

import (
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// histograms is one day of 10 requests a minute: 5 up to 0.1 s, 8 up to 0.25 s,
// 9 up to 1 s, 10 up to 5 s.
const histograms = `
load 1m
  h_seconds_bucket{service="api",le="0.1"} 0+5x1440
  h_seconds_bucket{service="api",le="0.25"} 0+8x1440
  h_seconds_bucket{service="api",le="1"} 0+9x1440
  h_seconds_bucket{service="api",le="5.0"} 0+10x1440
  h_seconds_bucket{service="api",le="+Inf"} 0+10x1440
  h_seconds_count{service="api"} 0+10x1440
  h_seconds_bucket{service="other",le="0.5"} 0+5x1440
  h_seconds_count{service="other"} 0+10x1440
  spelled_bucket{service="api",pod="a",le="1"} 0+9x1440
  spelled_bucket{service="api",pod="a",le="+Inf"} 0+10x1440
  spelled_bucket{service="api",pod="b",le="1.0"} 0+7x1440
  spelled_bucket{service="api",pod="b",le="+Inf"} 0+10x1440
  spelled_count{service="api",pod="a"} 0+10x1440
  spelled_count{service="api",pod="b"} 0+10x1440
  science_bucket{service="api",le="2.5e-1"} 0+9x1440
  science_bucket{service="api",le=".5"} 0+10x1440
  science_bucket{service="api",le="+Inf"} 0+10x1440
  science_count{service="api"} 0+10x1440
  rollout_bucket{service="api",pod="old",le="0.1"} 0+5x1440
  rollout_bucket{service="api",pod="old",le="0.5"} 0+9x1440
  rollout_bucket{service="api",pod="old",le="+Inf"} 0+10x1440
  rollout_count{service="api",pod="old"} 0+10x1440
  rollout_bucket{service="api",pod="new",le="0.25"} 0+8x1440
  rollout_bucket{service="api",pod="new",le="0.5"} 0+9x1440
  rollout_bucket{service="api",pod="new",le="+Inf"} 0+10x1440
  rollout_count{service="api",pod="new"} 0+10x1440
  apart_bucket{service="api",pod="old",le="0.5"} 0+9x1440
  apart_bucket{service="api",pod="old",le="+Inf"} 0+10x1440
  apart_count{service="api",pod="old"} 0+10x1440
  apart_bucket{service="api",pod="new",le="0.3"} 0+6x1440
  apart_bucket{service="api",pod="new",le="+Inf"} 0+10x1440
  apart_count{service="api",pod="new"} 0+10x1440
  latency_milliseconds_bucket{service="api",le="250"} 0+8x1440
  latency_milliseconds_bucket{service="api",le="+Inf"} 0+10x1440
  latency_milliseconds_count{service="api"} 0+10x1440
  slow_seconds_bucket{service="api",le="0.25"} 0+0x1440
  slow_seconds_bucket{service="api",le="+Inf"} 0+10x1440
  slow_seconds_count{service="api"} 0+10x1440
  idle_seconds_bucket{service="api",le="0.25"} 3+0x1440
  idle_seconds_bucket{service="api",le="+Inf"} 3+0x1440
  idle_seconds_count{service="api"} 3+0x1440
  infinite_bucket{service="api",le="+Inf"} 0+10x1440
  infinite_count{service="api"} 0+10x1440
  gone_seconds_bucket{service="api",le="0.25"} 0+9x1380
  gone_seconds_bucket{service="api",le="+Inf"} 0+10x1380
  gone_seconds_count{service="api"} 0+10x1380
  native_seconds{service="api"} {{schema:0 count:4 sum:4 buckets:[3 1]}}+{{schema:0 count:4 sum:4 buckets:[3 1]}}x1440
  still_native_seconds{service="api"} {{schema:0 count:4 sum:4 buckets:[3 1]}}x1440
`

func quantile(selector string) string {
	return "histogram_quantile(0.99, sum by (le) (rate(" + selector + "[5m])))"
}

func TestLatency(t *testing.T) {
	db := newDatabase(t, histograms)
	ok := func(sli float64, detail string) want {
		return want{report.StateOK, report.StatusExhausted, sli, methodEvents, detail}
	}
	unknown := func(state report.SLOState, detail string) want {
		return want{state, report.StatusUnknown, nan, "", detail}
	}
	for _, tc := range []struct {
		name      string
		indicator spec.Indicator
		want      want
	}{
		{"threshold on a boundary", latencyOf(quantile(`h_seconds_bucket{service="api"}`), 0.25), ok(0.8, "")},
		{"threshold between boundaries", latencyOf(quantile(`h_seconds_bucket`), 0.3), ok(0.9, "the threshold is 300ms, the next bucket boundary of h_seconds at or above it is 1")},
		{"threshold below all boundaries", latencyOf(quantile(`h_seconds_bucket`), 0.01), ok(0.5, "boundary of h_seconds at or above it is 0.1")},
		{"quantile that lost its le", latencyOf(`histogram_quantile(0.99, sum(rate(h_seconds_bucket[5m])))`, 0.25), ok(0.8, "")},
		{"bare bucket selector", latencyOf(`h_seconds_bucket`, 0.25), ok(0.8, "")},
		{"bare base name of a classic histogram", latencyOf(`h_seconds`, 0.25), ok(0.8, "")},
		{"two spellings of one boundary", latencyOf(quantile(`spelled_bucket`), 1), ok(0.8, "")},
		{"boundary in scientific notation", latencyOf(quantile(`science_bucket`), 0.25), ok(0.9, "")},
		{"boundary without a leading zero", latencyOf(quantile(`science_bucket`), 0.5), want{report.StateOK, report.StatusHealthy, 1, methodEvents, ""}},
		{"boundary that only some series have", latencyOf(quantile(`rollout_bucket`), 0.25), ok(0.9, "at or above it is 0.5")},
		{"boundary that no series have in common", latencyOf(quantile(`apart_bucket`), 0.25), ok(0.6, "at or above it is 0.3")},
		{"histogram in milliseconds", latencyOf(quantile(`latency_milliseconds_bucket`), 0.25), ok(0.8, "")},
		{"all requests are too slow", latencyOf(quantile(`slow_seconds_bucket`), 0.25), ok(0, "")},
		{"service that is down now", latencyOf(quantile(`gone_seconds_bucket`), 0.25), unknown(report.StateNoData, `gone_seconds_count{service="api"} has no sample in the last 1h, the newest is from about 1970-01-01 23:00 UTC`)},
		{"no requests", latencyOf(quantile(`idle_seconds_bucket`), 0.25), want{report.StateNoTraffic, report.StatusHealthy, 1, methodEvents, "no events"}},
		{"threshold above the largest boundary", latencyOf(quantile(`h_seconds_bucket`), 7.5), unknown(report.StateNotComputable, `7500ms lies above the largest bucket boundary of h_seconds, le="5.0"`)},
		{"no finite boundary", latencyOf(quantile(`infinite_bucket`), 1), unknown(report.StateNotComputable, "no finite bucket boundary")},
		{"no histogram", latencyOf(quantile(`lost_seconds_bucket`), 1), unknown(report.StateNoData, `no series match lost_seconds_bucket{service="api"}`)},
		{"no threshold", latencyOf(quantile(`h_seconds_bucket`), 0), unknown(report.StateNotComputable, "add threshold_ms:")},
		{"native histogram", latencyOf(quantile(`native_seconds`), 1), ok(0.75, "")},
		{"bare native histogram", latencyOf(`native_seconds`, 1), ok(0.75, "")},
		{"native histogram without requests", latencyOf(`still_native_seconds`, 1), want{report.StateNoTraffic, report.StatusHealthy, 1, methodEvents, "no events"}},
		{"no native histogram", latencyOf(`lost_seconds`, 1), unknown(report.StateNoData, `lost_seconds{service="api"}`)},
		{"ratio of buckets", latencyOf(`sum(rate(h_seconds_bucket{le="0.25"}[5m])) / sum(rate(h_seconds_count[5m]))`, 0.25), ok(0.8, "")},
		{"summary", latencyOf(`h_seconds{quantile="0.99"}`, 1), unknown(report.StateNotComputable, "reads a summary")},
		{"computed from a quantile", latencyOf(quantile(`h_seconds_bucket`)+" * 1000", 1), unknown(report.StateNotComputable, "no histogram_quantile over the rate of one histogram")},
		{"mean latency", latencyOf(`max(h_seconds_avg)`, 1), unknown(report.StateNotComputable, "no histogram_quantile over the rate of one histogram")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.want.check(t, db.measure(t, tc.indicator, day))
		})
	}
}

func TestLatencyQueryIsOneThatPeopleCanRun(t *testing.T) {
	db := newDatabase(t, histograms)
	got := db.measure(t, latencyOf(quantile(`spelled_bucket{pod!=""}`), 1), day)
	const query = `(sum(increase(spelled_bucket{le=~"1|1\\.0",pod!="",service="api"}[1d])) or sum(increase(spelled_count{pod!="",service="api"}[1d])) * 0) / sum(increase(spelled_count{pod!="",service="api"}[1d]))`
	if got.Query != query {
		t.Errorf("query = %s\nwant    %s", got.Query, query)
	}
	if answer := db.answer(t, Question{Expr: got.Query}, time.Unix(0, 0).Add(day)); len(answer.Samples) != 1 {
		t.Errorf("the query answers %+v", answer)
	}
}

func TestBoundariesAreLookedForInOneDayAtMost(t *testing.T) {
	s := declared(t, latencyOf(quantile(`h_seconds_bucket`), 0.25), "99", "30d")
	m := New(api(), s, Options{Label: "service", At: time.Unix(0, 0).Add(40 * day)})
	m.Take(nil)
	if q := m.Questions(); len(q) != 1 || !strings.Contains(q[0].Expr, `(present_over_time(h_seconds_bucket{service="api"}[1d]))`) {
		t.Errorf("questions: %+v", q)
	}
}
