package ruler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"
)

// The series that alerts leave, and the label of their state.
const (
	alertMetric    = "ALERTS"
	forStateMetric = "ALERTS_FOR_STATE"
	stateLabel     = "alertstate"
)

// resolvedRetention is how long Prometheus remembers an alert that is over.
const resolvedRetention = 15 * time.Minute

// state is where an alert stands.
type state string

const (
	pending  state = "pending"
	firing   state = "firing"
	inactive state = "inactive"
)

// alert is one instance of an alerting rule.
type alert struct {
	state      state
	labels     labels.Labels
	activeAt   time.Time
	resolvedAt time.Time
	// sample is the last one of the expression, sampleAt its time: they are what
	// the annotations tell of.
	sample   promql.Sample
	sampleAt time.Time
	// annotations are expanded when somebody asks for them, but for those that ask
	// a query of their own, whose answer changes.
	annotations *labels.Labels
	// keepSince is when the expression stopped to hold while the alert goes on.
	keepSince time.Time
}

// Alert is a firing alert with its labels, alertname among them, and its
// annotations as they are sent.
type Alert struct {
	Labels, Annotations labels.Labels
}

// templates expands the texts of alerts.
type templates struct {
	external map[string]string
	url      string
	query    template.QueryFunc
}

// definitions are the variables that Prometheus defines before every text.
const definitions = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"

func (t templates) expand(ctx context.Context, rule, text string, s promql.Sample, at time.Time) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	data := template.AlertTemplateData(s.Metric.Map(), t.external, t.url, s)
	expander := template.NewTemplateExpander(ctx, definitions+text, "__alert_"+rule, data, model.TimeFromUnixNano(at.UnixNano()), t.query, nil, nil)
	out, err := expander.Expand()
	if err != nil {
		return fmt.Sprintf("<error expanding template: %s>", err)
	}
	return out
}

// evaluate takes the alerts of a rule from the last evaluation to this one, and
// returns the series that they leave.
func (r *rule) evaluate(ctx context.Context, t templates, at time.Time, result promql.Vector) (promql.Vector, error) {
	found := map[uint64]*alert{}
	for _, s := range result {
		a := r.instance(ctx, t, at, s)
		h := a.labels.Hash()
		if _, twice := found[h]; twice {
			return nil, errors.New("vector contains metrics with the same labelset after applying alert labels")
		}
		found[h] = a
	}
	for h, a := range found {
		if old, ok := r.active[h]; ok && old.state != inactive {
			old.sample, old.sampleAt, old.annotations = a.sample, a.sampleAt, a.annotations
			continue
		}
		r.active[h] = a
	}
	var out promql.Vector
	count := 0
	for h, a := range r.active {
		if _, holds := found[h]; !r.step(h, a, at, holds) {
			continue
		}
		count++
		out = append(out, r.sample(alertMetric, a, at, 1), r.sample(forStateMetric, a, at, float64(a.activeAt.Unix())))
	}
	if r.limit > 0 && count > r.limit {
		r.active = map[uint64]*alert{}
		return nil, fmt.Errorf("exceeded limit of %d with %d alerts", r.limit, count)
	}
	return out, nil
}

// instance is the alert that one sample of the expression stands for.
func (r *rule) instance(ctx context.Context, t templates, at time.Time, s promql.Sample) *alert {
	b := labels.NewBuilder(s.Metric)
	b.Del(model.MetricNameLabel)
	r.labels.Range(func(l labels.Label) { b.Set(l.Name, t.expand(ctx, r.name, l.Value, s, at)) })
	b.Set(model.AlertNameLabel, r.name)
	a := &alert{state: pending, labels: b.Labels(), activeAt: at, sample: s, sampleAt: at}
	if r.asks() {
		texts := r.expanded(ctx, t, a)
		a.annotations = &texts
	}
	return a
}

// expanded are the annotations of an alert as they are sent.
func (r *rule) expanded(ctx context.Context, t templates, a *alert) labels.Labels {
	if a.annotations != nil {
		return *a.annotations
	}
	b := labels.NewScratchBuilder(r.annotations.Len())
	r.annotations.Range(func(l labels.Label) { b.Add(l.Name, t.expand(ctx, r.name, l.Value, a.sample, a.sampleAt)) })
	return b.Labels()
}

// step moves one alert on and reports whether it is still pending or firing.
func (r *rule) step(hash uint64, a *alert, at time.Time, holds bool) bool {
	if holds {
		a.keepSince = time.Time{}
	} else if !r.keeps(a, at) {
		if a.state == pending || !a.resolvedAt.IsZero() && at.Sub(a.resolvedAt) > resolvedRetention {
			delete(r.active, hash)
		}
		if a.state != inactive {
			a.state, a.resolvedAt = inactive, at
		}
		return false
	}
	if a.state == pending && at.Sub(a.activeAt) >= r.hold {
		a.state = firing
	}
	return true
}

// keeps reports whether an alert goes on although its expression does not hold.
func (r *rule) keeps(a *alert, at time.Time) bool {
	if a.state != firing || r.keep == 0 {
		return false
	}
	if a.keepSince.IsZero() {
		a.keepSince = at
	}
	return at.Sub(a.keepSince) < r.keep
}

func (r *rule) sample(name string, a *alert, at time.Time, v float64) promql.Sample {
	b := labels.NewBuilder(r.labels)
	a.labels.Range(func(l labels.Label) { b.Set(l.Name, l.Value) })
	b.Set(model.MetricNameLabel, name)
	b.Set(model.AlertNameLabel, r.name)
	if name == alertMetric {
		b.Set(stateLabel, string(a.state))
	}
	return promql.Sample{Metric: b.Labels(), T: at.Add(-r.offset).UnixMilli(), F: v}
}

// firing returns the alerts of the rule that fire now.
func (r *rule) firing(ctx context.Context, t templates) []Alert {
	var out []Alert
	for _, a := range r.active {
		if a.state == firing && a.resolvedAt.IsZero() {
			out = append(out, Alert{Labels: a.labels, Annotations: r.expanded(ctx, t, a)})
		}
	}
	return out
}
