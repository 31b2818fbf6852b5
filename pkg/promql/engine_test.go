package promql_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	engine "github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"
)

// database answers queries with Prometheus's own engine.
type database struct {
	engine  *engine.Engine
	storage storage.Queryable
}

func newDatabase(t testing.TB, load string) *database {
	t.Helper()
	return &database{
		engine:  promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery),
		storage: promqltest.LoadedStorage(t, load),
	}
}

// sample is one element of an answer.
type sample struct {
	labels labels.Labels
	value  float64
}

// ask evaluates the query at the time after the start of the series.
func (db *database) ask(query string, at time.Duration) ([]sample, error) {
	ctx := context.Background()
	q, err := db.engine.NewInstantQuery(ctx, db.storage, nil, query, time.Unix(0, 0).Add(at))
	if err != nil {
		return nil, err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	if s, ok := result.Value.(engine.Scalar); ok {
		return []sample{{value: s.V}}, nil
	}
	vector, err := result.Vector()
	if err != nil {
		return nil, err
	}
	out := make([]sample, 0, len(vector))
	for _, s := range vector {
		out = append(out, sample{labels: s.Metric, value: s.F})
	}
	return out, nil
}

// query returns the values of the answer by labels.
func (db *database) query(t testing.TB, query string, at time.Duration) map[string]float64 {
	t.Helper()
	samples, err := db.ask(query, at)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	out := make(map[string]float64, len(samples))
	for _, s := range samples {
		out[s.labels.String()] = s.value
	}
	return out
}

// near reports whether two values agree but for the order of additions.
func near(a, b float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) || math.IsInf(a, 0) || math.IsInf(b, 0) {
		return math.IsNaN(a) && math.IsNaN(b) || a == b
	}
	return math.Abs(a-b) <= 1e-9*math.Max(1, math.Max(math.Abs(a), math.Abs(b)))
}
