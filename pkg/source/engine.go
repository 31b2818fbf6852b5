package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	engine "github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/source/memory"
	"github.com/nthlayer/action/pkg/transport"
)

// The limits of one query of the embedded engine, as Prometheus has them.
const (
	defaultMaxSamples  = 50_000_000
	maxPointsPerSeries = 11_000
)

// embedded is Prometheus' own engine over series in memory.
type embedded struct {
	info   Info
	store  *memory.Store
	engine *engine.Engine
	slots  chan struct{}
	// ignored are the labels whose matchers are not applied.
	ignored []string
	timeout time.Duration
	samples int
}

func newEmbedded(info Info, store *memory.Store, o Options) *embedded {
	slots := o.Transport.Concurrency
	if slots <= 0 {
		slots = transport.DefaultConcurrency
	}
	timeout := o.Transport.Timeout
	if timeout <= 0 {
		timeout = DefaultQueryTimeout
	}
	samples := o.MaxSamples
	if samples <= 0 {
		samples = defaultMaxSamples
	}
	return &embedded{
		info:    info,
		store:   store,
		slots:   make(chan struct{}, slots),
		timeout: timeout,
		samples: samples,
		engine: engine.NewEngine(engine.EngineOpts{
			MaxSamples:               samples,
			Timeout:                  timeout,
			NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
			EnableAtModifier:         true,
			EnableNegativeOffset:     true,
			Parser:                   promql.NewParser(),
		}),
	}
}

// Info says what the source is.
func (e *embedded) Info() Info { return e.info }

// Recorded returns none: there are no rules.
func (e *embedded) Recorded(context.Context) ([]string, error) { return nil, nil }

// Query evaluates an instant query.
func (e *embedded) Query(ctx context.Context, query string, at time.Time) (Answer, error) {
	return e.run(ctx, query, true, func(query string) (engine.Query, error) {
		return e.engine.NewInstantQuery(ctx, e.store, nil, query, at)
	})
}

// QueryRange evaluates a query at every step of a range.
func (e *embedded) QueryRange(ctx context.Context, query string, r Range) (Answer, error) {
	if err := r.validate(); err != nil {
		return Answer{}, err
	}
	return e.run(ctx, query, false, func(query string) (engine.Query, error) {
		return e.engine.NewRangeQuery(ctx, e.store, nil, query, r.Start, r.End, r.Step)
	})
}

// validate refuses ranges that servers refuse, in the same way for all sources.
func (r Range) validate() error {
	switch {
	case r.Step <= 0 || r.End.Before(r.Start):
		return &Error{Kind: Rejected, Message: "the range of the query is empty or its step is not above 0"}
	case r.End.Sub(r.Start)/r.Step >= maxPointsPerSeries:
		return &Error{
			Kind:    Rejected,
			Message: fmt.Sprintf("the range of the query has more than %d steps", maxPointsPerSeries),
			Hint:    "ask for a longer step or a shorter range",
		}
	}
	return nil
}

// run evaluates a query that prepare makes ready.
func (e *embedded) run(ctx context.Context, query string, instant bool, prepare func(string) (engine.Query, error)) (Answer, error) {
	query, err := e.adapt(query)
	if err != nil {
		return Answer{}, err
	}
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return Answer{}, stopped(ctx)
	}
	q, err := prepare(query)
	if err != nil {
		return Answer{}, e.failure(ctx, err)
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return Answer{}, e.failure(ctx, result.Err)
	}
	answer, err := engineAnswer(result.Value, instant)
	if err != nil {
		return Answer{}, err
	}
	answer.Warnings, _ = result.Warnings.AsStrings(query, 0, 0)
	slices.Sort(answer.Warnings)
	return answer, nil
}

// adapt takes the matchers off that are not applied.
func (e *embedded) adapt(query string) (string, error) {
	if len(e.ignored) == 0 {
		return query, nil
	}
	expr, err := promql.Parse(query)
	if err != nil {
		return "", invalidQuery(err)
	}
	return promql.DropMatchers(expr, e.ignored...).String(), nil
}

