package slo

import (
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

const day = 24 * time.Hour

// traffic is one day: 100 requests a minute of which 1 in 1000 fails, another
// service, a service without traffic, one that has failed all day, and counters
// under other names.
const traffic = `
load 1m
  http_requests_total{service="api",code="200"} 0+999x1440
  http_requests_total{service="api",code="500"} 0+1x1440
  http_requests_total{service="other",code="200"} 0+5x1440
  http_requests_total{service="other",code="500"} 0+5x1440
  others_total{service="other",code="200"} 0+10x1440
  clean_requests_total{service="api",code="200"} 0+10x1440
  down_requests_total{service="api",code="503"} 0+10x1440
  idle_requests_total{service="api",code="200"} 7+0x1440
  failures_total{service="api"} 0+1x1440
  never_failed_total{service="api",kind="timeout"} 0+0x1440
  successes_total{service="api",kind="ok"} 0+999x1440
  nan_requests_total{service="api"} NaN+1x1440
  queue_depth{service="api",queue="a"} 5x720 50x719
  queue_depth{service="api",queue="b"} 5x1440
`

func TestStates(t *testing.T) {
	db := newDatabase(t, traffic)
	const (
		good  = `sum(rate(http_requests_total{service="api",code!~"5.."}[5m]))`
		bad   = `sum(rate(http_requests_total{service="api",code=~"5.."}[5m]))`
		total = `sum(rate(http_requests_total{service="api"}[5m]))`
		clean = `sum(rate(clean_requests_total{service="api"}[5m]))`
		down  = `sum(rate(down_requests_total{service="api"}[5m]))`
	)
	ok := func(sli float64, status report.SLOStatus) want {
		return want{report.StateOK, status, sli, methodEvents, ""}
	}
	unknown := func(state report.SLOState, detail string) want {
		return want{state, report.StatusUnknown, nan, "", detail}
	}
	for _, tc := range []struct {
		name      string
		indicator spec.Indicator
		want      want
	}{
		{"good over total", goodTotal(good, total), ok(0.999, report.StatusExhausted)},
		{"bad over total", badTotal(bad, total), ok(0.999, report.StatusExhausted)},
		{"ratio is split", ratioOf(good + " / " + total), ok(0.999, report.StatusExhausted)},
		{"complement is split", ratioOf("1 - " + bad + " / " + total), ok(0.999, report.StatusExhausted)},
		{"matcher on the service is added", goodTotal(`sum(rate(http_requests_total{code!~"5.."}[5m]))`, `sum(rate(http_requests_total[5m]))`), ok(0.999, report.StatusExhausted)},
		{"bare counters are counted over the window", goodTotal(`http_requests_total{code!~"5.."}`, `http_requests_total`), ok(0.999, report.StatusExhausted)},
		{"series of a count are added up", goodTotal(`rate(http_requests_total{code!~"5.."}[5m])`, `sum by (code) (rate(http_requests_total[5m]))`), ok(0.999, report.StatusExhausted)},

		{"all requests fail", goodTotal(`sum(rate(down_requests_total{service="api",code="200"}[5m]))`, down), ok(0, report.StatusExhausted)},
		{"all requests fail, in a ratio", ratioOf(`sum(rate(down_requests_total{service="api",code="200"}[5m])) / ` + down), ok(0, report.StatusExhausted)},
		{"all requests fail, grouped ratio", ratioOf(`sum by (service) (rate(down_requests_total{service="api",code="200"}[5m])) / sum by (service) (rate(down_requests_total{service="api"}[5m]))`), ok(0, report.StatusExhausted)},
		{"no request failed", badTotal(`sum(rate(clean_requests_total{service="api",code=~"5.."}[5m]))`, clean), ok(1, report.StatusHealthy)},
		{"no request failed, by default", badTotal(`sum(rate(clean_requests_total{service="api",code=~"5.."}[5m])) or vector(0)`, clean), ok(1, report.StatusHealthy)},
		{"one of two kinds of errors is absent", badTotal(bad+` + sum(rate(http_requests_total{service="api",code="429"}[5m]))`, total), ok(0.999, report.StatusExhausted)},
		{"total is good and bad, without any bad", ratioOf(`sum(rate(clean_requests_total{code="200"}[5m])) / (sum(rate(clean_requests_total{code="200"}[5m])) + sum(rate(clean_requests_total{code="500"}[5m])))`), ok(1, report.StatusHealthy)},
		{"total less good, without any good", badTotal(down+` - sum(rate(down_requests_total{service="api",code="200"}[5m]))`, down), ok(0, report.StatusExhausted)},

		{"own error counter", badTotal(`sum(rate(failures_total[5m]))`, total), ok(0.999, report.StatusExhausted)},
		{"own error counter that stands at 0", badTotal(`sum(rate(never_failed_total[5m]))`, total), ok(1, report.StatusHealthy)},
		{"own error counter without this kind", badTotal(`sum(rate(never_failed_total{kind="reset"}[5m]))`, total), ok(1, report.StatusHealthy)},
		{"error counter misspelt", badTotal(`sum(rate(failurs_total[5m]))`, total), unknown(report.StateNoData, `failurs_total{service="api"} had no series`)},
		{"error counter misspelt, by default", badTotal(`sum(rate(failurs_total[5m])) or vector(0)`, total), unknown(report.StateNoData, "initialise the counter to 0")},
		{"one of two error counters misspelt", badTotal(`sum(rate(failures_total[5m])) + sum(rate(timeoutz_total[5m]))`, total), unknown(report.StateNoData, "timeoutz_total")},
		{"error counter of the total misspelt", ratioOf(`sum(rate(successes_total[5m])) / (sum(rate(successes_total[5m])) + sum(rate(failurs_total[5m])))`), unknown(report.StateNoData, "failurs_total")},
		{"own good counter without this kind", goodTotal(`sum(rate(successes_total{kind="fast"}[5m]))`, total), ok(0, report.StatusExhausted)},
		{"good counter misspelt", goodTotal(`sum(rate(sucesses_total[5m]))`, total), unknown(report.StateNoData, "sucesses_total")},
		{"total misspelt", goodTotal(good, `sum(rate(http_request_total[5m]))`), unknown(report.StateNoData, `http_request_total{service="api"}`)},
		{"metric of another service only", goodTotal(`sum(rate(others_total{code="200"}[5m]))`, `sum(rate(others_total[5m]))`), unknown(report.StateNoData, `others_total{service="api"} in the last 1d: check the metric's name and its label service`)},
		{"sides of a ratio that do not match", ratioOf(`sum by (code) (rate(down_requests_total{code="200"}[5m])) / sum(rate(down_requests_total[5m]))`), unknown(report.StateNoData, "no data")},

		{"errors filtered by something else", badTotal(`sum(rate(clean_requests_total{code="200"}[5m]) > 100)`, clean), unknown(report.StateNoData, "no data")},

		{"no traffic", goodTotal(`sum(rate(idle_requests_total{code="200"}[5m]))`, `sum(rate(idle_requests_total[5m]))`), want{report.StateNoTraffic, report.StatusHealthy, 1, methodEvents, "no events"}},
		{"no traffic and no error series", badTotal(`sum(rate(idle_requests_total{code="500"}[5m]))`, `sum(rate(idle_requests_total[5m]))`), want{report.StateNoTraffic, report.StatusHealthy, 1, methodEvents, "no events"}},
		{"NaN samples", goodTotal(`sum(rate(nan_requests_total[5m]))`, `sum(rate(nan_requests_total[5m]))`), unknown(report.StateNotComputable, "NaN")},

		{"several series", ratioOf(`sum by (code) (rate(http_requests_total[5m])) / sum by (code) (rate(http_requests_total[5m]))`), unknown(report.StateNotComputable, "the query returns 2 series, aggregate it")},
		{"percentage, as it is written", ratioOf("100 * " + good + " / " + total), unknown(report.StateNotComputable, "remove * 100")},
		{"percentage, as it comes out", ratioOf(`avg(queue_depth{queue="b"})`), unknown(report.StateNotComputable, "5, which is not a ratio from 0 to 1: if it is a percentage, remove * 100")},
		{"more good events than events", goodTotal(total+" * 2", good), unknown(report.StateNotComputable, "is not a ratio from 0 to 1")},
		{"more failures than events", badTotal(total, bad), unknown(report.StateNotComputable, "is not a ratio from 0 to 1")},
		{"quantile as a ratio", ratioOf(`histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))`), unknown(report.StateNotComputable, "which is a time and not a ratio")},
		{"summary as a ratio", ratioOf(`max(x_seconds{quantile="0.99"})`), unknown(report.StateNotComputable, "which is a time and not a ratio")},
		{"rate over increase", goodTotal(good, `sum(increase(http_requests_total[5m]))`), unknown(report.StateNotComputable, "use rate() on both sides")},
		{"rate over increase, made up for", goodTotal(good+" * 300", `sum(increase(http_requests_total[5m]))`), want{report.StateOK, report.StatusExhausted, 0.999, methodAveraged, "not sums of rates"}},
		{"number", ratioOf("1"), unknown(report.StateNotComputable, "reads no metric")},
		{"range of samples", ratioOf("http_requests_total[5m]"), unknown(report.StateNotComputable, "put rate()")},
		{"syntax", goodTotal("sum(", total), unknown(report.StateNotComputable, "good_query is not valid PromQL")},
		{"no query", spec.Indicator{Kind: spec.IndicatorNone}, unknown(report.StateNotComputable, "services of type api have no default")},

		{"ratio that cannot be split", ratioOf("clamp_max(" + good + " / " + total + ", 1)"), want{report.StateOK, report.StatusExhausted, 0.999, methodAveraged, "mean of its value"}},
		{"scalar", ratioOf("scalar(" + good + " / " + total + ")"), want{report.StateOK, report.StatusExhausted, 0.999, methodAveraged, "mean of its value"}},
		{"mean without traffic", ratioOf(`max(rate(idle_requests_total[5m])) / max(rate(idle_requests_total[5m]))`), unknown(report.StateNoData, "no data")},
		{"gauges are averaged, not counted", goodTotal(`sum(queue_depth{queue="b"})`, `count(queue_depth{queue="b"}) * 10`), want{report.StateOK, report.StatusExhausted, 0.5, methodAveraged, "not sums of rates"}},

		{"threshold, kept half of the time", thresholdOf(`queue_depth{queue="a"}`, "<=", 10), want{report.StateOK, report.StatusExhausted, 0.5, methodThreshold, ""}},
		{"threshold, kept", thresholdOf(`max(queue_depth)`, "<", 51), want{report.StateOK, report.StatusHealthy, 1, methodThreshold, ""}},
		{"threshold from below", thresholdOf(`min(queue_depth)`, ">=", 5), want{report.StateOK, report.StatusHealthy, 1, methodThreshold, ""}},
		{"threshold of a scalar", thresholdOf(`scalar(queue_depth{queue="a"})`, "<=", 10), want{report.StateOK, report.StatusExhausted, 0.5, methodThreshold, ""}},
		{"threshold of several series", thresholdOf(`queue_depth`, "<=", 10), unknown(report.StateNotComputable, "2 series, aggregate it to one: put max()")},
		{"threshold without samples", thresholdOf(`queue_length`, "<=", 10), unknown(report.StateNoData, "queue_length")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.want.check(t, db.measure(t, tc.indicator, day))
		})
	}
}

