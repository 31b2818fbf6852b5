package promql

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Member is an expression that may be asked together with others.
type Member struct {
	ID string
	// Expr is not nil.
	Expr parser.Expr
	// LabelValue is the value that every selector of the expression asks for
	// with label="value". A member without one goes alone.
	LabelValue string
}

// Merged is one query that answers several members.
type Merged struct {
	Query string
	// Label splits the answer: a series belongs to the parts whose Value it has
	// as this label. If it is empty the whole answer belongs to every part.
	Label string
	// Parts is not empty.
	Parts []Part

	shape shape
}

// Part says which series of a merged answer belong to a member.
type Part struct {
	ID    string
	Value string
	// Keeps says that the member's own answer carries the label. If it does
	// not, the label has to be taken off the series.
	Keeps bool
	// Alone is the member's own expression, printed canonically.
	Alone string
}

// Merge turns members into fewer queries with the same answers. Expressions
// that differ only in the value of label="value", which every selector has to
// ask for, become one: the matcher turns into an alternation of the values, and
// the label joins groupings and vector matching. Where that would not be exact
// the member goes alone, and so it does when nobody shares its shape. Equal
// expressions are always asked once. A query is at most maxBytes long, if that
// is positive and a member is not longer by itself.
//
// The exactness is that of PromQL over series: a server's limits, and errors of
// one member such as duplicate series, hit all members of a query. Split then
// gives the queries to ask instead.
func Merge(members []Member, label string, maxBytes int) []Merged {
	groups := make(map[string]*group)
	var order []string
	type question struct {
		expr  parser.Expr
		value string
	}
	type place struct {
		group *group
		part  Part
	}
	known := make(map[question]place, len(members)) // members of one expression are alike
	for _, m := range members {
		asked := question{m.Expr, m.LabelValue}
		at, ok := known[asked]
		if !ok {
			key, s, part := classify(m, label)
			if groups[key] == nil {
				groups[key] = &group{shape: s}
				order = append(order, key)
			}
			at = place{groups[key], part}
			known[asked] = at
		}
		at.part.ID = m.ID
		at.group.parts = append(at.group.parts, at.part)
	}
	var out []Merged
	for _, key := range order {
		out = append(out, groups[key].queries(maxBytes)...)
	}
	return out
}

// Split returns the queries that answer the same parts in halves, down to each
// part's own expression, and nothing for a query that is one already.
func (m Merged) Split() []Merged {
	if m.Label == "" {
		return nil
	}
	values := partValues(m.Parts)
	if len(values) == 1 {
		return alone(m.Parts)
	}
	middle := values[len(values)/2]
	var low, high []Part
	for _, p := range m.Parts {
		if p.Value < middle {
			low = append(low, p)
		} else {
			high = append(high, p)
		}
	}
	return append(m.shape.merged(low), m.shape.merged(high)...)
}

// Alone returns the parts' own expressions, each once.
func (m Merged) Alone() []Merged { return alone(m.Parts) }

// Ends returns the queries for the first two and the last two values of a query
// for many, to find out what a server takes; nothing for a query for less than
// eight.
func (m Merged) Ends() []Merged {
	values := partValues(m.Parts)
	if m.Label == "" || len(values) < 8 {
		return nil
	}
	of := func(from, to string) []Merged {
		var parts []Part
		for _, p := range m.Parts {
			if p.Value >= from && p.Value <= to {
				parts = append(parts, p)
			}
		}
		return m.shape.merged(parts)
	}
	return append(of(values[0], values[1]), of(values[len(values)-2], values[len(values)-1])...)
}

// group is the members whose merged form is the same.
type group struct {
	shape shape
	parts []Part
}

