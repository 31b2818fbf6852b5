package promql

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Selector is one vector selector of an expression.
type Selector struct {
	// Name is the metric's name, also when it is written as {__name__="x"}. It
	// is empty if the name is matched by anything but equality, or not at all.
	Name string
	// Matchers are the other matchers, in the order written.
	Matchers []*labels.Matcher
	// Start and End are byte offsets in the text that was parsed. They span name
	// and matchers, and @ and offset of an instant selector; not the range.
	Start, End int
	// Range is the duration in brackets, 0 for an instant selector.
	Range time.Duration
	// Func is the innermost function around the selector ("rate", "absent"), ""
	// if there is none. Aggregations are not functions.
	Func string
	// Offset is the selector's own offset; the past is positive.
	Offset time.Duration
	// At says that the selector, or a subquery around it, is fixed by @.
	At bool
	// Subquery says that a subquery stands around the selector.
	Subquery bool
}

// Selectors returns the selectors of an expression in the order of the text. What the
// second argument of info selects is labels, and not among them.
func Selectors(expr parser.Expr) []Selector {
	var out []Selector
	if expr == nil {
		return nil
	}
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		if vs, ok := node.(*parser.VectorSelector); ok && !vs.BypassEmptyMatcherCheck {
			out = append(out, newSelector(vs, path))
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Selector) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

func newSelector(vs *parser.VectorSelector, path []parser.Node) Selector {
	s := Selector{
		Start: int(vs.PosRange.Start), End: int(vs.PosRange.End),
		Offset: vs.OriginalOffset,
		At:     vs.Timestamp != nil || vs.StartOrEnd != 0,
	}
	s.Name, s.Matchers = splitName(vs)
	for _, node := range path {
		switch n := node.(type) {
		case *parser.Call:
			s.Func = n.Func.Name
		case *parser.MatrixSelector:
			s.Range = n.Range
		case *parser.SubqueryExpr:
			s.Subquery = true
			s.At = s.At || n.Timestamp != nil || n.StartOrEnd != 0
		}
	}
	return s
}

// splitName takes the first equality on the name out of the matchers.
func splitName(vs *parser.VectorSelector) (string, []*labels.Matcher) {
	at := slices.IndexFunc(vs.LabelMatchers, func(m *labels.Matcher) bool {
		return m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual && m.Value != ""
	})
	if at < 0 {
		return "", slices.Clone(vs.LabelMatchers)
	}
	rest := slices.Clone(vs.LabelMatchers)
	return vs.LabelMatchers[at].Value, slices.Delete(rest, at, at+1)
}

// Matcher returns the selector's first matcher on the label, nil if it has none.
func (s Selector) Matcher(label string) *labels.Matcher {
	for _, m := range s.Matchers {
		if m.Name == label {
			return m
		}
	}
	return nil
}

// String prints the selector as an instant selector with its matchers sorted,
// without range, offset and @. The text is what a server accepts as match[].
// A name that could be read as anything else is written as a matcher, which
// servers older than quoted names understand too.
func (s Selector) String() string {
	var parts []string
	name := s.Name
	if name != "" && !isPlainName(name) {
		parts = append(parts, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name).String())
		name = ""
	}
	first := len(parts)
	for _, m := range s.Matchers {
		parts = append(parts, m.String())
	}
	slices.Sort(parts[first:])
	if len(parts) == 0 && name != "" {
		return name
	}
	return name + "{" + strings.Join(parts, ",") + "}"
}

// isPlainName reports whether the name alone reads as a selector of that name:
// Inf and by do not, nor do names with characters outside [a-zA-Z0-9_:].
func isPlainName(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || c == ':' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	var first parser.Item
	if parser.Lex(name).NextItem(&first); first.Val == name && (first.Typ == parser.IDENTIFIER || first.Typ == parser.METRIC_IDENTIFIER) {
		return true // all but the words of the language, of which some may be names
	}
	expr, err := Parse(name)
	if err != nil {
		return false
	}
	vs, ok := expr.(*parser.VectorSelector)
	return ok && vs.Name == name
}

// MetricNames returns the names of the metrics that an expression reads, sorted
// and each once. Selectors without a fixed name are left out.
func MetricNames(expr parser.Expr) []string {
	var names []string
	for _, s := range Selectors(expr) {
		if s.Name != "" {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// HasMatcher reports whether any selector of the expression has a matcher on
// the label.
func HasMatcher(expr parser.Expr, label string) bool {
	return slices.ContainsFunc(Selectors(expr), func(s Selector) bool { return s.Matcher(label) != nil })
}