func TestNotComputableWithoutAskingAnything(t *testing.T) {
	at := time.Unix(0, 0).Add(day)
	s := declared(t, goodTotal("a", "b"), "99.9", "1d")
	for name, broken := range map[string]func(*spec.SLO){
		"no objective": func(s *spec.SLO) { s.Objective.V = spec.Objective{} },
		"no window":    func(s *spec.SLO) { s.Window.V = spec.Window{} },
		"bad operator": func(s *spec.SLO) { s.Indicator = thresholdOf("a", "==", 1) },
		"no threshold": func(s *spec.SLO) { s.Indicator = latencyOf("a_bucket", 0) },
	} {
		changed := s
		broken(&changed)
		m := New(api(), changed, Options{Label: "service", At: at})
		if got := m.Result(); len(m.Questions()) > 0 || got.State != report.StateNotComputable || got.Detail == "" {
			t.Errorf("%s: %d questions, state %s, detail %q", name, len(m.Questions()), got.State, got.Detail)
		}
	}
}

func TestWhatTheServerCannotSayIsNeverZero(t *testing.T) {
	const total = `sum(rate(clean_requests_total[5m]))`
	noErrors := badTotal(`sum(rate(clean_requests_total{code="500"}[5m]))`, total)
	foreign := badTotal(`sum(rate(never_failed_total{kind="x"}[5m]))`, total)
	fails := func(id string) func(Question, Answer) Answer {
		return func(q Question, a Answer) Answer {
			if q.ID == id {
				return Answer{Err: errDown}
			}
			return a
		}
	}
	warns := func(id string, empty bool) func(Question, Answer) Answer {
		return func(q Question, a Answer) Answer {
			if q.ID == id {
				a.Warnings = []string{"store gateway 2 did not answer"}
				if empty {
					a.Samples = nil
				}
			}
			return a
		}
	}
	for _, tc := range []struct {
		name      string
		indicator spec.Indicator
		change    func(Question, Answer) Answer
		state     report.SLOState
		detail    string
	}{
		{"SLI fails", noErrors, fails("sli"), report.StateError, errDown.Error()},
		{"proof fails", foreign, fails("proof/0"), report.StateError, errDown.Error()},
		{"boundaries fail", latencyOf("x_bucket", 1), fails("boundaries"), report.StateError, errDown.Error()},
		{"traffic fails", goodTotal("idle_requests_total", "idle_requests_total"), fails("events"), report.StateError, errDown.Error()},
		{"coverage fails, raw metrics answer", noErrors, fails("coverage"), report.StateOK, ""},
		{"burn rate fails, SLI stands", noErrors, fails("6h"), report.StateOK, ""},
		{"partial answer without SLI", noErrors, warns("sli", true), report.StateNoData, "may be partial"},
		{"partial answer without errors", noErrors, warns("sli", false), report.StateNoData, "may be partial"},
		{"partial answer without the metric", foreign, warns("proof/0", true), report.StateNoData, "may be partial"},
		{"partial answer without buckets", latencyOf("x_bucket", 1), warns("boundaries", true), report.StateNoData, "may be partial"},
		{"warning beside an SLI", badTotal(`http_requests_total{code="500"}`, `http_requests_total`), warns("sli", false), report.StateOK, "the server warned: store gateway 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			db := newDatabase(t, traffic)
			db.change = tc.change
			got := db.measure(t, tc.indicator, day)
			if got.State != tc.state || !strings.Contains(got.Detail, tc.detail) {
				t.Errorf("state %s, detail %q; want %s, %q", got.State, got.Detail, tc.state, tc.detail)
			}
			if (got.Status == report.StatusUnknown) != (tc.state != report.StateOK) {
				t.Errorf("state %s has the status %s", got.State, got.Status)
			}
		})
	}
}

