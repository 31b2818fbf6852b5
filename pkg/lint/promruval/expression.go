package promruval

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// about returns a fault at a node of an expression.
func about(e *lint.Expr, n parser.Node, message, fix string) fault {
	at := n.PositionRange()
	return fault{e.Text, int(at.Start), int(at.End), message, fix}
}

// nodes returns a check that looks at each node. What does not parse is reported by
// promql/syntax.
func nodes(look func(e *lint.Expr, n parser.Node, path []parser.Node) []fault) check {
	return func(t target) []fault {
		var out []fault
		if t.expr.AST == nil {
			return nil
		}
		parser.Inspect(t.expr.AST, func(n parser.Node, path []parser.Node) error {
			if n != nil {
				out = append(out, look(t.expr, n, path)...)
			}
			return nil
		})
		return out
	}
}

// isValidPromQL finds what promql/syntax reports, for the sake of onlyIf.
func isValidPromQL(*params) check {
	return func(t target) []fault {
		if t.expr.AST != nil {
			return nil
		}
		return whole(t.expr.Text, "the expression does not parse", "correct it")
	}
}

func validFunctionsOnCounters(p *params) check {
	suffixes := []string{"_total"}
	if p.boolean(true, "allowHistograms") {
		suffixes = append(suffixes, "_count", "_bucket", "_sum")
	}
	return nodes(func(e *lint.Expr, n parser.Node, _ []parser.Node) []fault {
		call, ok := n.(*parser.Call)
		if !ok || call.Func.Name != "rate" && call.Func.Name != "increase" {
			return nil
		}
		m, ok := promql.Unwrap(call.Args[0]).(*parser.MatrixSelector)
		if !ok {
			return nil
		}
		vs, ok := m.VectorSelector.(*parser.VectorSelector)
		if !ok || slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(vs.Name, s) }) {
			return nil
		}
		return []fault{about(e, vs, call.Func.Name+" of "+vs.Name+", whose name does not end as that of a counter", "use a counter, which ends in "+strings.Join(suffixes, ", ")+", or another function")}
	})
}

func rateBeforeAggregation(*params) check {
	return nodes(func(e *lint.Expr, n parser.Node, path []parser.Node) []fault {
		agg, ok := n.(*parser.AggregateExpr)
		if !ok {
			return nil
		}
		for _, above := range path {
			if call, ok := above.(*parser.Call); ok && (call.Func.Name == "rate" || call.Func.Name == "increase") {
				return []fault{about(e, agg, call.Func.Name+" of an aggregation takes the reset of one counter for a reset of all", "aggregate the rates: sum(rate(...))")}
			}
		}
		return nil
	})
}

func doesNotUseOlderData(p *params) check {
	limit := p.limit()
	return nodes(func(e *lint.Expr, n parser.Node, path []parser.Node) []fault {
		vs, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		back, known := promql.Lookback(vs, path)
		if !known || back <= limit {
			return nil
		}
		return []fault{about(e, vs, "the expression reads samples that are up to "+promql.Duration(back)+" old, more than "+promql.Duration(limit), "look back at most "+promql.Duration(limit)+", all ranges and offsets together")}
	})
}

func doesNotUseShorterRange(p *params) check {
	limit := p.limit()
	return nodes(func(e *lint.Expr, n parser.Node, _ []parser.Node) []fault {
		what, got := "the range", limit
		switch n := n.(type) {
		case *parser.MatrixSelector:
			got = n.Range
		case *parser.SubqueryExpr:
			what, got = "the range of the subquery", n.Range
		}
		if got >= limit {
			return nil
		}
		return []fault{about(e, n, what+" "+promql.Duration(got)+" is shorter than "+promql.Duration(limit), "use at least "+promql.Duration(limit))}
	})
}

func doesNotUseIrate(*params) check {
	return nodes(func(e *lint.Expr, n parser.Node, _ []parser.Node) []fault {
		if call, ok := n.(*parser.Call); ok && call.Func.Name == "irate" {
			return []fault{about(e, call, "irate looks at two samples only, so that one dip resets an alert", "use rate")}
		}
		return nil
	})
}

func doesNotUseMetrics(p *params) check {
	var res []*regexp.Regexp
	if n := p.get("metricNameRegexps"); n != nil {
		p.list(n, "metricNameRegexps")
		for _, item := range n.Items {
			res = append(res, p.compile(item, "an item of metricNameRegexps", ""))
		}
	}
	return func(t target) []fault {
		var out []fault
		for _, s := range t.expr.Selectors {
			for _, re := range res {
				if re.MatchString(s.Name) {
					out = append(out, fault{t.expr.Text, s.Start, s.End, "the metric " + s.Name + " is not allowed: it matches " + shown(re), "use another metric"})
				}
			}
		}
		return out
	}
}

