package tech

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// minWindow is the shortest range that a rate may look at: four scrapes at the
// common interval of 30 s, so that a lost scrape leaves enough of them.
const minWindow = 2 * time.Minute

// minStep is the finest step of a subquery that is worth its cost: nothing is
// scraped more often than this by default.
const minStep = 30 * time.Second

// checkExpr parses an expression and says what is wrong with it. The expression
// is nil if it does not parse.
func (v vocabulary) checkExpr(text string) (parser.Expr, []string) {
	expr, err := parse(text)
	if err != nil {
		return nil, []string{"the expression does not parse: " + err.Error()}
	}
	var found []string
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		if why := v.checkNode(node, path); why != "" {
			found = append(found, why)
		}
		return nil
	})
	_, why := v.shapeOf(expr)
	return expr, append(found, why...)
}

func (v vocabulary) checkNode(node parser.Node, path []parser.Node) string {
	if s, ok := node.(*parser.VectorSelector); ok {
		r, why := v.read(s)
		if why != "" {
			return why
		}
		return checkUse(r, s, path)
	}
	if v.open {
		return ""
	}
	switch n := node.(type) {
	case *parser.MatrixSelector:
		if n.Range < minWindow {
			return "the window of " + n.String() + " is shorter than 2m, which is less than four scrapes"
		}
	case *parser.SubqueryExpr:
		if n.Range < minWindow || n.Step != 0 && n.Step < minStep {
			return "the subquery " + n.String() + " needs a range of at least 2m and a step of at least 30s"
		}
	case *parser.Call:
		return checkCall(n)
	}
	return ""
}

func checkCall(call *parser.Call) string {
	switch call.Func.Name {
	case "irate", "idelta":
		return call.Func.Name + " looks at two samples only; use rate, increase or delta"
	case "histogram_quantile":
		sum, ok := unparen(call.Args[1]).(*parser.AggregateExpr)
		if !ok || sum.Op != parser.SUM || sum.Without || !slices.Contains(sum.Grouping, labels.BucketLabel) {
			return "histogram_quantile needs sum by (le, ...) of the rates of buckets"
		}
	}
	return ""
}

// checkUse says whether a metric is read as its type allows.
func checkUse(r reading, s *parser.VectorSelector, path []parser.Node) string {
	switch r.typ {
	case Counter:
		if !overTime(path, "rate", "increase", "resets", "changes", "absent_over_time", "present_over_time") && !onlyPresence(path) {
			return "the counter " + r.name + " is read without rate or increase"
		}
	case Gauge:
		if overTime(path, "rate", "increase", "resets") {
			return "the gauge " + r.name + " is read by a function for counters; use deriv, delta or a function over time"
		}
	case Histogram:
		if !overTime(path, "rate", "increase") || !inQuantile(path) && !hasMatcher(s, labels.BucketLabel) {
			return "the buckets " + r.name + " are read outside of histogram_quantile and without one le"
		}
	case Derived:
		if len(s.LabelMatchers) > 1 || ranged(path) || s.OriginalOffset != 0 {
			return r.name + " is an expression and takes no matchers, no range and no offset"
		}
	}
	return ""
}

// ranged reports whether the innermost node of a path is a range selector.
func ranged(path []parser.Node) bool {
	if len(path) == 0 {
		return false
	}
	_, ok := path[len(path)-1].(*parser.MatrixSelector)
	return ok
}

// overTime reports whether a selector is the range that one of the functions
// takes.
func overTime(path []parser.Node, functions ...string) bool {
	if !ranged(path) || len(path) < 2 {
		return false
	}
	call, ok := path[len(path)-2].(*parser.Call)
	return ok && slices.Contains(functions, call.Func.Name)
}

// onlyPresence reports whether the value of a selector does not count, only that
// it is there.
func onlyPresence(path []parser.Node) bool {
	for _, node := range slices.Backward(path) {
		switch n := node.(type) {
		case *parser.ParenExpr:
			continue
		case *parser.AggregateExpr:
			return n.Op == parser.COUNT || n.Op == parser.GROUP
		case *parser.Call:
			return n.Func.Name == "absent" || n.Func.Name == "timestamp"
		}
		return false
	}
	return false
}

func inQuantile(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		call, ok := n.(*parser.Call)
		return ok && call.Func.Name == "histogram_quantile"
	})
}

func hasMatcher(s *parser.VectorSelector, label string) bool {
	return slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == label })
}

func unparen(expr parser.Expr) parser.Expr {
	for {
		p, ok := expr.(*parser.ParenExpr)
		if !ok {
			return expr
		}
		expr = p.Expr
	}
}
