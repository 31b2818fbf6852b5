package lint

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// labelSet is what an expression says about the labels of its result, without
// knowing any series. The name of a metric is not among them.
type labelSet struct {
	// closed sets have no labels but names; the others may have any label but
	// gone.
	closed bool
	names  []string
	gone   []string
	// unsure are labels that some of the result may have and some of it not, as behind
	// or and label_replace; anyUnsure says it of all.
	unsure    []string
	anyUnsure bool
	// facts are matchers that every series of the result fulfils.
	facts []*labels.Matcher
}

func anyLabels() labelSet { return labelSet{} }
func noLabels() labelSet  { return labelSet{closed: true} }

// may reports whether the result can have the label.
func (s labelSet) may(name string) bool {
	return name == model.MetricNameLabel || !s.lost(name) && !s.empty(name)
}

// lost reports whether something on the way took the label away.
func (s labelSet) lost(name string) bool {
	if s.closed {
		return !slices.Contains(s.names, name) && !s.empty(name)
	}
	return slices.Contains(s.gone, name)
}

func (s labelSet) with(names ...string) labelSet {
	for _, n := range names {
		s.facts = factsWithout(s.facts, n)
		if s.may(n) {
			continue
		}
		if s.closed {
			s.names = append(slices.Clip(s.names), n)
		} else {
			s.gone = remove(s.gone, n)
		}
	}
	return s
}

func (s labelSet) without(names ...string) labelSet {
	for _, n := range names {
		s.facts = factsWithout(s.facts, n)
		if !s.may(n) {
			continue
		}
		if s.closed {
			s.names = remove(s.names, n)
		} else {
			s.gone = append(slices.Clip(s.gone), n)
		}
	}
	return s
}

// keep returns the set limited to some labels.
func (s labelSet) keep(names []string) labelSet {
	out := noLabels()
	for _, n := range names {
		if s.may(n) {
			out.names = append(out.names, n)
		}
	}
	return out.doubting(s).knowing(s.factsOf(names))
}

// both returns the labels that two results have in common, when they agree on each.
func (s labelSet) both(o labelSet) labelSet {
	out := s.without(o.gone...)
	switch {
	case s.closed:
		out = o.keep(s.names)
	case o.closed:
		out = s.keep(o.names)
	}
	out.facts = nil
	return out.doubting(s).doubting(o).knowing(s.facts).knowing(o.facts)
}

// either returns the labels that one of two results may have.
func (s labelSet) either(o labelSet) labelSet {
	out := s.union(o)
	out.facts = s.shared(o)
	return out
}

// union is either without the facts.
func (s labelSet) union(o labelSet) labelSet {
	out := anyLabels().doubting(s).doubting(o)
	switch {
	case s.closed && o.closed:
		for _, n := range append(slices.Clip(s.names), o.names...) {
			if s.may(n) != o.may(n) {
				out.unsure = append(out.unsure, n)
			}
		}
		s = s.with(o.names...)
		out.closed, out.names = true, s.names
		return out
	case s.closed || o.closed:
		out.anyUnsure = true
	}
	for _, n := range append(slices.Clip(s.gone), o.gone...) {
		switch {
		case s.may(n) != o.may(n):
			out.unsure = append(out.unsure, n)
		case !s.may(n):
			out.gone = append(out.gone, n)
		}
	}
	return out
}

func remove(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}

// labelVisitor is told the labels of the operands of aggregations and binary
// operations between vectors, innermost first. Each method may be nil.
type labelVisitor struct {
	// recorded returns the labels of the series of a name; nil is to know none.
	recorded  func(name string) labelSet
	aggregate func(n *parser.AggregateExpr, input labelSet)
	binary    func(n *parser.BinaryExpr, left, right labelSet)
	quantile  func(n *parser.Call, input labelSet)
}

// labelsOf returns what is known about the labels of an expression's result. It
// looks at each node once, and carries no long lists from one to the next.
func (v labelVisitor) labelsOf(n parser.Expr) labelSet { return v.looked(n).bounded() }

func (v labelVisitor) looked(n parser.Expr) labelSet {
	switch n := n.(type) {
	case *parser.VectorSelector:
		out := selectorLabels(n)
		if v.recorded != nil {
			out = v.recorded(n.Name).without(out.gone...).knowing(out.facts)
		}
		return out
	case *parser.MatrixSelector:
		return v.labelsOf(n.VectorSelector)
	case *parser.SubqueryExpr:
		return v.labelsOf(n.Expr)
	case *parser.ParenExpr:
		return v.labelsOf(n.Expr)
	case *parser.StepInvariantExpr:
		return v.labelsOf(n.Expr)
	case *parser.UnaryExpr:
		return v.labelsOf(n.Expr)
	case *parser.AggregateExpr:
		return v.aggregateLabels(n)
	case *parser.BinaryExpr:
		return v.binaryLabels(n)
	case *parser.Call:
		return v.callLabels(n)
	case *parser.NumberLiteral, *parser.StringLiteral, *parser.DurationExpr:
		return noLabels()
	}
	return anyLabels()
}

