package lint

import (
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlQuantileWithoutLe reports quantiles of classic histograms whose buckets
// were added up: without le Prometheus cannot tell them apart and answers
// nothing.
type promqlQuantileWithoutLe struct{}

func (promqlQuantileWithoutLe) Rule() Rule {
	return Rule{ID: "promql/quantile-without-le", Severity: report.Error, Title: "A histogram quantile without the label le"}
}

func (c promqlQuantileWithoutLe) CheckExpr(e *Expr) []report.Finding {
	if !strings.Contains(e.V, "histogram_") {
		return nil
	}
	var out []report.Finding
	labelVisitor{quantile: func(n *parser.Call, input labelSet) {
		buckets := n.Args[len(n.Args)-1]
		if input.may(labels.BucketLabel) || !readsBuckets(buckets) {
			return
		}
		message := fmt.Sprintf("%s needs the label le, but the expression inside aggregates it away; the result is always empty", n.Func.Name)
		f := e.about(c.Rule(), n, message, "aggregate with sum by (le, ...) inside of "+n.Func.Name)
		out = append(out, e.fixed(f, c, e.keepLe(buckets)...))
	}}.labelsOf(e.AST)
	return out
}

// readsBuckets reports whether an expression reads a classic histogram. A native
// one has no le, and needs none.
func readsBuckets(n parser.Expr) bool {
	for _, s := range promql.Selectors(n) {
		if strings.HasSuffix(s.Name, "_bucket") || strings.Contains(s.Name, "_bucket:") {
			return true
		}
	}
	return false
}

// keepLe returns the change that adds le to a plain sum, which loses it although
// what it sums up has it. Any other aggregation of buckets is a question for a person.
func (e *Expr) keepLe(buckets parser.Expr) []change {
	sum, ok := promql.Unwrap(buckets).(*parser.AggregateExpr)
	if !ok || sum.Op != parser.SUM || sum.Without || !(labelVisitor{}).labelsOf(sum.Expr).may(labels.BucketLabel) {
		return nil
	}
	tokens, depth := e.tokens(sum), 0
	for i, t := range tokens {
		switch t.Typ {
		case parser.LEFT_PAREN:
			depth++
		case parser.RIGHT_PAREN:
			depth--
		}
		if t.Typ != parser.BY || depth > 0 || i+1 == len(tokens) {
			continue
		}
		text := "le, "
		if len(sum.Grouping) == 0 {
			text = "le"
		}
		return []change{{behind(tokens[i+1]), behind(tokens[i+1]), text}}
	}
	if len(tokens) == 0 || len(sum.Grouping) > 0 {
		return nil
	}
	return []change{{behind(tokens[0]), behind(tokens[0]), " by (le) "}}
}
