package slo

import (
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// noteCodes returns the codes of the notes of a result.
func noteCodes(r report.SLO) string {
	var out []string
	for _, n := range r.Notes {
		out = append(out, n.Code)
	}
	return strings.Join(out, " ")
}

// TestFilterOnALabelThatDoesNotExist measures services that fail all the time by
// filters that cannot see it.
func TestFilterOnALabelThatDoesNotExist(t *testing.T) {
	db := newDatabase(t, `
load 1m
  http_requests_total{service="api",code="500"} 0+10x1440
  mixed_total{service="api",code="200"} 0+5x1440
  mixed_total{service="api",code="500"} 0+5x1440
  worded_total{service="api",status="failure"} 0+10x1440
  classes_total{service="api",code="5xx"} 0+10x1440
  clean_total{service="api",code="200"} 0+10x1440
  late_total{service="api",code="200"} 0+10x1440
  late_total{service="api",code="503",pod="gone"} 5+0x700
  otel_total{service="api"} 0+10x1440
  failures_total{service="api",reason="timeout"} 0+0x1440
`)
	all := func(name string) string { return "sum(rate(" + name + `{service="api"}[5m]))` }
	with := func(name, matcher string) string { return "sum(rate(" + name + `{service="api",` + matcher + "}[5m]))" }
	const no = report.StateNoData
	for _, tc := range []struct {
		name      string
		indicator spec.Indicator
		state     report.SLOState
		detail    string
	}{
		{
			"good excludes by it", goodTotal(with("http_requests_total", `status!~"5.."`), all("http_requests_total")), no,
			`no series of http_requests_total{service="api"} had the label status in the last 1d, so status!~"5.." cannot tell failures from successes: correct the label in the SLO's query; the series have the label code (500)`,
		},
		{"bad selects by it", badTotal(with("mixed_total", `status=~"5.."`), all("mixed_total")), no, "had the label status"},
		{"good selects by it", goodTotal(with("mixed_total", `status="200"`), all("mixed_total")), no, "had the label status"},
		{"bad selects by it, with a default", badTotal(with("mixed_total", `cod=~"5.."`)+" or vector(0)", all("mixed_total")), no, "had the label cod "},
		{"in a ratio", ratioOf(with("http_requests_total", `status!~"5.."`) + " / " + all("http_requests_total")), no, "had the label status"},
		{"in a complement", ratioOf("1 - " + with("http_requests_total", `status=~"5.."`) + " / " + all("http_requests_total")), no, "had the label status"},
		{"in good and bad", ratioOf(with("mixed_total", `code="200"`) + " / (" + with("mixed_total", `code="200"`) + " + " + with("mixed_total", `cod=~"5.."`) + ")"), no, "had the label cod "},
		{"class of codes where there are codes", badTotal(with("mixed_total", `code="5xx"`), all("mixed_total")), no, `code="5xx" never takes values of the kind that the label code of mixed_total{service="api"} has (200, 500)`},
		{"codes where there are words", goodTotal(with("worded_total", `status!~"5.."`), all("worded_total")), no, "(failure)"},
		{"codes that classes match too", goodTotal(with("classes_total", `code!~"5.."`), all("classes_total")), report.StateOK, ""},
		{"no error so far", badTotal(with("clean_total", `code=~"5.."`), all("clean_total")), report.StateOK, ""},
		{"no error so far, excluded", goodTotal(with("clean_total", `code!~"5.."`), all("clean_total")), report.StateOK, ""},
		{"label that only failures carry", badTotal(with("otel_total", `error_type!=""`), all("otel_total")), report.StateOK, ""},
		{"counter of its own without this kind", badTotal(with("failures_total", `kind="timeout"`), all("clean_total")), no, "had the label kind"},
		{"matcher on both sides", badTotal(with("clean_total", `code=~"2..",pod!="x",code!="200"`), with("clean_total", `pod!="x"`)), report.StateOK, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := db.measure(t, tc.indicator, day)
			if got.State != tc.state || !strings.Contains(got.Detail, tc.detail) {
				t.Errorf("%s, SLI %v: %q; want %s: %q", got.State, num(got.SLI), got.Detail, tc.state, tc.detail)
			}
		})
	}
}

