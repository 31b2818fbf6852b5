// Package ruler evaluates recording and alerting rules over series in memory, as
// Prometheus does over time: each rule at each step, what is recorded seen by the
// rules behind it, alerts pending and then firing. Expressions are evaluated by
// Prometheus's own engine.
package ruler

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// The limits of one expression, as Prometheus has them.
const (
	maxSamples = 50_000_000
	timeout    = 2 * time.Minute
)

// maxEvaluations bounds a run: a step of a millisecond over a year would never
// end.
const maxEvaluations = 20_000_000

// Input is a series that is there from the beginning: values at the start, and
// then one a step.
type Input struct {
	Labels labels.Labels
	Step   time.Duration
	Values []parser.SequenceValue
}

// Options are what a run is about.
type Options struct {
	// Start and End are the first and the last time of evaluation; the last one
	// is reached only by whole steps.
	Start, End time.Time
	// Step is how often all groups are evaluated, whatever their own interval. It
	// is also the step of subqueries without one.
	Step time.Duration
	// External are the external labels of the server, ExternalURL its address, as
	// templates see them.
	External    map[string]string
	ExternalURL string
	// Watch are the times, steps of the run, whose firing alerts are kept.
	Watch []time.Time
	// EachStep evaluates all rules at one step before the next, also where
	// evaluating one rule at all steps gives the same.
	EachStep bool
}

// Ruler is one run of rules over series. It is not safe for concurrent use.
type Ruler struct {
	rules  []*rule
	inputs []Input
	o      Options
	engine *promql.Engine
	texts  templates
	store  *store
	// loaded is how many values of each input are in the store.
	loaded []int
	kept   map[int64]map[string][]Alert
}

// EvaluationError says that a rule could not be evaluated.
type EvaluationError struct {
	// Rule is the name of the rule, At the time since the epoch.
	Rule string
	At   time.Duration
	Err  error
}

// Error names the rule, the time and the reason.
func (e *EvaluationError) Error() string {
	return fmt.Sprintf("the rule %s cannot be evaluated at %s: %v", e.Rule, model.Duration(e.At), e.Err)
}

// Unwrap returns the reason.
func (e *EvaluationError) Unwrap() error { return e.Err }

// New prepares a run of the groups, in their order. The error is about an
// expression that does not parse or a run that would not end.
func New(groups []rulefmt.RuleGroup, inputs []Input, o Options) (*Ruler, error) {
	if o.Step < time.Millisecond || o.End.Before(o.Start) {
		return nil, errors.New("rules are evaluated from a start to an end in steps of at least 1ms")
	}
	p := parser.NewParser(parser.Options{EnableExperimentalFunctions: true})
	r := &Ruler{inputs: inputs, o: o}
	for _, g := range groups {
		rules, err := newRules(g, p)
		if err != nil {
			return nil, err
		}
		r.rules = append(r.rules, rules...)
	}
	if n := int64(o.End.Sub(o.Start)/o.Step) + 1; n*int64(max(len(r.rules), 1)) > maxEvaluations {
		return nil, fmt.Errorf("%d rules at %d times are more than %d evaluations: make the interval longer, or the times shorter", len(r.rules), n, maxEvaluations)
	}
	r.engine = promql.NewEngine(promql.EngineOpts{
		MaxSamples: maxSamples, Timeout: timeout, NoStepSubqueryIntervalFn: func(int64) int64 { return o.Step.Milliseconds() },
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: p,
	})
	r.texts = templates{external: o.External, url: o.ExternalURL, query: r.vector}
	return r, nil
}

// Run evaluates all rules. An error is that of the context or an
// *EvaluationError.
func (r *Ruler) Run(ctx context.Context) error {
	if !r.o.EachStep && r.independent() {
		if r.ruleByRule(ctx) == nil {
			return nil
		}
		// An error of one rule at some step is told as it comes step by step.
	}
	return r.stepByStep(ctx)
}

