package intent

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/spec"
)

// FromSLO is the source of an intent whose failures are told as an SLO of the service
// tells them.
const FromSLO = "from SLO"

// convention is how the service's own SLOs tell the failures of a metric.
type convention struct {
	metric   string
	failures []*labels.Matcher
}

// said returns the matchers by which an SLO tells the failures of a metric; nil when
// none does. A server that was seen to tell them by another label knows better.
func (v view) said(metric string) []*labels.Matcher {
	for _, c := range v.r.conventions() {
		if c.metric != metric {
			continue
		}
		seen := v.presence.Outcome
		if seen == "" || !slices.ContainsFunc(c.failures, func(m *labels.Matcher) bool { return m.Name != seen }) {
			return c.failures
		}
	}
	return nil
}

// conventionKey prints all conventions, for what is remembered of several services.
func (r *Resolution) conventionKey() string {
	var b strings.Builder
	for _, c := range r.conventions() {
		b.WriteString(c.metric)
		for _, m := range c.failures {
			b.WriteString("\x00" + m.String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// conventionsOf reads the conventions from the SLOs of a service, in their order.
func conventionsOf(s *spec.Service) []convention {
	var out []convention
	facts := s.Type.V.Facts()
	for _, o := range s.SLOs {
		if i := o.Indicator; !i.Defaulted && !usual(i, facts) {
			out = append(out, conventionsIn(i)...)
		}
	}
	return out
}

// usual reports whether an indicator tells failures as its type does by default. It is
// told without parsing, for most do.
func usual(i spec.Indicator, facts spec.TypeFacts) bool {
	if facts.Total == "" {
		return false
	}
	has := func(text, matcher string) bool {
		return strings.Contains(text, facts.Total+"{") && strings.Contains(text, matcher)
	}
	return has(i.Good.V, facts.GoodMatcher) || has(i.Ratio.V, facts.GoodMatcher) || has(i.Bad.V, facts.BadMatcher)
}

func conventionsIn(i spec.Indicator) []convention {
	w := walk{}
	switch i.Kind {
	case spec.IndicatorEvents:
		w.read(i.Total.V, whole)
		w.read(i.Good.V, good)
		w.read(i.Bad.V, bad)
	case spec.IndicatorRatio:
		w.read(i.Ratio.V, good)
	case spec.IndicatorLatency, spec.IndicatorThreshold, spec.IndicatorNone:
	}
	return w.conventions()
}

// part is what of an indicator an expression counts.
type part int

const (
	whole part = iota
	good
	bad
)

// other turns good events into bad ones.
func (p part) other() part {
	switch p {
	case good:
		return bad
	case bad:
		return good
	case whole:
	}
	return whole
}

// walk collects the selectors of an indicator, by what they count.
type walk struct{ selectors [3][]*parser.VectorSelector }

func (w *walk) read(text string, p part) {
	if text == "" {
		return
	}
	if expr, err := promql.Parse(text); err == nil {
		w.in(expr, p)
	}
}

// in goes through an expression that counts good, bad or all events. What is taken away
// from good ones is bad, and what is divided by is all of them.
func (w *walk) in(node parser.Node, p part) {
	switch n := node.(type) {
	case *parser.VectorSelector:
		w.selectors[p] = append(w.selectors[p], n)
		return
	case *parser.BinaryExpr:
		right := p
		switch {
		case n.Op == parser.DIV, n.Op.IsComparisonOperator():
			right = whole
		case n.Op == parser.SUB:
			right = p.other()
		}
		w.in(n.LHS, p)
		w.in(n.RHS, right)
		return
	}
	for child := range parser.ChildrenIter(node) {
		w.in(child, p)
	}
}

// conventions are the matchers that bad events have and the whole does not, or the
// opposite of the one that good events have.
func (w *walk) conventions() []convention {
	var out []convention
	for _, s := range w.selectors[bad] {
		if own := w.telling(s); len(own) > 0 {
			out = append(out, convention{s.Name, own})
		}
	}
	for _, s := range w.selectors[good] {
		own := w.telling(s)
		if len(own) != 1 {
			continue // the opposite of several is no list of matchers
		}
		if m, err := own[0].Inverse(); err == nil {
			out = append(out, convention{s.Name, []*labels.Matcher{m}})
		}
	}
	return slices.DeleteFunc(out, func(c convention) bool { return slices.ContainsFunc(c.failures, tellsNothing) })
}

// telling are the matchers of a selector on labels that say how an event ended, without
// those that the whole has, too.
func (w *walk) telling(s *parser.VectorSelector) []*labels.Matcher {
	return slices.DeleteFunc(slices.Clone(s.LabelMatchers), func(m *labels.Matcher) bool {
		return m.Name == model.MetricNameLabel || !promql.SaysOutcome(m.Name) || slices.ContainsFunc(w.selectors[whole], func(all *parser.VectorSelector) bool {
			return all.Name == s.Name && slices.ContainsFunc(all.LabelMatchers, func(o *labels.Matcher) bool { return o.String() == m.String() })
		})
	})
}

// tellsNothing reports whether a matcher takes no failure that is known, or no less
// than every success.
func tellsNothing(m *labels.Matcher) bool {
	takes := func(value string) bool { return m.Matches(value) }
	if promql.OnFailuresOnly(m.Name) {
		return false
	}
	return !slices.ContainsFunc(promql.ErrorValues(), takes) || !slices.ContainsFunc(promql.GoodValues(), func(v string) bool { return !m.Matches(v) })
}