func TestFilterIsAskedForOverTheWindowOnlyInDoubt(t *testing.T) {
	i := badTotal(`sum(rate(clean_requests_total{code=~"5.."}[5m]))`, `sum(rate(clean_requests_total[5m]))`)
	db := newDatabase(t, traffic)
	if got := db.measure(t, i, day); got.State != report.StateOK {
		t.Fatalf("%s: %s", got.State, got.Detail)
	}
	for _, expr := range db.asked {
		if strings.Contains(expr, "present_over_time") && strings.Contains(expr, "[1d]") {
			t.Errorf("a healthy service is asked %s", expr)
		}
	}
	db.change = func(q Question, a Answer) Answer {
		if strings.HasPrefix(q.ID, "filter/") {
			return Answer{Err: errDown}
		}
		return a
	}
	if got := db.measure(t, i, day); got.State != report.StateError {
		t.Errorf("without an answer about the label: %s", got.State)
	}
	db.change = func(q Question, a Answer) Answer {
		if strings.HasPrefix(q.ID, "filter/") {
			return Answer{Warnings: []string{"partial"}}
		}
		return a
	}
	if got := db.measure(t, i, day); got.State != report.StateNoData || !strings.Contains(got.Detail, "may be partial") {
		t.Errorf("with a partial answer about the label: %s, %q", got.State, got.Detail)
	}
}

func TestServiceWhoseSamplesEndedIsUnknown(t *testing.T) {
	const load = `
load 1m
  http_requests_total{service="api",code="200"} 0+10x1370
  http_requests_total{service="api",code="500"} 0+0x1370
  depth{service="api"} 1x1370
  idle_total{service="api",code="200"} 5+0x1440
  quiet_good{service="api"} 0+10x1000 10000+0x440
  quiet_all{service="api"} 0+10x1000 10000+0x440
  half_good{service="api"} 0+10x1370
  half_all{service="api"} 0+10x1440
`
	db := newDatabase(t, load)
	mean := func(good, all string) spec.Indicator {
		return ratioOf("clamp_max(sum(rate(" + good + "[5m])) / sum(rate(" + all + "[5m])), 1)")
	}
	for _, tc := range []struct {
		name      string
		indicator spec.Indicator
		state     report.SLOState
		detail    string
		burn      float64
	}{
		{"counts", goodTotal(`http_requests_total{code!~"5.."}`, `http_requests_total`), report.StateNoData, `http_requests_total{service="api"} has no sample in the last 1h, the newest is from about 1970-01-01 22:50 UTC`, nan},
		{"threshold", thresholdOf("depth", "<=", 5), report.StateNoData, `depth{service="api"} has no sample in the last 1h`, nan},
		{"mean of a ratio", mean("http_requests_total", "http_requests_total"), report.StateNoData, "has no sample in the last 1h", nan},
		{"no traffic is no silence", goodTotal(`idle_total{code!~"5.."}`, `idle_total`), report.StateNoTraffic, "no events", 0},
		{"mean of a ratio without traffic lately", mean("quiet_good", "quiet_all"), report.StateOK, "mean of its value", 0},
		{"mean of a ratio without its numerator lately", mean("half_good", "half_all"), report.StateOK, "the burn rate over 1h is not known", nan},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := db.measure(t, tc.indicator, day)
			if got.State != tc.state || !strings.Contains(got.Detail, tc.detail) {
				t.Errorf("%s, %q; want %s, %q", got.State, got.Detail, tc.state, tc.detail)
			}
			if !near(got.BurnRate.Hour1, tc.burn, 1e-9) {
				t.Errorf("burn rate over 1h = %v, want %v", num(got.BurnRate.Hour1), tc.burn)
			}
		})
	}
	db.change = func(q Question, a Answer) Answer {
		if q.ID == "fresh" {
			return Answer{Err: errDown}
		}
		return a
	}
	got := db.measure(t, goodTotal(`http_requests_total{code="200"}`, `http_requests_total`), day)
	if got.BurnRate.Hour1 != nil || noteCodes(got) != report.NoteBurnUnknown {
		t.Errorf("unknown freshness gives the burn rate %v, notes %q", num(got.BurnRate.Hour1), noteCodes(got))
	}
}

