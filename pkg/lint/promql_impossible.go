package lint

import (
	"fmt"
	"regexp"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
)

// promqlImpossible reports what can never return a series, whatever the server
// holds: contradictions inside a selector, between conditions, and between the
// labels of two sides. It keeps silent where series could prove it wrong.
type promqlImpossible struct{}

func (promqlImpossible) Rule() Rule {
	return Rule{ID: "promql/impossible", Severity: report.Warning, Title: "The expression can never return anything"}
}

func (c promqlImpossible) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	add := func(n parser.Node, message, fix string) {
		out = append(out, e.about(c.Rule(), n, message, fix))
	}
	conditions := conditions{e: e, add: add, seen: map[parser.Expr]bool{}, joins: map[*parser.BinaryExpr]bool{}}
	labelVisitor{
		aggregate: func(n *parser.AggregateExpr, input labelSet) {
			deadGrouping(add, n, input)
			deadJoin(add, n)
		},
		binary: func(n *parser.BinaryExpr, left, right labelSet) {
			deadMatching(add, n, left, right)
			deadBranch(add, n, left, right)
			if n.Op == parser.LAND && joinsItself(n.VectorMatching, left, right) {
				conditions.joins[n] = true
			}
		},
	}.labelsOf(e.AST)
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			contradictingMatchers(add, n)
		case *parser.Call:
			neverAbsent(add, n)
		case *parser.BinaryExpr:
			conditions.look(n)
		}
		return nil
	})
	return out
}

type addFunc func(n parser.Node, message, fix string)

// contradictingMatchers finds a matcher that refuses every value, and a label that must
// be equal to a value which another matcher on the label refuses.
func contradictingMatchers(add addFunc, vs *parser.VectorSelector) {
	for i, equal := range vs.LabelMatchers {
		if equal.Type == labels.MatchNotRegexp && (equal.Value == ".*" || equal.Value == "^.*$") {
			add(vs, fmt.Sprintf("no series has %s, with the label or without it", equal), "write "+equal.Name+`="" for series without the label, or leave the matcher out`)
			return
		}
		if equal.Type != labels.MatchEqual {
			continue
		}
		for j, m := range vs.LabelMatchers {
			if m.Name != equal.Name || i == j || m.Matches(equal.Value) || m.Type == labels.MatchEqual && j < i {
				continue
			}
			fix := "remove one of the two matchers"
			if m.Type == labels.MatchEqual {
				fix += ", or write " + labels.MustNewMatcher(labels.MatchRegexp, m.Name, regexp.QuoteMeta(equal.Value)+"|"+regexp.QuoteMeta(m.Value)).String()
			}
			add(vs, fmt.Sprintf("no series has %s and %s", equal, m), fix)
			return
		}
	}
}

// deadGrouping finds by (label) over a result that cannot have the label.
func deadGrouping(add addFunc, n *parser.AggregateExpr, input labelSet) {
	if n.Without {
		return
	}
	for _, label := range n.Grouping {
		switch {
		case input.lost(label):
			add(n, fmt.Sprintf("%s by (%s): the expression inside has no label %s", n.Op, label, label),
				"add "+label+" to the by (...) inside, or remove it here")
			return
		case input.empty(label):
			add(n, fmt.Sprintf("%s by (%s): a matcher inside takes only series without %s", n.Op, label, label),
				"remove "+label+" from by (...), or correct the matcher")
			return
		}
	}
}
