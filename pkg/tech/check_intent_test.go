package tech

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// units are Grafana's names of units that the catalogue uses.
func units() []string {
	return []string{
		"short", "none", "percent", "percentunit", "bool", "s", "ms", "bytes", "decbytes", "Bps", "binBps",
		"reqps", "ops", "rps", "wps", "iops", "cps", "mps", "celsius", "watt", "dtdurations", "dateTimeFromNow",
	}
}

func (v vocabulary) checkIntents(found *problems, t Technology) {
	for i, in := range t.Intents {
		at := index("intents", i)
		if slices.ContainsFunc(t.Intents[:i], func(o Intent) bool { return o.Name == in.Name }) {
			found.add(at+".name", "%s is there twice", in.Name)
		}
		found.below(at, v.checkIntent(t, in))
	}
}

func (v vocabulary) checkIntent(t Technology, in Intent) problems {
	var found problems
	if !intentName.MatchString(in.Name) {
		found.add("name", "%q is no name; use lower case letters, digits and _", in.Name)
	}
	if !slices.Contains([]MetricType{Counter, Gauge, Histogram, Derived}, in.Type) {
		found.add("type", "%q is no type; use counter, gauge, histogram or derived", in.Type)
	}
	if !slices.Contains(units(), in.Unit) {
		found.add("unit", "%q is no unit of Grafana that is used here", in.Unit)
	}
	if !strings.HasSuffix(in.Help, ".") {
		found.add("help", "say in one sentence what it is")
	}
	if in.Fallback != "" {
		v.checkFallback(&found, in)
	}
	if in.ErrorsOf != "" {
		v.checkErrorsOf(&found, t, in)
		return found
	}
	if len(in.Candidates) == 0 {
		found.add("candidates", "nothing measures %s", in.Name)
	}
	for i, c := range in.Candidates {
		found.below(index("candidates", i), v.checkCandidate(in, c))
	}
	return found
}

// checkFallback makes sure that a fallback is there, measures the same, and does
// not lead back.
func (v vocabulary) checkFallback(found *problems, in Intent) {
	seen := []string{in.Name}
	for next := in.Fallback; next != ""; next = v.intents[next].Fallback {
		other, ok := v.intents[next]
		switch {
		case !ok:
			found.add("fallback", "%s is no intent of %s", next, v.technology)
			return
		case slices.Contains(seen, next):
			found.add("fallback", "the fallbacks lead back to %s", next)
			return
		case other.Type != in.Type || other.Unit != in.Unit:
			found.add("fallback", "%s is a %s in %s and cannot stand for a %s in %s", next, other.Type, other.Unit, in.Type, in.Unit)
		}
		seen = append(seen, next)
	}
}

func (v vocabulary) checkErrorsOf(found *problems, t Technology, in Intent) {
	of, ok := v.intents[in.ErrorsOf]
	switch {
	case !ok:
		found.add("errors_of", "%s is no intent of %s", in.ErrorsOf, v.technology)
	case t.Outcome == nil:
		found.add("errors_of", "%s has no outcome that tells failures from successes", v.technology)
	case of.Type != in.Type || of.Unit != in.Unit:
		found.add("errors_of", "failures of %s are a %s in %s too", in.ErrorsOf, of.Type, of.Unit)
	case len(in.Candidates) > 0:
		found.add("candidates", "failures are counted by the candidates of %s", in.ErrorsOf)
	}
}

func (v vocabulary) checkCandidate(in Intent, c Candidate) problems {
	var found problems
	if c.Scale < 0 {
		found.add("scale", "%v is no factor", c.Scale)
	}
	if in.Type == Derived {
		if c.Expr == "" || c.Selector != "" {
			found.add("expr", "a derived intent has expressions")
			return found
		}
		v.checkDerived(&found, in, c)
		return found
	}
	if c.Selector == "" || c.Expr != "" {
		found.add("selector", "only a derived intent has expressions")
		return found
	}
	s, ok := parseSelector(c.Selector)
	switch {
	case !ok:
		found.add("selector", "%q is no metric with matchers", c.Selector)
	case in.Type == Histogram && !strings.HasSuffix(s.Name, "_bucket"):
		found.add("selector", "of a histogram, name the _bucket series")
	case strings.Contains(s.Name, ":"):
		found.add("selector", "a candidate is a metric and no intent")
	case v.metrics[s.Name].typ != in.Type:
		found.add("selector", "%s is a %s elsewhere and a %s here", s.Name, v.metrics[s.Name].typ, in.Type)
	}
	return found
}

func (v vocabulary) checkDerived(found *problems, in Intent, c Candidate) {
	expr, why := v.checkExpr(c.Expr)
	for _, w := range why {
		found.add("expr", "%s", w)
	}
	if expr == nil {
		return
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok && strings.Contains(s.Name, ":") {
			found.add("expr", "%s is an intent; a derived intent is made of metrics", s.Name)
		}
		return nil
	})
	if shape, _ := v.shapeOf(expr); c.By != "" && !shape.keeps(c.By) {
		found.add("by", "%s gives %s and cannot be broken down by %s", in.Name, shape, c.By)
	}
}
