package verify

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// evaluation is the time of every test. Samples are five minutes apart, 2304
// intervals in eight days, and the longest series ends there.
func evaluation() time.Time { return time.Unix(0, 0).Add(8 * 24 * time.Hour).UTC() }

// always, gone and recent are values for a series that is there for eight days,
// that ended two days ago, and that ended half an hour ago.
const (
	always = "0+1x2304"
	gone   = "0+1x1728"
	recent = "0+1x2298"
)

// recorder is a source that counts and can fail; its answers are those of
// Prometheus's own engine.
type recorder struct {
	source.Source
	info  source.Info
	rules []string
	// fault may answer in place of the engine: call is query, range, names or
	// recorded.
	fault func(call, query string) (warnings []string, err error)

	mu    sync.Mutex
	calls []string
}

// newEngine returns a source with series, one a line: name{labels} values.
func newEngine(t testing.TB, series string) *recorder {
	t.Helper()
	// The clock is as long as any series, so that the others may end earlier.
	return newFleet(t, "clock "+always+"\n"+series)
}

// newFleet is newEngine for series that all end at the evaluation time.
func newFleet(t testing.TB, series string) *recorder {
	t.Helper()
	r := &recorder{Source: sourcetest.Source(t, evaluation(), "5m", strings.Split(strings.TrimSpace(series), "\n")...)}
	r.info = r.Source.Info()
	r.info.Name = "http://prom:9090"
	return r
}

func (r *recorder) called(call, query string) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call+" "+query)
	if r.fault == nil {
		return nil, nil
	}
	return r.fault(call, query)
}

func (r *recorder) Query(ctx context.Context, query string, at time.Time) (source.Answer, error) {
	warnings, err := r.called("query", query)
	if err != nil {
		return source.Answer{}, err
	}
	answer, err := r.Source.Query(ctx, query, at)
	answer.Warnings = warnings
	return answer, err
}

func (r *recorder) QueryRange(ctx context.Context, query string, over source.Range) (source.Answer, error) {
	warnings, err := r.called("range", query)
	if err != nil {
		return source.Answer{}, err
	}
	answer, err := r.Source.QueryRange(ctx, query, over)
	answer.Warnings = warnings
	return answer, err
}

func (r *recorder) Names(ctx context.Context, match []string, start, end time.Time) (source.Names, error) {
	warnings, err := r.called("names", "")
	if err != nil {
		return source.Names{}, err
	}
	names, err := r.Source.Names(ctx, match, start, end)
	names.Warnings = warnings
	return names, err
}

func (r *recorder) Recorded(context.Context) ([]string, error) {
	if _, err := r.called("recorded", ""); err != nil {
		return nil, err
	}
	return r.rules, nil
}

func (r *recorder) Info() source.Info { return r.info }

// checkout returns a service of that name with resources, indented as they are.
func checkout(t testing.TB, resources string) *spec.Service {
	t.Helper()
	all := spectest.Services(t, "-- checkout.yaml --\nservice:\n  name: checkout\n  team: payments\n  tier: critical\n  type: api\nresources:\n"+strings.TrimPrefix(resources, "\n"))
	if len(all) != 1 {
		t.Fatalf("%d services, want one", len(all))
	}
	return all[0]
}

func verifyOne(t testing.TB, e *recorder, s *spec.Service) Result {
	t.Helper()
	return Run(context.Background(), e, []*spec.Service{s}, Options{At: evaluation()})
}