func withNoMetricName(*params) check {
	return func(t target) []fault {
		var out []fault
		for _, s := range t.expr.Selectors {
			if s.Name == "" {
				out = append(out, fault{t.expr.Text, s.Start, s.End, "the selector names no metric, so the server looks at all of them", "name the metric"})
			}
		}
		return out
	}
}

func isWellFormatted(p *params) check {
	show, skip := p.boolean(false, "showExpectedForm"), p.boolean(false, "skipExpressionsWithComments")
	return func(t target) []fault {
		if t.expr.AST == nil {
			return nil
		}
		text, comments := withoutComments(t.expr.V)
		want := t.expr.AST.Pretty(0)
		if comments && skip || strings.TrimSpace(text) == want {
			return nil
		}
		fix := "format it with promtool promql format"
		if show {
			fix = "write it as:\n" + report.Clip(want, 2000)
		}
		return whole(t.expr.Text, "the expression is not formatted as promtool does", fix)
	}
}

// withoutComments returns an expression without its comments and the blanks before
// them, and whether it had any.
func withoutComments(text string) (string, bool) {
	lexer := parser.Lex(text)
	var b strings.Builder
	at := 0
	for {
		var item parser.Item
		lexer.NextItem(&item)
		if item.Typ == parser.EOF || item.Typ == parser.ERROR {
			break
		}
		if item.Typ == parser.COMMENT {
			b.WriteString(strings.TrimRight(text[at:item.Pos], " \t\n"))
			at = int(item.Pos) + len(item.Val)
		}
	}
	return b.String() + text[at:], at > 0
}

var plainNumber = regexp.MustCompile(`^\d{4,}$`)

func usesUnderscores(*params) check {
	return nodes(func(e *lint.Expr, n parser.Node, _ []parser.Node) []fault {
		number, ok := n.(*parser.NumberLiteral)
		if !ok || int(number.PosRange.End) > len(e.V) {
			return nil
		}
		text := e.V[number.PosRange.Start:number.PosRange.End]
		if !plainNumber.MatchString(text) || number.Val < 1000 {
			return nil
		}
		return []fault{about(e, n, "the number "+text+" is hard to read", "write "+grouped(text))}
	})
}

// grouped returns a number with an underscore before each three digits.
func grouped(digits string) string {
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, parts...), "_")
}

func doesNotUseExperimentalFunctions(*params) check {
	return nodes(func(e *lint.Expr, n parser.Node, _ []parser.Node) []fault {
		if call, ok := n.(*parser.Call); ok && call.Func.Experimental {
			return []fault{about(e, call, "the function "+call.Func.Name+" is an experiment that may change or go away", "use functions that are here to stay")}
		}
		return nil
	})
}

func doesNotUseBucketOperations(*params) check {
	return func(t target) []fault {
		if t.expr.AST == nil {
			return nil
		}
		var out []fault
		buckets(t.expr, t.expr.AST, &out)
		return out
	}
}

// buckets returns the selectors below a node, two at most, and tells operations
// between two selections of the same buckets. With more selectors on a side nobody
// knows what comes out of it.
func buckets(e *lint.Expr, n parser.Node, out *[]fault) []*parser.VectorSelector {
	if vs, ok := n.(*parser.VectorSelector); ok {
		return []*parser.VectorSelector{vs}
	}
	var sides [][]*parser.VectorSelector
	var all []*parser.VectorSelector
	for child := range parser.ChildrenIter(n) {
		side := buckets(e, child, out)
		sides = append(sides, side)
		all = append(all, side...)
	}
	if op, ok := n.(*parser.BinaryExpr); ok && len(sides) == 2 && len(sides[0]) == 1 && len(sides[1]) == 1 {
		l, r := sides[0][0], sides[1][0]
		if l.Name == r.Name && strings.HasSuffix(l.Name, "_bucket") && hasLe(l) && hasLe(r) {
			*out = append(*out, about(e, op, fmt.Sprintf("%s between buckets of %s, which may be of different moments after a remote write", op.Op, l.Name), "record the difference where the buckets are scraped"))
		}
	}
	return all[:min(len(all), 2)]
}

func hasLe(vs *parser.VectorSelector) bool {
	for _, m := range vs.LabelMatchers {
		if m.Name == "le" {
			return true
		}
	}
	return false
}
