package lint

import (
	"slices"
	"text/template/parse"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// values reports the value of the alert in a label, where it makes another alert of
// every evaluation, and a rate that an annotation prints with all its digits.
func (c alertTemplate) values(p rulefile.Pair, e *Expr, prints []valuePrint, inLabel bool) []report.Finding {
	// A text that says the number well may say it once more as it is.
	readable := slices.ContainsFunc(prints, func(v valuePrint) bool { return !v.raw })
	for _, v := range prints {
		at, end := placeOf(p.Value.V, v.node)
		name := p.Value.V[at:end]
		switch {
		case inLabel:
			return one(p.Value.Finding(c.Rule().ID, report.Warning, at, end,
				"the label "+p.Key.V+" holds the value of the alert, so every change of the value ends the alert and begins another one, and for: never runs out",
				"print the value in an annotation"))
		case !readable && hasManyDigits(e.AST):
			return one(p.Value.Finding(c.Rule().ID, report.Info, at, end,
				"the value is a rate and printed with all its digits", "write {{ "+name+" | humanize }}, humanizePercentage or humanizeDuration"))
		}
	}
	return nil
}

// queries reports PromQL inside of a template that does not parse. Prometheus loads
// such a rule and fails when the alert fires.
func (c alertTemplate) queries(p rulefile.Pair, tree *parse.Tree) []report.Finding {
	var out []report.Finding
	for _, q := range innerQueries(tree.Root) {
		_, errors := promql.ParseAll(q.text)
		if len(errors) == 0 {
			continue
		}
		at := find(p.Value.V, q.at, q.quoted)
		out = append(out, p.Value.Finding(c.Rule().ID, report.Warning, at, min(at+len(q.quoted), len(p.Value.V)),
			"the query in the template of "+p.Key.V+" is no PromQL: "+errors[0].Message, "correct the query; an error is sent in place of the text"))
	}
	return out
}

// failing reports what is sure to fail whatever the alert is about. Prometheus loads
// such a rule and fails when the alert fires.
func (c alertTemplate) failing(p rulefile.Pair, failures []templateFailure) []report.Finding {
	var out []report.Finding
	for _, f := range failures {
		consequence := ", so an error is sent in place of the text"
		if f.maybe {
			consequence = ", so an error is sent in place of the whole text whenever this part of it is reached"
		}
		start, end := placeOf(p.Value.V, f.node)
		out = append(out, p.Value.Finding(c.Rule().ID, report.Warning, start, end, "the template of "+p.Key.V+" cannot be run: "+f.why+consequence, f.fix))
	}
	return out
}

// hasManyDigits reports whether the value of an expression is a rate per second, or
// computed from one, and so a number like 0.06666666666666667.
func hasManyDigits(n parser.Expr) bool {
	switch n := promql.Unwrap(n).(type) {
	case *parser.UnaryExpr:
		return hasManyDigits(n.Expr)
	case *parser.AggregateExpr:
		switch n.Op {
		case parser.SUM, parser.AVG, parser.MIN, parser.MAX, parser.TOPK, parser.BOTTOMK, parser.QUANTILE, parser.STDDEV, parser.STDVAR:
			return hasManyDigits(n.Expr)
		}
	case *parser.Call:
		switch n.Func.Name {
		case "rate", "irate", "deriv":
			return true
		case "abs", "sort", "sort_desc", "label_replace", "label_join", "clamp", "clamp_min", "clamp_max":
			return hasManyDigits(n.Args[0])
		}
	case *parser.BinaryExpr:
		return binaryHasManyDigits(n)
	}
	return false
}

func binaryHasManyDigits(n *parser.BinaryExpr) bool {
	switch {
	case n.Op.IsComparisonOperator() && (n.ReturnBool || n.Op == parser.EQLC && n.VectorMatching == nil):
		return false // 0 or 1, or the number that it is equal to
	case n.Op.IsComparisonOperator():
		if n.LHS.Type() == parser.ValueTypeScalar {
			return hasManyDigits(n.RHS)
		}
		return hasManyDigits(n.LHS)
	case n.Op == parser.LAND, n.Op == parser.LUNLESS:
		return hasManyDigits(n.LHS)
	}
	return hasManyDigits(n.LHS) || hasManyDigits(n.RHS)
}
