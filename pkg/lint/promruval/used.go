package promruval

import (
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// metricName is the label that holds the name of a metric.
const metricName = "__name__"

// use is a label that an expression uses, and where.
type use struct {
	label      string
	start, end int
}

// used returns the labels that an expression uses on series of metrics whose name
// matches, each once and in order: in matchers, and above the selector in
// aggregations, matching and functions. With nil every selector counts.
func used(e *lint.Expr, metric *regexp.Regexp) []use {
	if e == nil || e.AST == nil {
		return nil
	}
	found := map[string]use{}
	add := func(n parser.Node, label string) {
		if _, ok := found[label]; !ok && label != "" {
			found[label] = placed(e, n, label)
		}
	}
	parser.Inspect(e.AST, func(n parser.Node, path []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok || metric != nil && !named(vs, metric) {
			return nil
		}
		for _, m := range vs.LabelMatchers {
			add(vs, m.Name)
		}
		for label, at := range above(append(slices.Clone(path), n)) {
			add(at, label)
		}
		return nil
	})
	out := make([]use, 0, len(found))
	for _, u := range found {
		out = append(out, u)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].label < out[j].label })
	return out
}

// named reports whether a selector asks for one metric whose name matches.
func named(vs *parser.VectorSelector, metric *regexp.Regexp) bool {
	return slices.ContainsFunc(vs.LabelMatchers, func(m *labels.Matcher) bool {
		return m.Name == metricName && m.Type == labels.MatchEqual && metric.MatchString(m.Value)
	})
}

// placed finds the label inside a node; the whole node where it is not to be seen.
func placed(e *lint.Expr, n parser.Node, label string) use {
	at := n.PositionRange()
	start, end := int(at.Start), min(int(at.End), len(e.V))
	if i, ok := report.Word(e.V[min(start, end):end], label, "_:"); ok {
		return use{label, start + i, start + i + len(label)}
	}
	return use{label, start, end}
}

// above returns the labels that the nodes on the way to a selector use of its
// series, with the node. Behind group_left and group_right, labels may be those of
// the other side, so what stands further up does not count.
func above(path []parser.Node) map[string]parser.Node {
	out := map[string]parser.Node{}
	for i, n := range path {
		switch n := n.(type) {
		case *parser.AggregateExpr:
			for _, l := range n.Grouping {
				out[l] = n
			}
		case *parser.BinaryExpr:
			out = matched(n, path[i+1], out)
		case *parser.Call:
			called(n, out)
		}
	}
	return out
}

func matched(n *parser.BinaryExpr, next parser.Node, out map[string]parser.Node) map[string]parser.Node {
	m := n.VectorMatching
	if m == nil {
		return out
	}
	if m.Include != nil {
		out = map[string]parser.Node{}
	}
	if m.On {
		for _, l := range m.MatchingLabels {
			out[l] = n
		}
	}
	one := m.Card == parser.CardManyToOne && next == parser.Node(n.RHS) || m.Card == parser.CardOneToMany && next == parser.Node(n.LHS)
	for _, l := range m.Include {
		if one {
			out[l] = n
		}
	}
	return out
}

// called adds the labels that a function reads. Labels that it writes are not those
// of the series.
func called(n *parser.Call, out map[string]parser.Node) {
	first := len(n.Args)
	switch n.Func.Name {
	case "label_replace":
		delete(out, argument(n, 1))
		out[argument(n, 3)] = n
	case "label_join":
		delete(out, argument(n, 1))
		first = 3
	case "sort_by_label", "sort_by_label_desc":
		first = 1
	}
	for i := first; i < len(n.Args); i++ {
		out[argument(n, i)] = n
	}
	delete(out, "")
}

func argument(n *parser.Call, i int) string {
	if i >= len(n.Args) {
		return ""
	}
	s, ok := n.Args[i].(*parser.StringLiteral)
	if !ok {
		return ""
	}
	return s.Val
}

// forbidden returns faults for the labels that an expression must not use.
func forbidden(e *lint.Expr, metric *regexp.Regexp, not func(label string) bool) []fault {
	var out []fault
	for _, u := range used(e, metric) {
		if !not(u.label) {
			continue
		}
		message := "the expression uses the label " + u.label + ", which is not allowed"
		if metric != nil {
			message += " with metrics that match " + shown(metric)
		}
		out = append(out, fault{e.Text, u.start, u.end, message, "do without it"})
	}
	return out
}

func doesNotUseLabels(p *params) check {
	names := p.neededTexts("labels")
	return func(t target) []fault {
		return forbidden(t.expr, nil, func(l string) bool { return slices.Contains(names, l) })
	}
}

func usesOnlyAllowedLabels(p *params) check {
	names, metric := p.neededTexts("allowedLabels"), p.pattern("metricNameRegexp", ".*")
	return func(t target) []fault {
		return forbidden(t.expr, metric, func(l string) bool { return l != metricName && !slices.Contains(names, l) })
	}
}

func doesNotUseLabelsForMetric(p *params) check {
	names, metric := p.neededTexts("labels"), p.pattern("metricNameRegexp", ".*")
	return func(t target) []fault {
		return forbidden(t.expr, metric, func(l string) bool { return slices.Contains(names, l) })
	}
}

func usesOnlyAllowedLabelValues(p *params) check {
	metric, values := p.pattern("metricNameRegexp", ".*"), map[string][]string{}
	n := p.get("allowedLabelValues")
	if n == nil || len(n.Fields) == 0 {
		p.bad(n, "allowedLabelValues is missing", "add it below params:, with a list of values by label")
		return nil
	}
	for _, f := range n.Fields {
		values[f.Key] = p.list(f.Value, "allowedLabelValues of "+f.Key)
	}
	return nodes(func(e *lint.Expr, n parser.Node, _ []parser.Node) []fault {
		vs, ok := n.(*parser.VectorSelector)
		if !ok || !named(vs, metric) {
			return nil
		}
		var out []fault
		for _, m := range vs.LabelMatchers {
			allowed, ok := values[m.Name]
			if !ok || m.Type == labels.MatchNotRegexp || slices.ContainsFunc(allowed, m.Matches) {
				continue
			}
			u := placed(e, vs, m.Name)
			out = append(out, fault{e.Text, u.start, u.end, m.String() + " matches none of the values that are allowed with " + shown(metric), "use one of " + strings.Join(allowed, ", ")})
		}
		return out
	})
}