// reset takes the run back to its start.
func (r *Ruler) reset() {
	r.store, r.loaded, r.kept = newStore(), make([]int, len(r.inputs)), map[int64]map[string][]Alert{}
	for _, one := range r.rules {
		one.forget()
	}
}

// last is the last time of evaluation.
func (r *Ruler) last() time.Time { return r.o.Start.Add(r.o.End.Sub(r.o.Start) / r.o.Step * r.o.Step) }

// stepByStep evaluates all rules at one step before the next, as a server does.
func (r *Ruler) stepByStep(ctx context.Context) error {
	r.reset()
	for at := r.o.Start; !at.After(r.o.End); at = at.Add(r.o.Step) {
		if err := r.load(at); err != nil {
			return err
		}
		for _, one := range r.rules {
			result, err := r.vector(ctx, one.text, at.Add(-one.offset))
			if err == nil {
				err = r.take(ctx, one, at, result)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				return &EvaluationError{Rule: one.name, At: at.Sub(time.Unix(0, 0)), Err: err}
			}
		}
	}
	return nil
}

// independent reports whether every rule reads only input and what rules before
// it record, so that it can be evaluated at all steps before the next rule is.
// Two rules that make the same series, or a rule that makes one of the input, need
// no look: the store refuses samples that come too late, and Run goes step by step.
func (r *Ruler) independent() bool {
	later := map[string][]*rule{}
	for _, one := range slices.Backward(r.rules) {
		for _, name := range one.outputs() {
			later[name] = append(later[name], one)
		}
		if reads(one.expr, later) || looksElsewhere(one.expr) || one.asks() {
			return false
		}
	}
	return true
}

// asks reports whether a text of the rule may ask a query of its own.
func (r *rule) asks() bool {
	found := false
	look := func(l labels.Label) {
		found = found || strings.Contains(l.Value, "{{") && strings.Contains(l.Value, "query")
	}
	r.labels.Range(look)
	r.annotations.Range(look)
	return r.alert && found
}

// ruleByRule evaluates each rule at all steps before the next rule.
func (r *Ruler) ruleByRule(ctx context.Context) error {
	r.reset()
	if err := r.load(r.last()); err != nil {
		return err
	}
	for _, one := range r.rules {
		results, err := r.matrix(ctx, one)
		if err != nil {
			return err
		}
		next := make([][2]int, len(results))
		for at := r.o.Start; !at.After(r.o.End); at = at.Add(r.o.Step) {
			if err := r.take(ctx, one, at, column(results, next, at.Add(-one.offset).UnixMilli())); err != nil {
				return err
			}
		}
	}
	return nil
}

// column returns the samples of a matrix at a time. The times are asked in their
// order; next holds how far each series was read.
func column(m promql.Matrix, next [][2]int, t int64) promql.Vector {
	var out promql.Vector
	for i, s := range m {
		if n := next[i][0]; n < len(s.Floats) && s.Floats[n].T == t {
			out = append(out, promql.Sample{Metric: s.Metric, T: t, F: s.Floats[n].F})
			next[i][0]++
		}
		if n := next[i][1]; n < len(s.Histograms) && s.Histograms[n].T == t {
			out = append(out, promql.Sample{Metric: s.Metric, T: t, H: s.Histograms[n].H})
			next[i][1]++
		}
	}
	return out
}

// load puts the values of the inputs up to a time into the store.
func (r *Ruler) load(till time.Time) error {
	start, end := r.o.Start.UnixMilli(), till.UnixMilli()
	for i, in := range r.inputs {
		s := r.store.of(in.Labels)
		for ; r.loaded[i] < len(in.Values); r.loaded[i]++ {
			t := start + int64(r.loaded[i])*in.Step.Milliseconds()
			if t > end {
				break
			}
			v := in.Values[r.loaded[i]]
			if v.Omitted {
				continue
			}
			if err := s.append(point{t: t, v: v.Value, h: v.Histogram}); err != nil {
				return fmt.Errorf("the series %s: %w", in.Labels, err)
			}
		}
	}
	return nil
}

