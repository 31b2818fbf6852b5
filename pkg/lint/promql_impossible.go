package lint

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
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
	labelVisitor{
		aggregate: func(n *parser.AggregateExpr, input labelSet) {
			deadGrouping(add, n, input)
			deadJoin(add, n)
		},
		binary: func(n *parser.BinaryExpr, left, right labelSet) {
			deadMatching(add, n, left, right)
			deadBranch(add, n, left, right)
		},
	}.labelsOf(e.AST)
	seen := map[parser.Expr]bool{}
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			contradictingMatchers(add, n)
		case *parser.BinaryExpr:
			if !seen[n] {
				contradictingConditions(add, e, n, seen)
			}
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

// contradictingConditions finds x > 5 and x < 3, count(x) < 1, and constants that
// do not fulfil their comparison.
func contradictingConditions(add addFunc, e *Expr, n *parser.BinaryExpr, seen map[parser.Expr]bool) {
	if n.Op.IsComparisonOperator() && !n.ReturnBool && neverTrue(n) {
		add(n, "this comparison of constants is never true", "compare a metric")
		return
	}
	side, values := contradiction(e, conjuncts(n, seen, nil), seen)
	if side == nil {
		return
	}
	text := report.Clip(strings.Join(strings.Fields(e.source(side)), " "), 60)
	if values.all() {
		add(n, "no value of "+text+" fulfils all of these conditions", "join the conditions with or, or correct the numbers")
		return
	}
	fix := "correct the number or the operator"
	if values.low == 1 && math.IsInf(values.high, 1) {
		fix = "a count of nothing is no series, and not 0: use absent(...), or write or vector(0) behind the count"
	}
	add(n, text+" is "+values.String()+", so this is never true", fix)
}

// contradiction returns the first expression whose conditions cannot hold
// together, or nil, and the values of the expression that make it so: all when
// the conditions contradict each other.
func contradiction(e *Expr, conditions []parser.Expr, seen map[parser.Expr]bool) (parser.Expr, interval) {
	bounds := map[string]interval{}
	for _, cond := range conditions {
		side, in := conditionOf(cond, seen)
		if side == nil {
			continue
		}
		key := e.source(side)
		if before, ok := bounds[key]; ok {
			in = in.and(before)
		}
		bounds[key] = in
		if in.empty() {
			return side, everything()
		}
		if values := valuesOf(e, side, valueLevels); in.and(values).empty() {
			return side, values
		}
	}
	return nil, everything()
}

// conjuncts returns the conditions that and joins, each of which must hold for
// the same series.
func conjuncts(n parser.Expr, seen map[parser.Expr]bool, out []parser.Expr) []parser.Expr {
	switch e := n.(type) {
	case *parser.ParenExpr:
		return conjuncts(e.Expr, seen, out)
	case *parser.BinaryExpr:
		if e.Op == parser.LAND && len(e.VectorMatching.MatchingLabels) == 0 && !e.VectorMatching.On {
			seen[e] = true
			return conjuncts(e.RHS, seen, conjuncts(e.LHS, seen, out))
		}
	}
	return append(out, n)
}

// conditionOf reads a comparison with a number, or a chain of them, as the
// expression compared and the values that are let through. The expression is nil
// for any other condition.
func conditionOf(n parser.Expr, seen map[parser.Expr]bool) (side parser.Expr, in interval) {
	in = everything()
	for {
		n = promql.Unwrap(n)
		e, ok := n.(*parser.BinaryExpr)
		if !ok {
			return side, in
		}
		next, more, ok := bound(e)
		if !ok {
			return side, in
		}
		seen[e] = true
		side, n, in = promql.Unwrap(next), next, in.and(more)
	}
}

// bound reads one comparison with a number.
func bound(e *parser.BinaryExpr) (side parser.Expr, in interval, ok bool) {
	if !e.Op.IsComparisonOperator() || e.ReturnBool {
		return nil, in, false
	}
	if v, ok := constant(e.RHS); ok {
		return e.LHS, intervalOf(e.Op, v), true
	}
	if v, ok := constant(e.LHS); ok {
		return e.RHS, intervalOf(mirrored(e.Op), v), true
	}
	return nil, in, false
}

// neverTrue reports whether vector(1) > 2 and the like is false.
func neverTrue(n *parser.BinaryExpr) bool {
	side, in, ok := bound(n)
	if !ok {
		return false
	}
	call, ok := promql.Unwrap(side).(*parser.Call)
	if !ok || call.Func.Name != "vector" {
		return false
	}
	v, ok := constant(call.Args[0])
	return ok && !in.has(v)
}
