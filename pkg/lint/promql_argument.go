package lint

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlArgument reports what Prometheus loads and then refuses at every evaluation:
// arguments outside of what a function takes, and rules whose result is a text. Arguments
// that are taken but make the result the same for all series are a warning.
type promqlArgument struct{}

func (promqlArgument) Rule() Rule {
	return Rule{ID: "promql/argument", Severity: report.Error, Title: "A function does not take the argument"}
}

func (c promqlArgument) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	add := func(severity report.Severity, n parser.Node, message, fix string) {
		r := c.Rule()
		r.Severity = severity
		out = append(out, e.about(r, n, message, fix))
	}
	if t := e.AST.Type(); e.Rule != nil && t != parser.ValueTypeVector && t != parser.ValueTypeScalar {
		add(report.Error, e.AST, "the result of a rule must be an instant vector or a number, and this is a "+parser.DocumentedType(t), "write an expression over series")
	}
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.Call:
			refusedByCall(add, n)
		case *parser.AggregateExpr:
			refusedByAggregation(add, n)
		}
		return nil
	})
	return out
}

type addSevere func(severity report.Severity, n parser.Node, message, fix string)

func refusedByCall(add addSevere, n *parser.Call) {
	switch n.Func.Name {
	case "label_replace":
		refusedLabel(add, n.Func.Name, n.Args[1])
		if re, ok := promql.Unwrap(n.Args[4]).(*parser.StringLiteral); ok {
			if _, err := regexp.Compile("^(?s:" + re.Val + ")$"); err != nil {
				add(report.Error, re, fmt.Sprintf("label_replace fails at every evaluation: %q is not a regular expression", re.Val), "correct the regular expression")
			}
		}
	case "label_join":
		refusedLabel(add, n.Func.Name, n.Args[1])
		for _, source := range n.Args[3:] {
			refusedLabel(add, n.Func.Name, source)
		}
	case "histogram_quantile", "quantile_over_time":
		refusedQuantile(add, n.Func.Name, n.Args[0])
	case "clamp":
		low, ok := constant(n.Args[1])
		if high, okToo := constant(n.Args[2]); ok && okToo && low > high {
			add(report.Warning, n, "clamp returns nothing: its lower bound is above the upper one", "swap the two bounds")
		}
	}
}

func refusedByAggregation(add addSevere, n *parser.AggregateExpr) {
	switch n.Op {
	case parser.COUNT_VALUES:
		refusedLabel(add, n.Op.String(), n.Param)
	case parser.QUANTILE:
		refusedQuantile(add, n.Op.String(), n.Param)
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK:
		if k, ok := constant(n.Param); ok && k < 1 {
			add(report.Warning, n, n.Op.String()+" of less than 1 series returns nothing", "write how many series to pick: 1 or more")
		}
	}
}

// refusedLabel finds names of labels that a function refuses, and those that only
// Prometheus 3 takes.
func refusedLabel(add addSevere, function string, arg parser.Expr) {
	name, ok := promql.Unwrap(arg).(*parser.StringLiteral)
	if !ok {
		return
	}
	const fix = "use letters, digits and _, and begin with a letter"
	switch {
	case !model.UTF8Validation.IsValidLabelName(name.Val):
		add(report.Error, name, fmt.Sprintf("%s fails at every evaluation: %q is not a name of a label", function, name.Val), fix)
	case !model.LegacyValidation.IsValidLabelName(name.Val):
		add(report.Warning, name, fmt.Sprintf("%q is a name of a label that only Prometheus 3 reads; older servers fail at every evaluation", name.Val), fix)
	}
}

// refusedQuantile finds quantiles that are no share: 99 is meant to be 0.99.
func refusedQuantile(add addSevere, function string, arg parser.Expr) {
	q, ok := constant(arg)
	if !ok || q >= 0 && q <= 1 {
		return
	}
	result := map[bool]string{true: "-Inf", false: "+Inf"}[q < 0]
	fix := "write a share from 0 to 1"
	if q > 1 && q <= 100 {
		fix += ", as " + strconv.FormatFloat(q/100, 'g', 6, 64)
	}
	add(report.Warning, arg, fmt.Sprintf("%s is always %s for a quantile outside of 0 to 1", function, result), fix)
}