func TestBurnRateIsUnknownWithoutAnAnswer(t *testing.T) {
	i := goodTotal(`sum(rate(http_requests_total{code="200"}[5m]))`, `sum(rate(http_requests_total[5m]))`)
	sample := func(v ...float64) Answer {
		a := Answer{}
		for _, v := range v {
			a.Samples = append(a.Samples, Sample{Value: v})
		}
		return a
	}
	for _, tc := range []struct {
		name   string
		answer Answer
		want   float64 // NaN is unknown
	}{
		{"failed", Answer{Err: errDown}, nan},
		{"partial", Answer{Warnings: []string{"w"}, Samples: sample(1).Samples}, nan},
		{"two series", sample(1, 1), nan},
		{"no ratio", sample(2), nan},
		{"NaN although there is traffic", sample(nan), nan},
		{"one event too many", sample(1.01), 0},
		{"more failures than events", sample(-0.01), 1000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			db := newDatabase(t, traffic)
			db.change = func(q Question, a Answer) Answer {
				if q.ID == "1h" {
					return tc.answer
				}
				return a
			}
			got := db.measure(t, i, day)
			if got.State != report.StateOK || !near(got.BurnRate.Hour1, tc.want, 1e-6) {
				t.Errorf("%s, burn rate %v, want %v", got.State, num(got.BurnRate.Hour1), tc.want)
			}
			if unknown := tc.want != tc.want; unknown != strings.Contains(noteCodes(got), report.NoteBurnUnknown) {
				t.Errorf("notes %q", noteCodes(got))
			}
		})
	}
}

func TestShortHistoryIsSaid(t *testing.T) {
	db := newDatabase(t, `
load 5m
  hour_total{service="api",code="200"} 0 stale _x8626 0+10x12
  week_total{service="api",code="200"} 0 stale _x6622 0+10x2016
  most_total{service="api",code="200"} 0 stale _x2878 0+10x5760
`)
	at := time.Unix(0, 0).Add(30 * day)
	for name, want := range map[string]string{"hour": "only about 1h", "week": "only about 7d", "most": ""} {
		i := goodTotal(`sum(rate(`+name+`_total{code!~"5.."}[5m]))`, `sum(rate(`+name+`_total[5m]))`)
		got := db.measureOver(t, i, "99", "30d", at)
		if got.State != report.StateOK || !strings.Contains(got.Detail, want) || (want == "") != (noteCodes(got) == "") {
			t.Errorf("%s: %s, %q, notes %q; want %q", name, got.State, got.Detail, noteCodes(got), want)
		}
	}
}

func TestPartialAnswerIsNoted(t *testing.T) {
	db := newDatabase(t, traffic)
	db.change = func(q Question, a Answer) Answer {
		if q.ID == "sli" {
			a.Warnings = []string{"store 2 is down"}
		}
		return a
	}
	got := db.measure(t, goodTotal(`http_requests_total{code="200"}`, `http_requests_total`), day)
	if noteCodes(got) != report.NotePartial || !strings.Contains(got.Detail, "store 2 is down") {
		t.Errorf("notes %q, detail %q", noteCodes(got), got.Detail)
	}
}

