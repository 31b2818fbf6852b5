package slo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// rules prints recorded counts of the SLO: 500 events in 5 minutes, 5 of them
// bad, so that they tell 0.99 where the raw counters tell 0.999.
func rules(slo, values, bad string) string {
	return fmt.Sprintf(`
  slo:events_total:increase5m{service="api",slo=%q} %s
  slo:events_bad:increase5m{service="api",slo=%q} %s
`, slo, values, slo, bad)
}

func TestRecordedCounts(t *testing.T) {
	raw := goodTotal(`sum(rate(http_requests_total{code!~"5.."}[5m]))`, `sum(rate(http_requests_total[5m]))`)
	young := goodTotal(`sum(rate(young_total{code!~"5.."}[5m]))`, `sum(rate(young_total[5m]))`)
	const load = traffic + `
  young_total{service="api",code="200"} 0 stale _x839 0+99x600
  young_total{service="api",code="500"} 0 stale _x839 0+1x600
`
	recorded := func(sli float64) want {
		return want{report.StateOK, report.StatusExhausted, sli, methodRecorded, ""}
	}
	events := func(sli float64) want {
		return want{report.StateOK, report.StatusExhausted, sli, methodEvents, ""}
	}
	for _, tc := range []struct {
		name      string
		load      string
		indicator spec.Indicator
		want      want
	}{
		{"cover the window", rules("availability", "500x1440", "5x1440"), raw, recorded(0.99)},
		{"everything failed", rules("availability", "500x1440", "500x1440"), raw, recorded(0)},
		{"one reload of the rules", rules("availability", "500x700 _x12 500x727", "5x700 _x12 5x727"), raw, recorded(0.99)},
		{"of another SLO", rules("latency", "500x1440", "5x1440"), raw, events(0.999)},
		{"since four hours only", rules("availability", "0 stale _x1199 500x240", "0 stale _x1199 5x240"), raw, events(0.999)},
		{"with half a day missing", rules("availability", "500x500 _x700 500x239", "5x500 _x700 5x239"), raw, events(0.999)},
		{"bad events since four hours only", rules("availability", "500x1440", "0 stale _x1199 5x240"), raw, events(0.999)},
		{"total without bad", `
  slo:events_total:increase5m{service="api",slo="availability"} 500x1440
`, raw, events(0.999)},
		{
			"as old as the service", rules("availability", "0 stale _x839 500x600", "0 stale _x839 1x600"), young,
			want{report.StateOK, report.StatusExhausted, 0.998, methodRecorded, "only about 10h"},
		},
		{"ended 55 minutes ago", rules("availability", "500x1385", "0x1385"), raw, events(0.999)},
		{"missing two of the last six hours", rules("availability", "500x1200 _x120 500x119", "0x1200 _x120 0x119"), raw, events(0.999)},
		{"no traffic", rules("availability", "0x1440", "0x1440"), raw, want{report.StateNoTraffic, report.StatusHealthy, 1, methodRecorded, "no events"}},
		{
			"no errors, from a misspelt error counter", rules("availability", "500x1440", "0x1440"),
			badTotal(`sum(rate(failurs_total[5m]))`, `sum(rate(http_requests_total[5m]))`),
			want{report.StateNoData, report.StatusUnknown, nan, methodRecorded, "failurs_total"},
		},
		{"of a latency SLO, whatever the buckets", rules("availability", "500x1440", "5x1440"), latencyOf(quantile("lost_bucket"), 0.3), recorded(0.99)},
		{
			"not for a threshold", rules("availability", "500x1440", "5x1440"), thresholdOf(`queue_depth{queue="a"}`, "<=", 10),
			want{report.StateOK, report.StatusExhausted, 0.5, methodThreshold, ""},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.want.check(t, newDatabase(t, load+tc.load).measure(t, tc.indicator, day))
		})
	}
}

// TestLongQuestionsAreAskedOfCountsThatAreCurrent makes sure that a server without
// recorded counts is not asked for a month of them, and one that has them in one round.
func TestLongQuestionsAreAskedOfCountsThatAreCurrent(t *testing.T) {
	at := time.Unix(0, 0).Add(day)
	indicator := goodTotal(`sum(rate(http_requests_total{code!~"5.."}[5m]))`, `sum(rate(http_requests_total[5m]))`)
	for load, want := range map[string][]string{
		traffic + rules("availability", "500x1440", "5x1440"): {"coverage/6h coverage/1h", "sli! 1h 6h 3d coverage/1d!"},
		traffic: {"coverage/6h coverage/1h", "sli! 1h 6h 3d middle"},
	} {
		db := newDatabase(t, load)
		m := New(api(), declared(t, indicator, "99.9", "1d"), Options{Label: "service", At: at})
		for i, round := range want {
			var asked []string
			answers := map[string]Answer{}
			for _, q := range m.Questions() {
				asked = append(asked, q.ID+map[bool]string{true: "!"}[q.Long])
				answers[q.ID] = db.answer(t, q, at)
			}
			if got := strings.Join(asked, " "); !strings.HasPrefix(got, round) {
				t.Errorf("round %d asks %s, want %s", i+1, got, round)
			}
			m.Take(answers)
		}
	}
}