func TestObjectiveThatIsNotValidIsNotKnown(t *testing.T) {
	if got := Unmeasured(spec.SLO{}, time.Unix(0, 0), report.StateNotComputable, ""); got.Objective != nil {
		t.Errorf("an SLO without an objective has %v percent", *got.Objective)
	}
}

func TestResultCarriesEverythingThatLedToIt(t *testing.T) {
	db := newDatabase(t, traffic)
	at := time.Unix(0, 0).Add(day)
	got := db.measureOver(t, badTotal(`sum(rate(http_requests_total{code=~"5.."}[5m]))`, `sum(rate(http_requests_total[5m]))`), "99", "1d", at)
	const query = `1 - (sum(increase(http_requests_total{code=~"5..",service="api"}[1d])) or sum(increase(http_requests_total{service="api"}[1d])) * 0) / sum(increase(http_requests_total{service="api"}[1d]))`
	if got.Query != query {
		t.Errorf("query = %s\nwant    %s", got.Query, query)
	}
	if got.Name != "availability" || !near(got.Objective, 99, 0) || got.Window != "1d" || !got.EvaluatedAt.Equal(at) {
		t.Errorf("result is %+v", got)
	}
	if num(got.Budget.TotalMinutes) != 14.4 || !near(got.Budget.ConsumedPercent, 10, 1e-6) || !near(got.Budget.RemainingPercent, 90, 1e-6) {
		t.Errorf("budget: total %v, consumed %v, remaining %v", num(got.Budget.TotalMinutes), num(got.Budget.ConsumedPercent), num(got.Budget.RemainingPercent))
	}
	for name, rate := range map[string]report.Number{"1h": got.BurnRate.Hour1, "6h": got.BurnRate.Hour6, "3d": got.BurnRate.Day3} {
		if !near(rate, 0.1, 1e-9) {
			t.Errorf("burn rate over %s = %v, want 0.1", name, num(rate))
		}
	}
	if got.ExhaustsAt != nil {
		t.Errorf("exhausts at %v", got.ExhaustsAt)
	}
}

