package lint

import (
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlRateOfSum reports rates of what was added up, averaged or compared before. A
// restart of one instance lowers the sum, which the rate takes for a restart of all.
type promqlRateOfSum struct{}

func (promqlRateOfSum) Rule() Rule {
	return Rule{ID: "promql/rate-of-sum", Severity: report.Warning, Title: "The rate of a sum of counters"}
}

func (c promqlRateOfSum) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		call, ok := n.(*parser.Call)
		if !ok || !ofCounters(call.Func.Name) {
			return nil
		}
		sub, ok := promql.Unwrap(call.Args[0]).(*parser.SubqueryExpr)
		if !ok {
			return nil
		}
		if s := summedCounter(e, sub.Expr); s.counter != "" {
			f := call.Func.Name
			out = append(out, e.about(c.Rule(), call, f+" of a "+s.noun()+": when one instance restarts the "+s.noun()+" falls, and "+f+" counts what is left of it once more",
				s.fix(f)))
		}
		return nil
	})
	return out
}

// CheckRecords looks at rates of recording rules that add up counters.
func (c promqlRateOfSum) CheckRecords(set Records) []report.Finding {
	r := c.Rule()
	var out []report.Finding
	for _, u := range set.Uses {
		for _, s := range u.Selectors {
			if !ofCounters(s.Func) || s.Range == 0 || s.Subquery {
				continue
			}
			records := set.ByName[s.Name]
			if len(records) == 1 && records[0].Sums.counter != "" {
				out = append(out, u.Rule.Expr.Finding(r.ID, r.Severity, s.Start, s.End,
					fmt.Sprintf("%s of %s, which is a %s of %s recorded at %s: when one instance restarts the %[3]s falls, and %[1]s counts what is left of it once more", s.Func, s.Name, records[0].Sums.noun(), records[0].Sums.counter, where(records[0].Rule)),
					"record "+records[0].Sums.by+"(rate("+records[0].Sums.counter+"[5m])), and read that"))
			}
		}
	}
	return out
}

func ofCounters(function string) bool {
	return function == "rate" || function == "irate" || function == "increase"
}

// summed is a counter and the aggregation that it went through: sum, avg or max.
type summed struct{ counter, by string }

// noun returns the aggregation as it stands in a sentence.
func (s summed) noun() string {
	switch s.by {
	case "avg":
		return "mean"
	case "max":
		return "maximum"
	}
	return "sum"
}

func (s summed) fix(function string) string {
	if s.by == "sum" {
		return "add up the rates: sum(" + function + "(" + s.counter + "[5m]))"
	}
	return "take the " + s.by + " of the rates: " + s.by + "(" + function + "(" + s.counter + "[5m]))"
}

// summedCounter returns the counter that an expression adds up, averages or takes the
// highest value of. The sum of two counters without an aggregation is none: they are of
// one process in general, and begin again together.
func summedCounter(e *Expr, n parser.Expr) summed {
	switch n := promql.Unwrap(n).(type) {
	case *parser.AggregateExpr:
		switch n.Op {
		case parser.SUM, parser.AVG, parser.MAX:
			if s := rawMetric(n.Expr, func(name string) bool { return isCounter(e, name) }); s != nil {
				return summed{metricName(s), n.Op.String()}
			}
		}
	case *parser.BinaryExpr:
		if n.Op != parser.ADD && n.Op != parser.SUB && n.Op != parser.MUL && n.Op != parser.DIV {
			return summed{}
		}
		if s := summedCounter(e, n.LHS); s.counter != "" || n.Op == parser.DIV {
			return s
		}
		return summedCounter(e, n.RHS)
	}
	return summed{}
}