func (g *group) queries(maxBytes int) []Merged {
	if g.shape.expr == nil {
		return alone(g.parts)
	}
	if maxBytes <= 0 || maxBytes > MaxExprBytes {
		maxBytes = MaxExprBytes
	}
	byValue := make(map[string][]Part)
	for _, p := range g.parts {
		byValue[p.Value] = append(byValue[p.Value], p)
	}
	base := len(g.shape.query(nil))
	var out []Merged
	var chunk []Part
	size := base
	for _, value := range slices.Sorted(maps.Keys(byValue)) {
		cost := g.shape.cost(value)
		if len(chunk) > 0 && size+cost > maxBytes {
			out = append(out, g.shape.merged(chunk)...)
			chunk, size = nil, base
		}
		chunk = append(chunk, byValue[value]...)
		size += cost
	}
	return append(out, g.shape.merged(chunk)...)
}

// shape is an expression that carries the label, with a hole in the place of
// the label's matchers.
type shape struct {
	label string
	expr  parser.Expr
	holes int
}

// hole is the value that stands for all values while shapes are compared.
const hole = "\x00"

// classify returns the key of the member's group. A shape without an
// expression means that the member goes alone.
func classify(m Member, label string) (string, shape, Part) {
	if m.Expr == nil {
		return "", shape{}, Part{ID: m.ID}
	}
	part := Part{ID: m.ID, Value: m.LabelValue, Alone: m.Expr.String()}
	own := "alone " + part.Alone
	if !isCarryable(label) || m.LabelValue == "" || !utf8.ValidString(m.LabelValue) {
		return own, shape{}, part
	}
	c := carrier{label: label, value: m.LabelValue, matcher: equality(label, hole)}
	expr, f := c.carry(m.Expr)
	if f == lost {
		return own, shape{}, part
	}
	part.Keeps = f == kept
	return "merged " + expr.String(), shape{label: label, expr: expr, holes: len(Selectors(expr))}, part
}

// isCarryable excludes the labels that PromQL itself gives a meaning.
func isCarryable(label string) bool {
	return label != "" && label != model.MetricNameLabel && label != labels.BucketLabel
}

// merged returns one query for the parts, or the parts' own expression if
// they all have the same.
func (s shape) merged(parts []Part) []Merged {
	single := alone(parts)
	if len(single) <= 1 {
		return single
	}
	return []Merged{{Query: s.query(partValues(parts)), Label: s.label, Parts: parts, shape: s}}
}

// query prints the shape with the values in its holes.
func (s shape) query(values []string) string {
	var m *labels.Matcher
	if len(values) == 1 {
		m = equality(s.label, values[0])
	} else {
		// Quoted values joined by bars always compile.
		m = labels.MustNewMatcher(labels.MatchRegexp, s.label, alternation(values))
	}
	return mapSelectors(s.expr, func(vs *parser.VectorSelector) {
		for i, old := range vs.LabelMatchers {
			if old.Name == s.label {
				vs.LabelMatchers[i] = m
			}
		}
	}).String()
}

// cost is how many bytes the value adds to the query, its bar included.
func (s shape) cost(value string) int {
	return s.holes * (len(strconv.Quote(regexp.QuoteMeta(value))) - len(`""`) + len("|"))
}

func alternation(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = regexp.QuoteMeta(v)
	}
	return strings.Join(quoted, "|")
}

func equality(label, value string) *labels.Matcher {
	return labels.MustNewMatcher(labels.MatchEqual, label, value)
}

// alone returns one query for each distinct expression of the parts, in order.
func alone(parts []Part) []Merged {
	var out []Merged
	at := make(map[string]int)
	for _, p := range parts {
		i, ok := at[p.Alone]
		if !ok {
			i = len(out)
			at[p.Alone] = i
			out = append(out, Merged{Query: p.Alone})
		}
		out[i].Parts = append(out[i].Parts, p)
	}
	return out
}

// partValues returns the values of the parts, sorted and each once.
func partValues(parts []Part) []string {
	values := make([]string, 0, len(parts))
	for _, p := range parts {
		values = append(values, p.Value)
	}
	slices.Sort(values)
	return slices.Compact(values)
}
