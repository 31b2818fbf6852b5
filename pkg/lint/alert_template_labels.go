package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// lostLabels reports labels that the result of the expression cannot have, and those
// that one side of an or cannot have.
func (c alertTemplate) lostLabels(p rulefile.Pair, e *Expr, read []labelReference) []report.Finding {
	if len(read) == 0 {
		return nil
	}
	var out []report.Finding
	known, sides := labelVisitor{}.labelsOf(e.AST), sidesOf(e.AST)
	for _, ref := range read {
		start := find(p.Value.V, ref.at, ref.label)
		tell := func(message, fix string) {
			out = append(out, p.Value.Finding(c.Rule().ID, report.Warning, start, start+len(ref.label), "the template of "+p.Key.V+" prints the label "+ref.label+message, fix))
		}
		if !known.may(ref.label) {
			tell(", which the result of the expression does not have", missingLabelFix(known, e, ref.label))
			continue
		}
		lacks := slices.IndexFunc(sides, func(s alternative) bool { return !s.labels.may(ref.label) })
		if lacks >= 0 {
			tell(fmt.Sprintf(", which the result of the expression does not have when it comes from %s", report.Clip(oneLine(e.source(sides[lacks].expr)), 60)),
				"let each side of or keep it, or write {{ if $labels."+ref.label+" }} around it")
		}
	}
	return out
}

// alternative is one side of an or, and the labels that its result can have.
type alternative struct {
	expr   parser.Expr
	labels labelSet
}

// sidesOf returns the sides of an or whose results are those of the expression, none
// if there is no or. A constant in the place of a missing series is left out: it
// seldom fires, and has no labels that it could keep.
func sidesOf(n parser.Expr) []alternative {
	exprs := alternatives(n, nil)
	if len(exprs) < 2 {
		return nil
	}
	var out []alternative
	for _, x := range exprs {
		if call, ok := x.(*parser.Call); ok && call.Func.Name == "vector" {
			continue
		}
		out = append(out, alternative{x, labelVisitor{}.labelsOf(x)})
	}
	return out
}

// alternatives appends the sides of an or, and what is no or as it is.
func alternatives(n parser.Expr, out []parser.Expr) []parser.Expr {
	n = promql.Unwrap(n)
	b, ok := n.(*parser.BinaryExpr)
	switch {
	case !ok:
		return append(out, n)
	case b.Op == parser.LOR:
		return alternatives(b.RHS, alternatives(b.LHS, out))
	case b.VectorMatching == nil && b.LHS.Type() == parser.ValueTypeScalar:
		return alternatives(b.RHS, out)
	case b.VectorMatching == nil, b.Op == parser.LAND, b.Op == parser.LUNLESS:
		return alternatives(b.LHS, out)
	}
	return append(out, n)
}

// oneLine returns a text with one blank for any number of them.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func missingLabelFix(known labelSet, e *Expr, label string) string {
	if label == model.AlertNameLabel || e.Rule != nil && e.Rule.Has(label) {
		return "write its value as text: the rule adds the label itself, and $labels holds the labels of the result only"
	}
	or := "remove it from the template"
	if known.closed && len(known.names) > 0 {
		or = "print one of " + strings.Join(known.names, ", ")
	}
	switch lostIn(e.AST, label) {
	case "aggregation":
		if len(known.names) > 0 && known.closed {
			return "keep " + label + " in the aggregation, or " + or
		}
		return "keep " + label + " in the aggregation, as in sum by (" + label + ") (...), or " + or
	case "without":
		return "take " + label + " out of without, or " + or
	case "matching":
		return "match on " + label + " as well, or " + or
	case "absent":
		return "match the label by its value inside of absent, as in absent(up{" + label + "=\"...\"}), or write the value as text"
	case "quantile":
		return "a quantile belongs to no bucket: remove le from the template"
	case "number":
		return "a number has no labels: write the value as text"
	case "selector":
		return "the selector asks for series without " + label + ": " + or
	}
	return or
}

// lostIn says what takes a label away that an expression does not have. It looks
// through twenty levels, since it may look at all of the rest at each of them.
func lostIn(n parser.Expr, label string) string {
	for range 20 {
		switch e := promql.Unwrap(n).(type) {
		case *parser.VectorSelector:
			return "selector"
		case *parser.MatrixSelector:
			n = e.VectorSelector
		case *parser.SubqueryExpr:
			n = e.Expr
		case *parser.UnaryExpr:
			n = e.Expr
		case *parser.AggregateExpr:
			if slices.Contains([]parser.ItemType{parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO}, e.Op) || slices.Contains(e.Grouping, label) != e.Without {
				n = e.Expr
				continue
			}
			if e.Without {
				return "without"
			}
			return "aggregation"
		case *parser.BinaryExpr:
			side, why := lostBetween(e, label)
			if why != "" {
				return why
			}
			n = side
		case *parser.Call:
			switch {
			case e.Func.Name == "absent" || e.Func.Name == "absent_over_time":
				return "absent"
			case e.Func.Name == "histogram_quantile" && label == labels.BucketLabel:
				return "quantile"
			}
			i := slices.IndexFunc(e.Args, func(a parser.Expr) bool {
				return a.Type() == parser.ValueTypeVector || a.Type() == parser.ValueTypeMatrix
			})
			if i < 0 || e.Func.Name == "scalar" {
				return "number"
			}
			n = e.Args[i]
		case *parser.NumberLiteral:
			return "number"
		default:
			return ""
		}
	}
	return ""
}

// lostBetween says whether a label is lost in the matching of two sides, or else which
// side it would have come from.
func lostBetween(e *parser.BinaryExpr, label string) (side parser.Expr, why string) {
	m := e.VectorMatching
	switch {
	case m == nil && e.LHS.Type() == parser.ValueTypeScalar:
		return e.RHS, ""
	case m == nil, e.Op.IsSetOperator():
		return e.LHS, ""
	case m.Card == parser.CardOneToMany:
		return e.RHS, ""
	case m.Card == parser.CardManyToOne:
		return e.LHS, ""
	case slices.Contains(m.MatchingLabels, label) != m.On && labelVisitor{}.labelsOf(e.LHS).may(label):
		return nil, "matching"
	}
	return e.LHS, ""
}
