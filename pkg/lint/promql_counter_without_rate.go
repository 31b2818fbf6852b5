package lint

import (
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
)

// promqlCounterWithoutRate reports the value of a counter compared with a number:
// the value only says how long the process has been running.
type promqlCounterWithoutRate struct{}

func (promqlCounterWithoutRate) Rule() Rule {
	return Rule{ID: "promql/counter-without-rate", Severity: report.Warning, Title: "The value of a counter is compared with a number"}
}

func (c promqlCounterWithoutRate) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	// How long something has been up is compared with a number for a reason: it is low after a restart.
	looked := func(name string) bool { return isCounter(e, name) && !strings.Contains(name, "uptime") }
	for _, s := range ComparedWithNumber(e, looked) {
		name := metricName(s)
		out = append(out, e.about(c.Rule(), s, "the counter "+name+" is compared with a number; it only ever grows until a restart",
			"compare how fast it grows: rate("+name+"[5m]) or increase("+name+"[1h])"))
	}
	return out
}

// ComparedWithNumber returns the selectors of metrics whose value an expression
// compares with a number, where that makes no sense for a counter. Only metrics that
// are looked for count.
func ComparedWithNumber(e *Expr, looked func(name string) bool) []*parser.VectorSelector {
	var out []*parser.VectorSelector
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		b, ok := n.(*parser.BinaryExpr)
		if !ok || !b.Op.IsComparisonOperator() {
			return nil
		}
		side := b.LHS
		number, ok := constant(b.RHS)
		if !ok {
			side = b.RHS
			number, ok = constant(b.LHS)
		}
		if !ok {
			return nil
		}
		s := rawMetric(side, looked)
		if s != nil && (number != 0 || b.Op != parser.EQLC && countsFaults(metricName(s))) {
			out = append(out, s)
		}
		return nil
	})
	return out
}

// rawMetric returns the metric whose value an expression passes on: itself, a sum or an
// extreme of it, or the same in another unit.
func rawMetric(n parser.Expr, looked func(name string) bool) *parser.VectorSelector {
	switch n := n.(type) {
	case *parser.ParenExpr:
		return rawMetric(n.Expr, looked)
	case *parser.AggregateExpr:
		switch n.Op {
		case parser.SUM, parser.MIN, parser.MAX, parser.AVG, parser.TOPK, parser.BOTTOMK:
			return rawMetric(n.Expr, looked)
		}
	case *parser.Call:
		switch n.Func.Name {
		case "last_over_time", "first_over_time", "max_over_time", "min_over_time", "avg_over_time",
			"abs", "ceil", "floor", "round", "sort", "sort_desc", "label_replace", "label_join":
			return rawMetric(n.Args[0], looked)
		}
	case *parser.BinaryExpr:
		return rawScaled(n, looked)
	case *parser.MatrixSelector:
		return rawMetric(n.VectorSelector, looked)
	case *parser.VectorSelector:
		if looked(metricName(n)) {
			return n
		}
	}
	return nil
}

// rawScaled is rawMetric for an operation with a number.
func rawScaled(n *parser.BinaryExpr, looked func(name string) bool) *parser.VectorSelector {
	switch n.Op {
	case parser.MUL, parser.DIV, parser.ADD, parser.SUB:
	default:
		return nil
	}
	if _, ok := constant(n.RHS); ok {
		return rawMetric(n.LHS, looked)
	}
	if _, ok := constant(n.LHS); ok && n.Op != parser.DIV {
		return rawMetric(n.RHS, looked)
	}
	return nil
}

// metricName returns the name of a selector's metric, also where a matcher says it.
func metricName(vs *parser.VectorSelector) string {
	if vs.Name != "" {
		return vs.Name
	}
	for _, m := range vs.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

// countsFaults reports whether a counter counts what should not happen. Asking
// whether any other counter is above 0, or still 0, is fair: it guards a
// division, or the metric is a gauge with the name of a counter.
func countsFaults(name string) bool {
	return hasSuffix(name, []string{"errors_total", "failures_total", "failed_total", "exceptions_total", "timeouts_total", "rejected_total", "dropped_total"})
}

// LooksLikeCounter reports whether a metric is taken for a counter without asking
// anybody.
func LooksLikeCounter(e *Expr, name string) bool { return isCounter(e, name) }

// isCounter reports whether a metric is declared to be a counter or, where
// nothing is declared, ends in _total. Names of things that come and go are
// left out: many exporters count them in gauges that end in _total.
func isCounter(e *Expr, name string) bool {
	if declared := declaredType(e, name); declared != "" {
		return declared == "counter"
	}
	base, ok := strings.CutSuffix(name, "_total")
	return ok && !strings.Contains(name, ":") && !hasSuffix(base, []string{
		"nodes", "_node", "_pods", "_online", "_offline", "_alive", "_dead", "_members", "_workers", "_servers", "disks", "_drives",
		"_memory", "_size", "_capacity", "_space", "_connections", "_threads", "_replicas", "_brokers", "_membership", "_managers",
	})
}

// declaredType returns the type that the service file declares for a metric, or
// "".
func declaredType(e *Expr, name string) string {
	if e.Owner == nil {
		return ""
	}
	for _, m := range e.Owner.Metrics {
		if m.Name.V == name {
			return m.Type
		}
	}
	return ""
}

// constant returns the value of a number, in parentheses or negated or not.
func constant(n parser.Expr) (float64, bool) {
	switch n := n.(type) {
	case *parser.NumberLiteral:
		return n.Val, true
	case *parser.ParenExpr:
		return constant(n.Expr)
	case *parser.UnaryExpr:
		v, ok := constant(n.Expr)
		if n.Op == parser.SUB {
			v = -v
		}
		return v, ok
	}
	return 0, false
}
