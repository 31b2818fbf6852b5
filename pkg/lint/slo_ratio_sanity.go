package lint

import (
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// sloRatioSanity reports ratio queries whose result is no ratio between 0 and 1.
type sloRatioSanity struct{}

func (sloRatioSanity) Rule() Rule {
	return Rule{ID: "slo/ratio-sanity", Severity: report.Warning, Title: "The query of an SLO is no ratio between 0 and 1"}
}

func (c sloRatioSanity) CheckExpr(e *Expr) []report.Finding {
	if e.SLO == nil || e.Field != "ratio" {
		return nil
	}
	r := c.Rule()
	root := promql.Unwrap(e.AST)
	b, isBinary := root.(*parser.BinaryExpr)
	switch {
	case isPercentage(root):
		return one(e.Whole(r.ID, r.Severity, "the query of the SLO "+e.SLO.Name.V+" yields a percentage, not a ratio between 0 and 1", "remove the factor 100"))
	case isBinary && b.Op.IsComparisonOperator() && !b.ReturnBool:
		return one(e.Whole(r.ID, r.Severity, "the query of the SLO "+e.SLO.Name.V+" compares the ratio, so it has no result where the comparison fails", "remove the comparison; objective: is the limit"))
	}
	return nil
}

// isPercentage reports whether a result is multiplied by 100.
func isPercentage(n parser.Expr) bool {
	if p, ok := promql.Ratio(n); ok {
		return p.Percent
	}
	b, ok := n.(*parser.BinaryExpr)
	if !ok || b.Op != parser.MUL {
		return false
	}
	left, _ := constant(b.LHS)
	right, _ := constant(b.RHS)
	return left == 100 || right == 100
}
