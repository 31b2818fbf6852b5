package verify

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

// TestSourceThatTakesNoSharedQueryIsAskedOneByOne covers servers in front of
// which every regular expression is refused.
func TestSourceThatTakesNoSharedQueryIsAskedOneByOne(t *testing.T) {
	all, series := fleet(40, ownNames)
	e := newFleet(t, series)
	e.fault = refusing(source.Rejected, func(q string) bool { return strings.Contains(q, "=~") })
	r := Run(context.Background(), e, all, Options{At: evaluation()})
	for i, s := range r.Services {
		// One of the ten selectors is a regular expression by itself.
		known := 0
		for _, m := range s.Metrics {
			if m.State == report.MetricOK {
				known++
			}
		}
		if known < 9 {
			t.Fatalf("service %d: %d of %d metrics are known", i, known, len(s.Metrics))
		}
	}
	if pairs := 40 * 10; len(e.calls) > 2*pairs {
		t.Errorf("%d requests for %d pairs", len(e.calls), pairs)
	}
}

func TestSmallerQueriesAreAskedConcurrently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Queries that wait for others that never start are a deadlock in the
		// bubble and fail at once.
		const together = 4
		var mu sync.Mutex
		started := 0
		var first sync.WaitGroup
		first.Add(together)
		src := blocking{query: func(q string) error {
			if strings.Count(q, "|") > 0 {
				return &source.Error{Kind: source.Rejected, Status: 413, Message: "too long"}
			}
			mu.Lock()
			started++
			waits := started > 8 && started <= 8+together // the first are probes
			mu.Unlock()
			if waits {
				first.Done()
				first.Wait()
			}
			return nil
		}}
		var pairs []presence.Pair
		for _, name := range strings.Split("abcdefghijklmnop", "") {
			pairs = append(pairs, presence.Pair{Name: name, Owner: "pay"})
		}
		a := presence.Asker{Source: src, At: evaluation(), Label: "service", Budget: 10_000, Concurrency: together}
		got := a.Ask(t.Context(), []presence.Branch{{Pairs: pairs}})
		if len(got) != 1 || len(got[0].Doubts) != 0 {
			t.Errorf("doubts %v", got)
		}
	})
}

// blocking answers every query with a function's error, or nothing.
type blocking struct {
	source.Source
	query func(string) error
}

func (b blocking) Query(_ context.Context, q string, _ time.Time) (source.Answer, error) {
	return source.Answer{}, b.query(q)
}