func TestWholeWindowCountsNotThisMoment(t *testing.T) {
	// An outage of 144 minutes in the morning: 10 % of the day's requests.
	db := newDatabase(t, `
load 1m
  http_requests_total{service="api",code="200"} 0+10x720 7200+0x144 7200+10x575
  http_requests_total{service="api",code="500"} 0+0x720 0+10x144 1440+0x575
`)
	i := goodTotal(`sum(rate(http_requests_total{code="200"}[5m]))`, `sum(rate(http_requests_total[5m]))`)
	got := db.measureOver(t, i, "95", "1d", time.Unix(0, 0).Add(day))
	if !near(got.SLI, 0.9, 0.001) || got.Status != report.StatusExhausted {
		t.Errorf("SLI %v, %s; want 0.9 and exhausted", num(got.SLI), got.Status)
	}
	if num(got.BurnRate.Hour1) != 0 {
		t.Errorf("burn rate of the quiet last hour = %v, want 0", num(got.BurnRate.Hour1))
	}
	if got.ExhaustsAt == nil || !got.ExhaustsAt.Equal(got.EvaluatedAt) {
		t.Errorf("an exhausted budget exhausts at %v, want %v", got.ExhaustsAt, got.EvaluatedAt)
	}
}

func TestCounterResets(t *testing.T) {
	// Restarted at noon: the good counter falls to 0 and grows on.
	db := newDatabase(t, `
load 1m
  http_requests_total{service="api",code="200"} 0+9x720 0+9x719
  http_requests_total{service="api",code="500"} 0+1x720 0+1x719
`)
	got := db.measure(t, goodTotal(`sum(rate(http_requests_total{code="200"}[5m]))`, `sum(rate(http_requests_total[5m]))`), day)
	if !near(got.SLI, 0.9, 1e-6) {
		t.Errorf("SLI over a restart = %v, want 0.9", num(got.SLI))
	}
}

