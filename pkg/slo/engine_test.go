package slo

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	engine "github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// database answers questions with Prometheus's own engine.
type database struct {
	engine  *engine.Engine
	storage storage.Queryable
	asked   []string
	// change may alter an answer on its way.
	change func(Question, Answer) Answer
}

// newDatabase loads series in promtool's notation. Times count from the Unix
// epoch. A blank line, which would end a load command, may stand between series.
func newDatabase(t testing.TB, load string) *database {
	t.Helper()
	return &database{
		engine:  promqltest.NewTestEngine(t, false, 0, 50_000_000),
		storage: promqltest.LoadedStorage(t, strings.ReplaceAll(load, "\n\n", "\n")),
	}
}

func (db *database) answer(t testing.TB, q Question, at time.Time) Answer {
	t.Helper()
	db.asked = append(db.asked, q.Expr)
	query, err := db.engine.NewInstantQuery(context.Background(), db.storage, nil, q.Expr, at)
	if err != nil {
		t.Fatalf("question %s: %s: %v", q.ID, q.Expr, err)
	}
	defer query.Close()
	result := query.Exec(context.Background())
	a := Answer{Err: result.Err}
	if result.Err == nil {
		vector, err := result.Vector()
		if err != nil {
			t.Fatalf("question %s: %s: %v", q.ID, q.Expr, err)
		}
		for _, s := range vector {
			if s.H != nil {
				a.Histograms++
				continue
			}
			a.Samples = append(a.Samples, Sample{Labels: s.Metric, Value: s.F})
		}
	}
	if db.change != nil {
		a = db.change(q, a)
	}
	return a
}

// run takes a measurement through all its rounds.
func (db *database) run(t testing.TB, m *Measurement, at time.Time) report.SLO {
	t.Helper()
	rounds := 0
	for len(m.Questions()) > 0 {
		if rounds++; rounds > 6 {
			t.Fatalf("a seventh round: %+v", m.Questions())
		}
		answers := map[string]Answer{}
		for _, q := range m.Questions() {
			if _, twice := answers[q.ID]; twice {
				t.Fatalf("two questions with the ID %s", q.ID)
			}
			answers[q.ID] = db.answer(t, q, at)
		}
		m.Take(answers)
	}
	return m.Result()
}

// measure takes the SLI of the service api, with 99.9 over one day.
func (db *database) measure(t testing.TB, i spec.Indicator, at time.Duration) report.SLO {
	t.Helper()
	return db.measureOver(t, i, "99.9", "1d", time.Unix(0, 0).Add(at))
}

func (db *database) measureOver(t testing.TB, i spec.Indicator, target, over string, at time.Time) report.SLO {
	t.Helper()
	return db.run(t, New(api(), declared(t, i, target, over), Options{Label: "service", At: at}), at)
}

func api() *spec.Service {
	return &spec.Service{Name: text("api"), Type: spec.Value[spec.Type]{V: spec.TypeAPI}}
}

func declared(t testing.TB, i spec.Indicator, target, over string) spec.SLO {
	t.Helper()
	return spec.SLO{
		Name: text("availability"), Indicator: i,
		Objective: spec.Value[spec.Objective]{V: objective(t, target)},
		Window:    spec.Value[spec.Window]{V: window(t, over)},
	}
}

func text(s string) spec.Value[string] { return spec.Value[string]{V: s} }

func goodTotal(good, total string) spec.Indicator {
	return spec.Indicator{Kind: spec.IndicatorEvents, Good: text(good), Total: text(total)}
}

func badTotal(bad, total string) spec.Indicator {
	return spec.Indicator{Kind: spec.IndicatorEvents, Bad: text(bad), Total: text(total)}
}

func ratioOf(query string) spec.Indicator {
	return spec.Indicator{Kind: spec.IndicatorRatio, Ratio: text(query)}
}

func latencyOf(query string, seconds float64) spec.Indicator {
	return spec.Indicator{Kind: spec.IndicatorLatency, Query: text(query), Threshold: spec.Value[float64]{V: seconds}}
}

func thresholdOf(metric, op string, limit float64) spec.Indicator {
	return spec.Indicator{Kind: spec.IndicatorThreshold, Metric: text(metric), Op: text(op), Threshold: spec.Value[float64]{V: limit}}
}

// want is what a measurement is compared with. An SLI of NaN is null.
type want struct {
	state  report.SLOState
	status report.SLOStatus
	sli    float64
	method string
	detail string // a part of it
}

func (w want) check(t testing.TB, got report.SLO) {
	t.Helper()
	if got.State != w.state || got.Status != w.status {
		t.Errorf("state %s, status %s (%s); want %s, %s", got.State, got.Status, got.Detail, w.state, w.status)
	}
	if !near(got.SLI, w.sli, 1e-9) {
		t.Errorf("SLI = %v, want %v (%s)", num(got.SLI), w.sli, got.Query)
	}
	if w.method != "" && got.Method != w.method {
		t.Errorf("method = %q, want %q", got.Method, w.method)
	}
	if !strings.Contains(got.Detail, w.detail) || w.detail == "" && got.Detail != "" {
		t.Errorf("detail = %q, want %q in it", got.Detail, w.detail)
	}
	known := got.State == report.StateOK || got.State == report.StateNoTraffic
	if known != (got.Budget.ConsumedPercent != nil) || known != (got.SLI != nil) {
		t.Errorf("state %s with SLI %v and budget %+v", got.State, got.SLI, got.Budget)
	}
}

var (
	nan     = math.NaN()
	errDown = errors.New("https://prom.example is down")
)
