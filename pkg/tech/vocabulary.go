package tech

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// vocabulary is what the expressions of a technology may name.
type vocabulary struct {
	technology string
	// intents are by name, without the technology.
	intents map[string]Intent
	metrics map[string]known
	// identity are the labels that all series have beside those of a target.
	identity []string
	// open is set for a user's own alerts: they may read metrics that nothing
	// declares, and only what cannot work is held against them.
	open bool
	// service is set for a kind of service, whose alerts read intents: services name
	// their metrics as they like.
	service bool
}

// known is what is declared of a metric.
type known struct {
	typ    MetricType
	labels []string
}

// newVocabulary collects what a technology declares. What is declared twice with
// different types is a problem.
func newVocabulary(t Technology) (vocabulary, problems) {
	var found problems
	v := vocabulary{technology: t.Name, intents: map[string]Intent{}, metrics: map[string]known{}, identity: t.Identity, service: t.Kind == KindService}
	v.metrics["up"] = known{typ: Gauge}
	if t.Exporter != nil && t.Exporter.Probe != "" && t.Exporter.Probe != "up" {
		v.metrics[t.Exporter.Probe] = known{typ: Gauge}
	}
	for _, intent := range t.Intents {
		v.intents[intent.Name] = intent
		for _, candidate := range intent.Candidates {
			v.add(candidate, intent.Type, t.Outcome)
		}
	}
	for i, m := range t.Metrics {
		found.below(index("metrics", i), v.declare(m))
		if slices.ContainsFunc(t.Metrics[:i], func(o Metric) bool { return o.Name == m.Name }) {
			found.add(index("metrics", i)+".name", "%s is declared twice", m.Name)
		}
	}
	return v, found
}

// declare adds a metric.
func (v *vocabulary) declare(m Metric) problems {
	var found problems
	old, declared := v.metrics[m.Name]
	switch {
	case !metricName.MatchString(m.Name):
		found.add("name", "%q is no name of a metric", m.Name)
		return found
	case m.Type != Counter && m.Type != Gauge && m.Type != Histogram:
		found.add("type", "%s is declared as %q; a metric is a counter, a gauge or a histogram", m.Name, m.Type)
		return found
	case declared && old.typ != m.Type:
		found.add("type", "%s is declared as a %s here and as a %s elsewhere", m.Name, m.Type, old.typ)
	}
	v.metrics[m.Name] = known{typ: m.Type, labels: slices.Concat(old.labels, m.Labels)}
	return found
}

var metricName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// add declares the metric of a candidate, with the labels that the candidate
// names. The type that an intent gives it counts unless another intent has given
// it one: check_intent tells them apart.
func (v *vocabulary) add(c Candidate, typ MetricType, outcome *Outcome) {
	selector, ok := parseSelector(c.Selector)
	if !ok || typ == Derived {
		return
	}
	m := v.metrics[selector.Name]
	if m.typ == "" {
		m.typ = typ
	}
	for _, matcher := range selector.LabelMatchers {
		if matcher.Name != model.MetricNameLabel {
			m.labels = append(m.labels, matcher.Name)
		}
	}
	if c.By != "" {
		m.labels = append(m.labels, c.By)
	}
	if outcome != nil {
		m.labels = append(m.labels, outcome.Labels...)
	}
	v.metrics[selector.Name] = m
}

// parseSelector reads a metric and its matchers.
func parseSelector(text string) (*parser.VectorSelector, bool) {
	expr, err := parse(text)
	if err != nil {
		return nil, false
	}
	selector, ok := expr.(*parser.VectorSelector)
	return selector, ok && selector.Name != "" && selector.OriginalOffset == 0 && selector.Timestamp == nil
}

// maxExpr is how many bytes an expression of a file may have. The parser takes
// time with the square of the nesting, and users' files are not trusted.
const maxExpr = 8 << 10

func parse(text string) (parser.Expr, error) {
	if len(text) > maxExpr {
		return nil, errTooLong
	}
	return parser.NewParser(parser.Options{}).ParseExpr(text)
}

// reading is what a selector reads.
type reading struct {
	// name is how messages call it.
	name string
	// typ is empty when nothing is known of the metric.
	typ    MetricType
	labels []string
	// intent is set for the intents of panels.
	intent bool
}

// read says what a selector reads, or what is wrong with it.
func (v vocabulary) read(s *parser.VectorSelector) (reading, string) {
	if strings.Contains(s.Name, ":") && !v.open {
		return v.readIntent(s.Name)
	}
	if s.Name != "" {
		return v.readMetric(s.Name)
	}
	return v.readNames(s)
}

func (v vocabulary) readIntent(name string) (reading, string) {
	technology, intent, _ := strings.Cut(name, ":")
	in, ok := v.intents[intent]
	switch {
	case technology != strings.ReplaceAll(v.technology, "-", "_"):
		return reading{}, name + " is no intent of " + v.technology
	case !ok:
		return reading{}, name + " is read and " + v.technology + " has no such intent"
	}
	if in.ErrorsOf != "" {
		in.Candidates = v.intents[in.ErrorsOf].Candidates
	}
	return reading{name: name, typ: in.Type, labels: v.common(in), intent: true}, ""
}

// common are the labels that every candidate of an intent has.
func (v vocabulary) common(in Intent) []string {
	var out []string
	for i, c := range in.Candidates {
		selector, ok := parseSelector(c.Selector)
		if !ok {
			return nil
		}
		has := v.metrics[selector.Name].labels
		if i == 0 {
			out = slices.Clone(has)
			continue
		}
		out = slices.DeleteFunc(out, func(l string) bool { return !slices.Contains(has, l) })
	}
	return out
}

func (v vocabulary) readMetric(name string) (reading, string) {
	if m, ok := v.metrics[name]; ok {
		return reading{name: name, typ: m.typ, labels: m.labels}, ""
	}
	for _, suffix := range []string{"_sum", "_count"} {
		if m, ok := v.metrics[strings.TrimSuffix(name, suffix)+"_bucket"]; ok && strings.HasSuffix(name, suffix) {
			return reading{name: name, typ: Counter, labels: m.labels}, ""
		}
	}
	if v.open {
		return reading{name: name}, ""
	}
	return reading{}, name + " is read and not declared; add it to the metrics of " + v.technology + ", or a candidate of an intent"
}

// readNames reads a selector that picks metrics by a pattern of their names.
func (v vocabulary) readNames(s *parser.VectorSelector) (reading, string) {
	out := reading{name: s.String()}
	matched := false
	for name, m := range v.metrics {
		if !slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool {
			return m.Name == model.MetricNameLabel && !m.Matches(name)
		}) {
			if matched && m.typ != out.typ {
				return reading{}, out.name + " reads metrics of different types"
			}
			matched = true
			out.typ = m.typ
			out.labels = append(out.labels, m.labels...)
		}
	}
	if !matched && !v.open {
		return reading{}, out.name + " reads no metric that is declared"
	}
	return out, ""
}