func TestInventedValuesAreRefused(t *testing.T) {
	const good, bad, total = `sum(rate(a_total{code="200"}[5m]))`, `sum(rate(a_total{code="500"}[5m]))`, `sum(rate(a_total[5m]))`
	for _, tc := range []struct {
		indicator spec.Indicator
		detail    string
	}{
		{ratioOf("(" + good + " / " + total + ") or vector(1)"), `remove "or vector(1)"`},
		{ratioOf(good + " / " + total + " or on() vector(1)"), "vector(1)"},
		{ratioOf("clamp_max(" + good + " / " + total + " or vector(0.999), 1)"), "vector(0.999)"},
		{ratioOf("1 - (" + bad + " / " + total + " or vector(0))"), "vector(0)"},
		{ratioOf("1 - (my_error_ratio or vector(0))"), "vector(0)"},
		{ratioOf(good + " / " + total + " or absent(a_total)"), "absent(a_total"},
		{ratioOf(good + " / " + total + " or up * 0 + 1"), "* 0 + 1"},
		{ratioOf(good + " / (" + total + " or vector(1))"), "vector(1)"},
		{ratioOf("absent(a_total)"), "the same value whatever happens"},
		{goodTotal(good+" or vector(1)", total), "good_query falls back to vector(1)"},
		{goodTotal(good, total+" or vector(1)"), "total_query falls back"},
		{ratioOf(good + " / " + total + " >= 0.999"), "remove the comparison"},
	} {
		m := New(api(), declared(t, tc.indicator, "99", "1d"), Options{Label: "service", At: time.Unix(0, 0)})
		got := m.Result()
		if got.State != report.StateNotComputable || !strings.Contains(got.Detail, tc.detail) || len(m.Questions()) > 0 {
			t.Errorf("%s: %s, %q; want %q", tc.indicator.Ratio.V, got.State, got.Detail, tc.detail)
		}
	}
	for _, fine := range []spec.Indicator{
		ratioOf("1 - (" + bad + " or vector(0)) / " + total),
		ratioOf("clamp_max((" + good + " or vector(0)) / " + total + ", 1)"),
		ratioOf("(" + total + " - (" + bad + " or vector(0))) / " + total),
		ratioOf(good + " / " + total + " >= bool 0.999"),
		goodTotal(good+" or vector(0)", total),
	} {
		if m := New(api(), declared(t, fine, "99", "1d"), Options{Label: "service", At: time.Unix(0, 0)}); len(m.Questions()) == 0 {
			t.Errorf("%s%s is refused: %s", fine.Ratio.V, fine.Good.V, m.Result().Detail)
		}
	}
}

func TestBucketLayoutThatChangedIsNoSLI(t *testing.T) {
	db := newDatabase(t, `
load 1m
  h_bucket{service="api",le="0.3"} 0+9x960 stale
  h_bucket{service="api",le="0.25"} 0 stale _x958 0+9x480
  h_bucket{service="api",le="0.5"} 0 stale _x958 0+10x480
  h_bucket{service="api",le="+Inf"} 0+10x1440
  h_count{service="api"} 0+10x1440
  up_bucket{service="api",le="1"} 0+9x960 stale
  up_bucket{service="api",le="1.0"} 8640 stale _x958 8640+9x480
  up_bucket{service="api",le="+Inf"} 0+10x1440
  up_count{service="api"} 0+10x1440
`)
	got := db.measure(t, latencyOf(quantile("h_bucket"), 0.3), day)
	const want = "changed in the last 1d, so requests under 300ms cannot be counted over all of it: now there are le=+Inf, 0.25, 0.5; gone are le=0.3"
	if got.State != report.StateNotComputable || !strings.Contains(got.Detail, want) {
		t.Errorf("%s, SLI %v: %s", got.State, num(got.SLI), got.Detail)
	}
	if got := db.measure(t, latencyOf(quantile("up_bucket"), 1), day); got.State != report.StateOK || !near(got.SLI, 0.9, 0.01) {
		t.Errorf("a boundary that is spelled another way since an upgrade: %s, SLI %v, %s", got.State, num(got.SLI), got.Detail)
	}
}

func TestBucketFarAboveTheThresholdIsNoted(t *testing.T) {
	db := newDatabase(t, histograms)
	for limit, code := range map[float64]string{0.2: report.NoteBoundary, 0.3: report.NoteFarBoundary, 0.25: ""} {
		got := db.measure(t, latencyOf(quantile(`h_seconds_bucket`), limit), day)
		if noteCodes(got) != code {
			t.Errorf("threshold %v: notes %q (%s), want %q", limit, noteCodes(got), got.Detail, code)
		}
	}
}

func TestExcessIsPrintedInFull(t *testing.T) {
	db := newDatabase(t, traffic)
	db.change = func(q Question, a Answer) Answer {
		if q.ID == "sli" {
			a.Samples = []Sample{{Value: 1.0012345}}
		}
		return a
	}
	got := db.measure(t, goodTotal(`clean_requests_total{code="200"}`, `clean_requests_total`), day)
	if !strings.Contains(got.Detail, "1.0012345") || strings.Contains(got.Detail, "* 100") {
		t.Errorf("detail %q", got.Detail)
	}
}
