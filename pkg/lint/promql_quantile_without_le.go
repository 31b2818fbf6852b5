package lint

import (
	"cmp"
	"fmt"
	"slices"
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
	var out []proposal
	summed := map[*parser.AggregateExpr]labelSet{}
	labelVisitor{
		aggregate: func(n *parser.AggregateExpr, input labelSet) { summed[n] = input },
		quantile: func(n *parser.Call, input labelSet) {
			buckets := n.Args[len(n.Args)-1]
			if input.may(labels.BucketLabel) || !e.readsBuckets(buckets) {
				return
			}
			at := n.PositionRange()
			p := e.propose(c.Rule(), int(at.Start), int(at.End),
				fmt.Sprintf("%s needs the label le, but the expression inside aggregates it away; the result is always empty", n.Func.Name),
				"aggregate with sum by (le, ...) inside of "+n.Func.Name)
			if sum, ok := promql.Unwrap(buckets).(*parser.AggregateExpr); ok && summed[sum].may(labels.BucketLabel) {
				p.changes = e.keepLe(sum)
			}
			out = append(out, p)
		},
	}.labelsOf(e.AST)
	return e.settle(c, out)
}

// readsBuckets reports whether a part of the expression reads a classic histogram. A
// native one has no le, and needs none.
func (e *Expr) readsBuckets(n parser.Expr) bool {
	at := n.PositionRange()
	first, _ := slices.BinarySearchFunc(e.Selectors, int(at.Start), func(s promql.Selector, start int) int { return cmp.Compare(s.Start, start) })
	for _, s := range e.Selectors[first:] {
		if s.Start >= int(at.End) {
			break
		}
		if strings.HasSuffix(s.Name, "_bucket") || strings.Contains(s.Name, "_bucket:") {
			return true
		}
	}
	return false
}

// keepLe returns the change that adds le to a plain sum, which loses it although
// what it sums up has it. Any other aggregation of buckets is a question for a person.
func (e *Expr) keepLe(sum *parser.AggregateExpr) []change {
	tokens := e.tokens(sum)
	if sum.Op != parser.SUM || sum.Without || len(tokens) < 3 {
		return nil
	}
	if by := grouping(tokens); by > 0 {
		text := "le, "
		if len(sum.Grouping) == 0 {
			text = "le"
		}
		at := behind(tokens[by+1])
		return []change{{at, at, text}}
	}
	at := behind(tokens[0])
	text := " by (le) "
	if strings.IndexByte(" \t\r\n", e.V[at]) >= 0 {
		text = " by (le)" // what follows is parted from it already
	}
	return []change{{at, at, text}}
}

// grouping returns where by stands among the tokens of an aggregation: behind its name,
// or behind the brackets of what it aggregates. It is 0 where there is none.
func grouping(tokens []parser.Item) int {
	if tokens[1].Typ == parser.BY {
		return 1
	}
	last := len(tokens) - 1
	for i := last; i > 0; i-- {
		switch {
		case tokens[i].Typ == parser.LEFT_PAREN && tokens[i-1].Typ == parser.BY:
			return i - 1
		case tokens[i].Typ == parser.LEFT_PAREN, tokens[i].Typ == parser.RIGHT_PAREN && i < last:
			return 0
		}
	}
	return 0
}