func TestQuietHourBurnsNothing(t *testing.T) {
	db := newDatabase(t, `
load 1m
  http_requests_total{service="api",code="200"} 0+9x1000 9000+0x440
  http_requests_total{service="api",code="500"} 0+1x1000 1000+0x440
`)
	got := db.measure(t, goodTotal(`http_requests_total{code="200"}`, `http_requests_total`), day)
	if num(got.BurnRate.Hour1) != 0 || num(got.BurnRate.Hour6) != 0 {
		t.Errorf("burn rates 1h %v, 6h %v; want 0 without traffic", num(got.BurnRate.Hour1), num(got.BurnRate.Hour6))
	}
	if got.BurnRate.Day3 == nil || *got.BurnRate.Day3 < 90 {
		t.Errorf("burn rate over 3d = %v, want about 100", num(got.BurnRate.Day3))
	}
}

func TestCalendarWindowMeasuresTheElapsedPart(t *testing.T) {
	// 1970-01-05 is a Monday. Everything fails on Sunday, one in ten on Monday.
	db := newDatabase(t, `
load 5m
  http_requests_total{service="api",code="200"} 0+9x863 7767+0x288 7767+9x144
  http_requests_total{service="api",code="500"} 0+1x863 863+10x288 3743+1x144
`)
	at := time.Date(1970, 1, 5, 12, 0, 0, 0, time.UTC)
	got := db.measureOver(t, goodTotal(`http_requests_total{code="200"}`, `http_requests_total`), "90", "calendar-week", at)
	if !strings.Contains(got.Query, "[12h]") {
		t.Errorf("query = %s, want the 12 hours since Monday", got.Query)
	}
	// 12 of 168 hours at a tenth: 72 minutes of 1008.
	if num(got.Budget.TotalMinutes) != 1008 || !near(got.Budget.BurnedMinutes, 72, 1) {
		t.Errorf("burned %v of %v minutes, want 72 of 1008", num(got.Budget.BurnedMinutes), num(got.Budget.TotalMinutes))
	}
	begun := db.measureOver(t, goodTotal(`http_requests_total{code="200"}`, `http_requests_total`), "90", "calendar-week", time.Date(1970, 1, 5, 0, 0, 0, 0, time.UTC))
	if begun.State != report.StateNoData || !strings.Contains(begun.Detail, "just begun") {
		t.Errorf("at the first moment of the week: %s, %q", begun.State, begun.Detail)
	}
}