// take stores what a rule makes of the result of its expression, and marks the
// series that it made before and makes no more as stale.
func (r *Ruler) take(ctx context.Context, one *rule, at time.Time, result promql.Vector) error {
	var out promql.Vector
	var err error
	if one.alert {
		out, err = one.evaluate(ctx, r.texts, at, result)
	} else {
		out, err = one.record(result)
	}
	if err != nil {
		return err
	}
	t := at.Add(-one.offset).UnixMilli()
	returned := make(map[string]*series, len(out))
	for _, s := range out {
		to := r.store.of(s.Metric)
		if failed := to.append(point{t: s.T, v: s.F, h: s.H}); failed != nil {
			err = failed
			continue
		}
		returned[string(s.Metric.Bytes(r.store.buffer))] = to
	}
	for key, s := range one.returned {
		if _, still := returned[key]; !still {
			// Refused where another rule makes the series now.
			_ = s.append(point{t: t, v: math.Float64frombits(value.StaleNaN)})
		}
	}
	one.returned = returned
	r.watch(ctx, one, at)
	return err
}

// watch keeps the alerts that fire at a time that somebody asks about.
func (r *Ruler) watch(ctx context.Context, one *rule, at time.Time) {
	if !one.alert || !slices.ContainsFunc(r.o.Watch, at.Equal) {
		return
	}
	t := at.UnixMilli()
	if r.kept[t] == nil {
		r.kept[t] = map[string][]Alert{}
	}
	r.kept[t][one.name] = append(r.kept[t][one.name], one.firing(ctx, r.texts)...)
}

// Firing returns the alerts of a name that fired at one of the watched times,
// sorted by labels and then annotations.
func (r *Ruler) Firing(name string, at time.Time) []Alert {
	out := slices.Clone(r.kept[at.UnixMilli()][name])
	slices.SortFunc(out, CompareAlerts)
	return out
}

// CompareAlerts orders alerts by their labels and then their annotations.
func CompareAlerts(a, b Alert) int {
	if c := labels.Compare(a.Labels, b.Labels); c != 0 {
		return c
	}
	return labels.Compare(a.Annotations, b.Annotations)
}

// Query evaluates an expression over everything that the run left, sorted by
// labels. Samples behind the last step are not seen.
func (r *Ruler) Query(ctx context.Context, expr string, at time.Time) (promql.Vector, error) {
	v, err := r.vector(ctx, expr, at)
	slices.SortStableFunc(v, func(a, b promql.Sample) int { return labels.Compare(a.Metric, b.Metric) })
	return v, err
}

// vector evaluates an expression at a time.
func (r *Ruler) vector(ctx context.Context, expr string, at time.Time) (promql.Vector, error) {
	q, err := r.engine.NewInstantQuery(ctx, r.store, nil, expr, at)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	switch v := result.Value.(type) {
	case promql.Vector:
		return slices.Clone(v), nil
	case promql.Scalar:
		return promql.Vector{{T: v.T, F: v.V}}, nil
	}
	return nil, errors.New("the result is neither a vector nor a scalar")
}

// matrix evaluates the expression of a rule at all steps.
func (r *Ruler) matrix(ctx context.Context, one *rule) (promql.Matrix, error) {
	q, err := r.engine.NewRangeQuery(ctx, r.store, nil, one.text, r.o.Start.Add(-one.offset), r.last().Add(-one.offset), r.o.Step)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	m, err := result.Matrix()
	if err != nil {
		return nil, err
	}
	return copied(m), nil
}

// copied returns a matrix that stays when its query is closed, which gives the
// memory of its samples to the next query.
func copied(m promql.Matrix) promql.Matrix {
	out := make(promql.Matrix, len(m))
	for i, s := range m {
		out[i] = promql.Series{Metric: s.Metric, Floats: slices.Clone(s.Floats), Histograms: slices.Clone(s.Histograms)}
		for j := range out[i].Histograms {
			out[i].Histograms[j].H = out[i].Histograms[j].H.Copy()
		}
	}
	return out
}
