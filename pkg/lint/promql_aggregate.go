package lint

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// promqlAggregate reports aggregations that lose labels which the policy keeps, and
// results with labels which it strips.
type promqlAggregate struct{ asked []organisation.Aggregate }

func (promqlAggregate) Rule() Rule {
	return Rule{ID: "promql/aggregate", Severity: report.Warning, Title: "An aggregation loses or keeps a label against the policy"}
}

func (c promqlAggregate) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	for _, a := range c.asked {
		if e.Rule != nil && (a.Rules == nil || a.Rules.MatchString(e.Rule.Name.V)) {
			out = append(out, c.kept(e, a)...)
			out = append(out, c.stripped(e, a)...)
		}
	}
	return out
}

// kept finds the aggregations that lose a label which is to be kept. A label that
// the rule adds again, or that nothing inside has, is not lost there.
func (c promqlAggregate) kept(e *Expr, a organisation.Aggregate) []report.Finding {
	if len(a.Keep) == 0 {
		return nil
	}
	var out []report.Finding
	labelVisitor{aggregate: func(n *parser.AggregateExpr, input labelSet) {
		for _, label := range a.Keep {
			if groups(n, label) || !input.may(label) || e.Rule.Has(label) {
				continue
			}
			fix := "write " + n.Op.String() + " by (" + label + ", ...)"
			if n.Without {
				fix = "take " + label + " out of without (...)"
			}
			out = append(out, e.about(c.Rule(), n, n.Op.String()+" loses the label "+label+", which the policy keeps", fix))
		}
	}}.labelsOf(e.AST)
	return out
}

// groups reports whether an aggregation passes a label on.
func groups(n *parser.AggregateExpr, label string) bool {
	switch n.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return true
	}
	return slices.Contains(n.Grouping, label) != n.Without
}

// stripped finds results that keep a label which is to be lost. Of a result that is
// not aggregated nobody knows the labels.
func (c promqlAggregate) stripped(e *Expr, a organisation.Aggregate) []report.Finding {
	if len(a.Strip) == 0 {
		return nil
	}
	var out []report.Finding
	result := labelVisitor{}.labelsOf(e.AST)
	said := map[string]bool{}
	labelVisitor{aggregate: func(n *parser.AggregateExpr, _ labelSet) {
		for _, label := range a.Strip {
			named := n.Without && !slices.Contains(n.Grouping, label) || !n.Without && slices.Contains(n.Grouping, label)
			if !named || said[label] || !result.may(label) {
				continue
			}
			said[label] = true
			fix := "take " + label + " out of by (...)"
			if n.Without {
				fix = "write " + n.Op.String() + " without (" + label + ", ...)"
			}
			out = append(out, e.about(c.Rule(), n, n.Op.String()+" keeps the label "+label+", which the policy strips", fix))
		}
	}}.labelsOf(e.AST)
	return out
}
