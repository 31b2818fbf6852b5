// Package intent decides which metric stands for what a technology's file wants to
// measure: one that somebody named, one that a server was seen to have, or the
// first candidate when there is nobody to ask.
package intent

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// Status says how an intent was resolved.
type Status string

// The statuses, best first.
const (
	Overridden Status = "overridden" // the service file names the metric
	Discovered Status = "discovered" // the server has it
	FellBack   Status = "fallback"   // another intent stands for it
	Assumed    Status = "assumed"    // nobody was asked; the first candidate
	Missing    Status = "missing"    // the server was asked and has none
)

// Answer is how one intent was resolved.
type Answer struct {
	// Intent is its full name: postgresql.connections.
	Intent string `json:"intent"`
	Status Status `json:"status"`
	// Metric is the selector or expression that stands for it; empty when missing.
	Metric string `json:"metric,omitempty"`
	// Source names where the metric comes from, when it is not the default.
	Source string `json:"source,omitempty"`
	// Needs is the flag or setting without which the metric is not there.
	Needs string `json:"needs,omitempty"`

	// from goes before Source once the answers of one source were chosen.
	from     string
	by       string
	scale    float64
	selector *parser.VectorSelector
	expr     parser.Expr
}

// Presence says which metrics a server was seen to have for one scope. The zero
// value is that nobody asked.
type Presence struct {
	Asked bool
	// Names are the names of the metrics.
	Names map[string]bool
	// Outcome is the label that tells failures from successes, of those that the
	// technology names; empty when it is not known.
	Outcome string
	// Silent is set when a server was asked and had nothing at all where that says
	// nothing of what is measured: the zero value otherwise, as if nobody asked.
	Silent bool
}

// has reports whether all metrics of an expression are there.
func (p Presence) has(expr parser.Expr) bool {
	for _, name := range promql.MetricNames(expr) {
		if !p.Names[name] {
			return false
		}
	}
	return true
}

// Resolution says which metrics stand for the intents of one service and its
// dependencies.
type Resolution struct {
	overrides map[string]spec.MetricOverride
	// seen is by the technology's name, or by name and dependency: see key.
	seen map[string]Presence
	// doubt says why a server's answer cannot be relied on; empty when it can, or
	// nobody was asked.
	doubt string
	// conventions are read from the SLOs when they are asked for.
	conventions func() []convention
	memo        *memo.Memo
}

// Doubt says why what a server was asked cannot be relied on: it did not answer, or in
// part. It is empty when the answers are good, and when nobody was asked.
func (r *Resolution) Doubt() string { return r.doubt }

// Remembering returns the resolution with a memory: what does not depend on the
// service is worked out once for all whose resolutions have it.
func (r *Resolution) Remembering(m *memo.Memo) *Resolution {
	out := *r
	out.memo = m
	return &out
}

// Offline resolves without asking anybody: what the service file names, and the
// first candidate otherwise.
func Offline(s *spec.Service) *Resolution { return Seen(s, nil) }

// Seen resolves with what a server was seen to have, by Key.
func Seen(s *spec.Service, seen map[string]Presence) *Resolution {
	r := &Resolution{overrides: map[string]spec.MetricOverride{}, seen: seen, conventions: sync.OnceValue(func() []convention { return conventionsOf(s) })}
	for _, o := range s.MetricOverrides {
		r.overrides[o.Intent.V] = o
	}
	return r
}

// Key is the name of a technology as it is used by one dependency; an empty
// dependency is the service itself.
func Key(technology, dependency string) string { return technology + "\x00" + dependency }

// Scope is whose series an expression is about.
type Scope struct {
	// Dependency is the name of the dependency; empty for the service itself.
	Dependency string
	// Matchers are added to every selector.
	Matchers []*labels.Matcher
	// PerMetric are added to the selectors of a metric, by its name.
	PerMetric map[string][]*labels.Matcher
}

