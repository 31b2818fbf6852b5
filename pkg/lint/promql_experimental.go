package lint

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlExperimental reports what Prometheus reads only with a feature switched on.
type promqlExperimental struct{}

func (promqlExperimental) Rule() Rule {
	return Rule{ID: "promql/experimental", Severity: report.Warning, Title: "The expression needs a feature that Prometheus has switched off"}
}

// featureFunctions switches experimental functions and aggregations on.
const featureFunctions = "promql-experimental-functions"

func (c promqlExperimental) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	told := map[string]bool{}
	parser.Inspect(e.AST, func(node parser.Node, _ []parser.Node) error {
		var name string
		switch n := node.(type) {
		case *parser.Call:
			if n.Func.Experimental {
				name = n.Func.Name
			}
		case *parser.AggregateExpr:
			if n.Op.IsExperimentalAggregator() {
				name = n.Op.String()
			}
		}
		if name == "" || told[name] {
			return nil
		}
		told[name] = true
		start := int(node.PositionRange().Start)
		out = append(out, c.needs(e, start, min(start+len(name), len(e.V)), "the function "+name, featureFunctions, "another function"))
		return nil
	})
	return out
}

// CheckBrokenExpr looks at syntax that is not read here, and so not looked at any
// further. What is broken as well is broken on every server.
func (c promqlExperimental) CheckBrokenExpr(e *Expr) []report.Finding {
	for _, err := range e.Errors {
		if err.Kind != promql.Experimental {
			return nil
		}
	}
	err := e.Errors[0]
	for _, known := range []struct{ words, what, feature, instead string }{
		{"duration expression", "arithmetic with durations", "promql-duration-expr", "the duration itself, as in [10m]"},
		{"fill modifiers", "the modifier fill", "promql-binop-fill-modifiers", "a + (b or a * 0) for a + fill(0) b"},
		{"anchored modifier", "the modifier anchored", "promql-extended-range-selectors", "the range without it"},
		{"smoothed modifier", "the modifier smoothed", "promql-extended-range-selectors", "the range without it"},
	} {
		if strings.Contains(err.Message, known.words) {
			return one(c.needs(e, err.Start, err.End, known.what, known.feature, known.instead))
		}
	}
	return one(c.needs(e, err.Start, err.End, "this syntax", "the name of the feature", "something else"))
}

func (c promqlExperimental) needs(e *Expr, start, end int, what, feature, instead string) report.Finding {
	r := c.Rule()
	return e.Finding(r.ID, r.Severity, start, end,
		what+" is experimental: Prometheus refuses the whole file unless it runs with --enable-feature="+feature,
		"write "+instead+"; if your servers have the feature on, disable promql/experimental in the policy")
}