// Names returns the names of the series that have a sample in the range.
func (e *embedded) Names(_ context.Context, match []string, start, end time.Time) (Names, error) {
	p := parser.NewParser(parser.Options{})
	selectors := make([][]*labels.Matcher, 0, len(match))
	for _, m := range match {
		// Selectors that match everything are refused here, as servers do.
		expr, err := promql.Parse(m)
		if err != nil {
			return Names{}, invalidQuery(err)
		}
		matchers, err := p.ParseMetricSelector(promql.DropMatchers(expr, e.ignored...).String())
		if err != nil {
			return Names{}, invalidQuery(err)
		}
		selectors = append(selectors, matchers)
	}
	return Names{Names: e.store.Names(selectors, start.UnixMilli(), end.UnixMilli())}, nil
}

func invalidQuery(err error) *Error {
	return &Error{Kind: Rejected, Message: "the query is not valid PromQL: " + err.Error(), Err: err}
}

// failure classifies the engine's errors.
func (e *embedded) failure(ctx context.Context, err error) *Error {
	var (
		timeout  engine.ErrQueryTimeout
		canceled engine.ErrQueryCanceled
		samples  engine.ErrTooManySamples
		syntax   parser.ParseErrors
	)
	switch {
	case ctx.Err() != nil || errors.As(err, &canceled):
		return stopped(ctx)
	case errors.As(err, &timeout):
		return &Error{Kind: Timeout, Message: fmt.Sprintf("the query on %s took longer than %s", e.info.Name, e.timeout), Hint: "shorten the window or raise the timeout", Err: err}
	case errors.As(err, &samples):
		return &Error{Kind: Limited, Message: fmt.Sprintf("the query on %s reads more than %d samples", e.info.Name, e.samples), Hint: "shorten the window or add matchers", Err: err}
	case errors.As(err, &syntax):
		return invalidQuery(err)
	}
	return &Error{Kind: Rejected, Message: "the query cannot be evaluated: " + err.Error(), Err: err}
}

// engineAnswer converts a result of the engine. Histograms are counted.
func engineAnswer(v parser.Value, instant bool) (Answer, error) {
	var a Answer
	switch v := v.(type) {
	case engine.Scalar:
		a.Series = []Series{{Points: []Point{point(v.T, v.V)}}}
	case engine.Vector:
		for _, s := range v {
			if s.H != nil {
				a.Histograms++
				continue
			}
			a.Series = append(a.Series, Series{Labels: s.Metric, Points: []Point{point(s.T, s.F)}})
		}
	case engine.Matrix:
		if instant {
			return a, wrongShape("a range of samples")
		}
		for _, s := range v {
			a.Histograms += len(s.Histograms)
			if len(s.Floats) == 0 {
				continue
			}
			points := make([]Point, len(s.Floats))
			for i, f := range s.Floats {
				points[i] = point(f.T, f.F)
			}
			a.Series = append(a.Series, Series{Labels: s.Metric, Points: points})
		}
	default:
		return a, wrongShape("text")
	}
	sortSeries(a.Series)
	return a, nil
}

// wrongShape is the error for an answer that holds no numbers, one a series.
func wrongShape(got string) *Error {
	return &Error{Kind: Malformed, Message: "the query gives " + got + " instead of one number a series", Hint: "wrap a range in rate(), increase() or the like"}
}

func point(ms int64, v float64) Point { return Point{At: time.UnixMilli(ms).UTC(), Value: v} }

func sortSeries(s []Series) {
	slices.SortFunc(s, func(a, b Series) int { return labels.Compare(a.Labels, b.Labels) })
}

// stopped is the error for a context that ended.
func stopped(ctx context.Context) *Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Kind: Timeout, Message: "the time for the whole run was over before the query was answered", Hint: "raise the timeout", Err: ctx.Err()}
	}
	return &Error{Kind: Canceled, Message: "the run was stopped", Err: ctx.Err()}
}