func TestRecordedQueryNamesTheSLO(t *testing.T) {
	db := newDatabase(t, traffic+rules("availability", "500x1440", "5x1440")+rules("latency", "500x1440", "50x1440"))
	got := db.measure(t, goodTotal(`http_requests_total{code="200"}`, `http_requests_total`), day)
	answer := db.answer(t, Question{Expr: got.Query}, time.Unix(0, 0).Add(day))
	if len(answer.Samples) != 1 || !near(got.SLI, answer.Samples[0].Value, 1e-9) {
		t.Errorf("SLI %v, but %s answers %+v", num(got.SLI), got.Query, answer.Samples)
	}
	if !near(got.BurnRate.Hour1, 10, 1e-9) || !near(got.BurnRate.Day3, 10, 1e-9) {
		t.Errorf("burn rates %v and %v, want 10", num(got.BurnRate.Hour1), num(got.BurnRate.Day3))
	}
}

// TestRecordedCountsOfAnEnvironment makes sure that the counts of staging are not added
// to those of production, in the same server.
func TestRecordedCountsOfAnEnvironment(t *testing.T) {
	prod, staging := rules("availability", "500x1440", "5x1440"), rules("availability", "500x1440", "500x1440")
	db := newDatabase(t, traffic+strings.ReplaceAll(prod, "{", `{env="prod",`)+strings.ReplaceAll(staging, "{", `{env="staging",`))
	for environment, sli := range map[string]float64{"prod": 0.99, "staging": 0} {
		service := api()
		service.Environment = environment
		at := time.Unix(0, 0).Add(day)
		i := goodTotal(`http_requests_total{code="200"}`, `http_requests_total`)
		got := db.run(t, New(service, declared(t, i, "99.9", "1d"), Options{Label: "service", At: at}), at)
		want{report.StateOK, report.StatusExhausted, sli, methodRecorded, ""}.check(t, got)
	}
}

func TestRecordedCountsAskLittleOfTheRawMetrics(t *testing.T) {
	db := newDatabase(t, traffic+rules("availability", "500x1440", "5x1440"))
	db.measure(t, goodTotal(`http_requests_total{code="200"}`, `http_requests_total`), day)
	for _, expr := range db.asked {
		if strings.Contains(expr, "http_requests_total") {
			t.Errorf("asked %s although the recorded counts cover the window", expr)
		}
	}
}

func TestCoverageSteps(t *testing.T) {
	at := time.Date(2026, 5, 20, 7, 3, 1, 0, time.UTC)
	for _, tc := range []struct {
		window time.Duration
		step   time.Duration
		steps  float64
	}{
		{time.Hour, 5 * time.Minute, 12},
		{day, 10 * time.Minute, 144},
		{30 * day, 6 * time.Hour, 120},
		{90 * day, 6 * time.Hour, 360},
	} {
		if got := coverageStep(tc.window); got != tc.step {
			t.Errorf("step over %s = %s, want %s", tc.window, got, tc.step)
		}
		if got := steps(at, tc.window); got != tc.steps {
			t.Errorf("steps over %s = %v, want %v", tc.window, got, tc.steps)
		}
	}
}

func TestDoubtAboutTheHistoryMeansRawMetrics(t *testing.T) {
	young := goodTotal(`sum(rate(young_total{code="200"}[5m]))`, `sum(rate(young_total[5m]))`)
	db := newDatabase(t, `
load 1m
  young_total{service="api",code="200"} 0 stale _x1199 0+9x240
  young_total{service="api",code="500"} 0 stale _x1199 0+1x240
`+rules("availability", "0 stale _x1199 500x240", "0 stale _x1199 5x240"))
	for name, spoil := range map[string]Answer{"error": {Err: errDown}, "partial": {Warnings: []string{"partial"}}} {
		db.change = func(q Question, a Answer) Answer {
			if q.ID == "history" {
				return spoil
			}
			return a
		}
		if got := db.measure(t, young, day); got.Method != methodEvents || !near(got.SLI, 0.9, 1e-6) {
			t.Errorf("%s: method %s, SLI %v; want the raw metrics' 0.9", name, got.Method, num(got.SLI))
		}
	}
}
