package source

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	engine "github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/util/stats"
)

// Cost is what a query took where it was evaluated.
type Cost struct {
	// Samples is how many samples were read in all, PeakSamples how many were in
	// memory at once.
	Samples, PeakSamples int
	// Duration is the time of the evaluation, without waiting for a turn.
	Duration time.Duration
}

// QueryCost evaluates an instant query and says what it took. The cost is nil where
// the server does not tell.
func (s *server) QueryCost(ctx context.Context, query string, at time.Time) (Answer, *Cost, error) {
	var cost atomic.Pointer[Cost]
	answer, err := s.query(context.WithValue(ctx, costKey{}, &cost), query, at, v1.WithStats("true"))
	return answer, cost.Load(), err
}

// costKey finds in a request's context where to note what the answer says of its
// cost, which the client does not read.
type costKey struct{}

// noteCost reads what an answer says of its cost and leaves the body as it was.
func noteCost(ctx context.Context, response *http.Response) error {
	into, ok := ctx.Value(costKey{}).(*atomic.Pointer[Cost])
	if !ok {
		return nil
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if cost := costIn(body); cost != nil {
		into.Store(cost)
	}
	return nil
}

// costIn returns the cost that an answer tells; nil for none. What is no JSON the
// client refuses.
func costIn(body []byte) *Cost {
	var answer struct {
		Data struct {
			Stats struct {
				Timings struct {
					Seconds float64 `json:"evalTotalTime"`
				} `json:"timings"`
				// Samples are absent from the answers of servers that only look alike.
				Samples *struct {
					Total int `json:"totalQueryableSamples"`
					Peak  int `json:"peakSamples"`
				} `json:"samples"`
			} `json:"stats"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Data.Stats.Samples == nil {
		return nil
	}
	told := answer.Data.Stats
	return &Cost{Samples: told.Samples.Total, PeakSamples: told.Samples.Peak, Duration: time.Duration(told.Timings.Seconds * float64(time.Second))}
}

// QueryCost evaluates an instant query and says what it took.
func (e *embedded) QueryCost(ctx context.Context, query string, at time.Time) (Answer, *Cost, error) {
	var cost Cost
	answer, err := e.run(ctx, query, true, func(query string) (engine.Query, error) {
		q, err := e.engine.NewInstantQuery(ctx, e.store, nil, query, at)
		if err != nil {
			return nil, err
		}
		return measured{q, &cost}, nil
	})
	return answer, &cost, err
}

// measured is a query that tells what it took when it is closed.
type measured struct {
	engine.Query
	cost *Cost
}

// Close notes the cost and frees the result.
func (m measured) Close() {
	told := stats.NewQueryStats(m.Stats()).Builtin()
	m.cost.Duration = time.Duration(told.Timings.EvalTotalTime * float64(time.Second))
	if told.Samples != nil {
		m.cost.Samples, m.cost.PeakSamples = int(told.Samples.TotalQueryableSamples), told.Samples.PeakSamples
	}
	m.Query.Close()
}
