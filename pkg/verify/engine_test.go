package verify

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"
	"golang.org/x/tools/txtar"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
)

// evaluation is the time of every test: samples that are loaded from 0 on every
// five minutes, 2304 of them in eight days, end there.
func evaluation() time.Time { return time.Unix(0, 0).Add(8 * 24 * time.Hour).UTC() }

// always, gone and recent are values for a series that is there for eight days,
// that ended two days ago, and that ended half an hour ago.
const (
	always = "0+1x2304"
	gone   = "0+1x1728"
	recent = "0+1x2298"
)

// engine is a source over Prometheus's own engine that counts and can fail.
type engine struct {
	store    storage.Storage
	engine   *promql.Engine
	info     source.Info
	recorded []string
	// fault may answer in place of the engine: call is query, range, names or
	// recorded.
	fault func(call, query string) (warnings []string, err error)

	mu    sync.Mutex
	calls []string
}

// newEngine returns a source with series, one a line: name{labels} values.
func newEngine(t testing.TB, series string) *engine {
	t.Helper()
	return &engine{
		store:  promqltest.LoadedStorage(t, "load 5m\n"+series),
		engine: promqltest.NewTestEngine(t, false, 0, 50_000_000),
		info:   source.Info{Name: "http://prom:9090", TargetLabels: true, History: true},
	}
}

func (e *engine) called(call, query string) ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls = append(e.calls, call+" "+query)
	if e.fault == nil {
		return nil, nil
	}
	return e.fault(call, query)
}

func (e *engine) Query(ctx context.Context, query string, at time.Time) (source.Answer, error) {
	warnings, err := e.called("query", query)
	if err != nil {
		return source.Answer{}, err
	}
	q, err := e.engine.NewInstantQuery(ctx, e.store, nil, query, at)
	if err != nil {
		return source.Answer{}, &source.Error{Kind: source.Rejected, Status: 400, Message: err.Error(), Err: err}
	}
	defer q.Close()
	vector, err := q.Exec(ctx).Vector()
	if err != nil {
		return source.Answer{}, &source.Error{Kind: source.Rejected, Status: 422, Message: err.Error(), Err: err}
	}
	answer := source.Answer{Warnings: warnings}
	for _, s := range vector {
		answer.Series = append(answer.Series, source.Series{Labels: s.Metric, Points: []source.Point{{At: at, Value: s.F}}})
	}
	return answer, nil
}

func (e *engine) QueryRange(ctx context.Context, query string, r source.Range) (source.Answer, error) {
	warnings, err := e.called("range", query)
	if err != nil {
		return source.Answer{}, err
	}
	q, err := e.engine.NewRangeQuery(ctx, e.store, nil, query, r.Start, r.End, r.Step)
	if err != nil {
		return source.Answer{}, &source.Error{Kind: source.Rejected, Status: 400, Message: err.Error(), Err: err}
	}
	defer q.Close()
	matrix, err := q.Exec(ctx).Matrix()
	if err != nil {
		return source.Answer{}, &source.Error{Kind: source.Rejected, Status: 422, Message: err.Error(), Err: err}
	}
	answer := source.Answer{Warnings: warnings}
	for _, s := range matrix {
		out := source.Series{Labels: s.Metric}
		for _, p := range s.Floats {
			out.Points = append(out.Points, source.Point{At: time.UnixMilli(p.T).UTC(), Value: p.F})
		}
		answer.Series = append(answer.Series, out)
	}
	return answer, nil
}

func (e *engine) Names(ctx context.Context, _ []string, start, end time.Time) (source.Names, error) {
	warnings, err := e.called("names", "")
	if err != nil {
		return source.Names{}, err
	}
	q, err := e.store.Querier(start.UnixMilli(), end.UnixMilli())
	if err != nil {
		return source.Names{}, &source.Error{Kind: source.ServerFault, Message: err.Error()}
	}
	defer func() { _ = q.Close() }()
	names, _, err := q.LabelValues(ctx, labels.MetricName, nil)
	if err != nil {
		return source.Names{}, &source.Error{Kind: source.ServerFault, Message: err.Error()}
	}
	return source.Names{Names: slices.Clone(names), Warnings: warnings}, nil
}

func (e *engine) Recorded(context.Context) ([]string, error) {
	if _, err := e.called("recorded", ""); err != nil {
		return nil, err
	}
	return e.recorded, nil
}

func (e *engine) Info() source.Info { return e.info }

// services loads service files in txtar form, without findings.
func services(t testing.TB, files string) []*spec.Service {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(files)).Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ws, err := spec.OpenWorkspace(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	found, err := ws.Find(context.Background(), []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	loaded := spec.Load(context.Background(), ws, found, spec.Options{})
	for _, f := range append(loaded.Unreadable, loaded.Findings...) {
		if f.Severity == "error" {
			t.Fatalf("%s: %s", f.Position(), f.Message)
		}
	}
	return loaded.Services
}

// checkout returns a service of that name with resources, indented as they are.
func checkout(t testing.TB, resources string) *spec.Service {
	t.Helper()
	all := services(t, "-- checkout.yaml --\nservice:\n  name: checkout\n  team: payments\n  tier: critical\n  type: api\nresources:\n"+strings.TrimPrefix(resources, "\n"))
	if len(all) != 1 {
		t.Fatalf("%d services, want one", len(all))
	}
	return all[0]
}

func verifyOne(t testing.TB, e *engine, s *spec.Service) Result {
	t.Helper()
	return Run(context.Background(), e, []*spec.Service{s}, Options{At: evaluation()})
}