func TestNoiseOfTwoCountersIsNoError(t *testing.T) {
	db := newDatabase(t, traffic)
	for value, state := range map[float64]report.SLOState{
		1.00009: report.StateOK, 1.0002: report.StateNotComputable, -0.00009: report.StateOK, -0.0002: report.StateNotComputable,
	} {
		db.change = func(q Question, a Answer) Answer {
			if q.ID == "sli" {
				a.Samples = []Sample{{Value: value}}
			}
			return a
		}
		got := db.measure(t, goodTotal(`clean_requests_total{code="200"}`, `clean_requests_total`), day)
		if got.State != state || state == report.StateOK && *got.SLI != 0 && *got.SLI != 1 {
			t.Errorf("%v: %s, SLI %v; want %s", value, got.State, num(got.SLI), state)
		}
	}
}

func TestBurnRateOfAPartialAnswerIsUnknown(t *testing.T) {
	db := newDatabase(t, traffic)
	db.change = func(q Question, a Answer) Answer {
		switch q.ID {
		case "1h":
			a.Warnings = []string{"store gateway 2 did not answer"}
		case "6h":
			a = Answer{}
		}
		return a
	}
	got := db.measure(t, goodTotal(`clean_requests_total{code="200"}`, `clean_requests_total`), day)
	if got.State != report.StateOK || got.BurnRate.Hour1 != nil || got.BurnRate.Hour6 != nil || num(got.BurnRate.Day3) != 0 {
		t.Errorf("state %s, burn rates %+v; want only that over 3d", got.State, got.BurnRate)
	}
}

// vector(0) has no service label, so that a question with it could be asked for
// one service only.
func TestDefaultsDoNotKeepServicesApart(t *testing.T) {
	db := newDatabase(t, traffic)
	zero := func(selector string) string { return "(sum(rate(" + selector + "[5m])) or vector(0))" }
	got := db.measure(t, badTotal(zero(`http_requests_total{code="500"}`)+" + "+zero(`http_requests_total{code="429"}`), zero(`http_requests_total`)), day)
	if !near(got.SLI, 0.999, 1e-9) || strings.Contains(got.Query, "vector") {
		t.Errorf("SLI %v by %s; want 0.999 without vector(0)", num(got.SLI), got.Query)
	}
}

func TestManyTermsDoNotMakeEndlessQuestions(t *testing.T) {
	many := strings.Repeat("sum(rate(a_total[5m])) + ", 1000) + "sum(rate(a_total[5m]))"
	m := New(api(), declared(t, goodTotal(many, many), "99", "1d"), Options{Label: "service", At: time.Unix(0, 0)})
	m.Take(nil)
	for _, q := range m.Questions() {
		if len(q.Expr) > 10*len(many) {
			t.Errorf("question %s has %d bytes for expressions of %d", q.ID, len(q.Expr), len(many))
		}
	}
}

func TestThresholdSteps(t *testing.T) {
	for over, step := range map[string]string{"1h": "[1h:1m]", "7d": "[7d:1m]", "30d": "[30d:5m]"} {
		i := thresholdOf("sum(depth)", ">", 1e6)
		m := New(api(), declared(t, i, "99", over), Options{Label: "service", At: time.Unix(0, 0)})
		const metric = `avg_over_time(((sum(depth{service="api"})) > bool 1e+06)`
		if got := m.Questions()[0].Expr; got != metric+step+")" {
			t.Errorf("over %s: %s, want the steps %s", over, got, step)
		}
	}
}

func TestServiceLabel(t *testing.T) {
	s := declared(t, goodTotal(`sum(rate(m_total{app="payments",code="200"}[5m]))`, `sum(rate(m_total{app="payments"}[5m]))`), "99.9", "1d")
	m := New(api(), s, Options{Label: "app", At: time.Unix(0, 0).Add(day)})
	coverage := m.Questions()[0]
	if coverage.Label != "service" || coverage.Value != "api" {
		t.Errorf("recorded counts are asked by %s=%q, want service=%q", coverage.Label, coverage.Value, "api")
	}
	m.Take(nil)
	for _, q := range m.Questions() {
		if q.Label != "app" || q.Value != "payments" || strings.Contains(q.Expr, `"api"`) {
			t.Errorf("question %s by %s=%q: %s; want the file's own app=%q", q.ID, q.Label, q.Value, q.Expr, "payments")
		}
	}
}