// apply adds the scope's matchers to an expression.
func (s Scope) apply(expr parser.Expr) parser.Expr {
	expr = promql.Rewrite(expr, func(e parser.Expr) parser.Expr {
		vs, ok := e.(*parser.VectorSelector)
		if !ok || len(s.PerMetric[vs.Name]) == 0 {
			return e
		}
		return promql.WithMatchers(vs, s.PerMetric[vs.Name]...)
	})
	return promql.WithMatchers(expr, s.Matchers...)
}

// Present reports whether a server was asked about a scope, and whether it has all
// metrics of an expression there. One that has nothing at all there counts as not
// asked: what measures the scope is not there yet, or down at this moment, and the
// alerts that would say so must stay.
func (r *Resolution) Present(t tech.Technology, scope Scope, expr parser.Expr) (asked, present bool) {
	p := r.view(t, scope).presence
	asked = p.Asked && len(p.Names) > 0
	return asked, asked && p.has(expr)
}

// Silent reports whether a server was asked about a scope and has none of the metrics
// that a technology is known by. What is measured there is down or not deployed yet,
// which is no sign that a part of it is switched off.
func (r *Resolution) Silent(t tech.Technology, scope Scope) bool {
	p := r.view(t, scope).presence
	if !p.Asked {
		return p.Silent
	}
	return !slices.ContainsFunc(t.Intents, func(in tech.Intent) bool {
		return slices.ContainsFunc(in.Candidates, func(c tech.Candidate) bool {
			expr, err := promql.Parse(cmp.Or(c.Selector, c.Expr))
			return err == nil && p.has(expr)
		})
	})
}

// view is a technology as it is seen in one scope.
type view struct {
	r        *Resolution
	t        tech.Technology
	presence Presence
}

func (r *Resolution) view(t tech.Technology, scope Scope) view {
	return view{r, t, r.seen[Key(t.Name, scope.Dependency)]}
}

// Answer resolves one intent of a technology. The error names a mistake in the
// technology's file or in an override.
func (r *Resolution) Answer(t tech.Technology, name string, scope Scope) (Answer, error) {
	answers, err := r.view(t, scope).answers(name)
	if err != nil {
		return Answer{}, err
	}
	return answers[0], nil
}

// answers returns what may stand for an intent, best first: at least one, which is
// missing when there is nothing.
func (v view) answers(name string) ([]Answer, error) {
	i := slices.IndexFunc(v.t.Intents, func(i tech.Intent) bool { return i.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("%s has no intent %s", v.t.Name, name)
	}
	in := v.t.Intents[i]
	if o, ok := v.r.overrides[v.t.Name+"."+name]; ok {
		return v.override(in, o)
	}
	if in.ErrorsOf != "" {
		return v.errors(in)
	}
	var out []Answer
	for _, c := range in.Candidates {
		a, err := v.candidate(in, c)
		if err != nil {
			return nil, err
		}
		if a.Status != Missing {
			out = append(out, a)
		}
	}
	if len(out) == 0 && in.Fallback != "" {
		return v.fallback(in)
	}
	if len(out) == 0 {
		out = append(out, v.missing(in))
	}
	return out, nil
}

func (v view) missing(in tech.Intent) Answer {
	a := Answer{Intent: v.t.Name + "." + in.Name, Status: Missing, scale: 1}
	for _, c := range in.Candidates {
		a.Needs = cmp.Or(a.Needs, c.Needs)
	}
	return a
}

func (v view) fallback(in tech.Intent) ([]Answer, error) {
	out, err := v.answers(in.Fallback)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Status != Missing {
			out[i].Status = FellBack
		}
		out[i].Intent = v.t.Name + "." + in.Name
	}
	return out, nil
}