// selectorLabels takes the matchers as they are. Of a histogram only the buckets have
// the label le, which is kept for them.
func selectorLabels(n *parser.VectorSelector) labelSet {
	out := anyLabels()
	if strings.HasSuffix(n.Name, "_count") || strings.HasSuffix(n.Name, "_sum") {
		if !strings.Contains(n.Name, ":") && !namesLabel(n.LabelMatchers, labels.BucketLabel) {
			out.gone = []string{labels.BucketLabel}
		}
	}
	out.facts = slices.Clip(n.LabelMatchers)
	return out
}

func (v labelVisitor) aggregateLabels(n *parser.AggregateExpr) labelSet {
	input := v.labelsOf(n.Expr)
	if n.Param != nil {
		v.labelsOf(n.Param)
	}
	if v.aggregate != nil {
		v.aggregate(n, input)
	}
	switch n.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return input
	}
	var out labelSet
	if n.Without {
		out = input.without(n.Grouping...)
	} else {
		out = input.keep(n.Grouping)
	}
	if label, ok := n.Param.(*parser.StringLiteral); ok && n.Op == parser.COUNT_VALUES {
		out = out.with(label.Val)
	}
	return out
}

func (v labelVisitor) binaryLabels(n *parser.BinaryExpr) labelSet {
	left, right := v.labelsOf(n.LHS), v.labelsOf(n.RHS)
	m := n.VectorMatching
	if m == nil { // one side is a number
		if n.LHS.Type() == parser.ValueTypeScalar {
			return right
		}
		return left
	}
	if v.binary != nil {
		v.binary(n, left, right)
	}
	if m.FillValues.LHS != nil || m.FillValues.RHS != nil { // a result may be of one side alone
		left.facts, right.facts = nil, nil
	}
	switch {
	case n.Op == parser.LOR:
		return left.either(right)
	case n.Op == parser.LAND:
		return left.knowing(matchedFacts(m, right))
	case n.Op.IsSetOperator():
		return left
	case m.Card == parser.CardManyToOne:
		return joined(left, right, m)
	case m.Card == parser.CardOneToMany:
		return joined(right, left, m)
	case m.On:
		out := left.union(right).keep(m.MatchingLabels)
		out.facts = nil
		return out.knowing(left.factsOf(m.MatchingLabels)).knowing(right.factsOf(m.MatchingLabels))
	}
	return left.without(m.MatchingLabels...).both(right.without(m.MatchingLabels...))
}

// joined returns the labels of the many side and those that group_left or
// group_right takes from the other.
func joined(many, other labelSet, m *parser.VectorMatching) labelSet {
	out := many.knowing(matchedFacts(m, other)).without(m.Include...)
	for _, name := range m.Include {
		if other.may(name) {
			out = out.with(name)
		}
	}
	return out.doubting(other).knowing(other.factsOf(m.Include))
}

func (v labelVisitor) callLabels(n *parser.Call) labelSet {
	input := noLabels()
	for i, arg := range n.Args {
		l := v.labelsOf(arg)
		if t := n.Func.ArgTypes[min(i, len(n.Func.ArgTypes)-1)]; t == parser.ValueTypeVector || t == parser.ValueTypeMatrix {
			input = l
		}
	}
	switch n.Func.Name {
	case "absent", "absent_over_time":
		return absentLabels(n.Args[0])
	case "scalar":
		return noLabels()
	case "label_replace", "label_join":
		return relabelled(n, input)
	case "histogram_quantile", "histogram_fraction":
		if v.quantile != nil {
			v.quantile(n, input)
		}
		return input.without(labels.BucketLabel)
	case "histogram_quantiles", "info":
		return anyLabels()
	}
	return input
}

// relabelled returns the labels behind label_replace and label_join. What they write may
// be empty, which takes the label away, where nothing is in what they make it of.
func relabelled(n *parser.Call, input labelSet) labelSet {
	var texts []string
	for _, arg := range n.Args[1:] {
		text, ok := arg.(*parser.StringLiteral)
		if !ok {
			return anyLabels()
		}
		texts = append(texts, text.Val)
	}
	to, from, removes := texts[0], texts[2:], false
	if n.Func.Name == "label_replace" {
		from, removes = texts[2:3], texts[1] == ""
	}
	if removes || input.closed && !input.may(to) || !slices.ContainsFunc(from, input.sure) {
		input.unsure = append(slices.Clip(input.unsure), to)
	}
	return input.with(to)
}

// absentLabels returns the labels that absent makes up from its selector.
func absentLabels(arg parser.Expr) labelSet {
	switch n := arg.(type) {
	case *parser.ParenExpr:
		return absentLabels(n.Expr)
	case *parser.MatrixSelector:
		return absentLabels(n.VectorSelector)
	case *parser.VectorSelector:
		out := noLabels()
		for i, m := range n.LabelMatchers {
			if m.Type == labels.MatchEqual && m.Value != "" && m.Name != model.MetricNameLabel {
				out.names = append(out.names, m.Name)
				if !namesLabel(n.LabelMatchers[:i], m.Name) && !namesLabel(n.LabelMatchers[i+1:], m.Name) {
					out.facts = append(out.facts, m)
				}
			}
		}
		return out
	}
	return noLabels()
}