// override is the metric that the service file names. Of a derived intent it may
// be any expression.
func (v view) override(in tech.Intent, o spec.MetricOverride) ([]Answer, error) {
	a := Answer{Intent: o.Intent.V, Status: Overridden, Metric: o.Metric.V, scale: o.Scale.V}
	expr, err := promql.Parse(o.Metric.V)
	if err != nil {
		return nil, fmt.Errorf("%s: the metric of %s is not valid PromQL: %w", o.At.Position(), o.Intent.V, err)
	}
	selector, ok := expr.(*parser.VectorSelector)
	if !ok && in.Type != tech.Derived {
		return nil, fmt.Errorf("%s: %s needs the name of a metric or a selector, and %s is an expression", o.At.Position(), o.Intent.V, o.Metric.V)
	}
	a.selector, a.expr = selector, expr
	return []Answer{a}, nil
}

// errors counts the failures of another intent.
func (v view) errors(in tech.Intent) ([]Answer, error) {
	all, err := v.answers(in.ErrorsOf)
	if err != nil {
		return nil, err
	}
	for i, a := range all {
		all[i].Intent = v.t.Name + "." + in.Name
		if a.Status == Missing || a.selector == nil {
			continue
		}
		matchers := v.said(a.selector.Name)
		if matchers != nil {
			all[i].from = FromSLO
		} else if matchers, err = v.failures(in.ErrorsOf, a); err != nil {
			return nil, err
		}
		all[i].selector, _ = promql.WithMatchers(a.selector, matchers...).(*parser.VectorSelector)
		all[i].Metric = all[i].selector.String()
	}
	return all, nil
}

// failures returns the matchers that pick the failures of what an answer counts.
func (v view) failures(of string, a Answer) ([]*labels.Matcher, error) {
	if own := v.ownErrors(of, a); own != "" {
		return parser.NewParser(parser.Options{}).ParseMetricSelector("{" + own + "}")
	}
	if v.t.Outcome == nil || len(v.t.Outcome.Labels) == 0 {
		return nil, fmt.Errorf("%s does not say how failures are told", v.t.Name)
	}
	m, err := labels.NewMatcher(labels.MatchRegexp, cmp.Or(v.presence.Outcome, v.t.Outcome.Labels[0]), v.t.Outcome.Errors)
	if err != nil {
		return nil, fmt.Errorf("the failures of %s: %w", v.t.Name, err)
	}
	return []*labels.Matcher{m}, nil
}

// ownErrors returns the matchers of failures that the candidate behind an answer
// names itself; empty when it leaves them to the technology.
func (v view) ownErrors(of string, a Answer) string {
	for _, in := range v.t.Intents {
		if in.Name != of {
			continue
		}
		for _, c := range in.Candidates {
			if c.Selector == a.Metric {
				return c.Errors
			}
		}
	}
	return ""
}

func (v view) candidate(in tech.Intent, c tech.Candidate) (Answer, error) {
	text := cmp.Or(c.Selector, c.Expr)
	a := Answer{
		Intent: v.t.Name + "." + in.Name, Status: Assumed, Metric: text, Source: c.Source, Needs: c.Needs,
		by: c.By, scale: cmp.Or(c.Scale, 1),
	}
	expr, err := promql.Parse(text)
	if err != nil {
		return a, fmt.Errorf("the candidate %s of %s: %w", text, a.Intent, err)
	}
	a.expr = expr
	a.selector, _ = expr.(*parser.VectorSelector)
	switch {
	case !v.presence.Asked:
	case v.presence.has(expr):
		a.Status = Discovered
	default:
		a.Status = Missing
	}
	return a, nil
}

// withName returns a copy of a selector under the name and with the matchers of
// another.
func withName(of, other *parser.VectorSelector) *parser.VectorSelector {
	out := *other
	out.LabelMatchers = slices.Clone(other.LabelMatchers)
	for _, m := range of.LabelMatchers {
		if m.Name != model.MetricNameLabel {
			out.LabelMatchers = append([]*labels.Matcher{m}, out.LabelMatchers...)
		}
	}
	out.OriginalOffset, out.Timestamp, out.StartOrEnd = of.OriginalOffset, of.Timestamp, of.StartOrEnd
	return &out
}
