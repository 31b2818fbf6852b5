package lint

import (
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlRateOfSum reports rates of what was added up before. A restart of one
// instance lowers the sum, which the rate takes for a restart of all.
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
		if s := summedCounter(e, sub.Expr); s != nil {
			f := call.Func.Name
			out = append(out, e.about(c.Rule(), call, f+" of a sum: when one instance restarts the sum falls, and "+f+" counts what is left of it once more",
				"add up the rates: sum("+f+"("+s.Name+"[5m]))"))
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
			if len(records) == 1 && records[0].Sums != "" {
				out = append(out, u.Rule.Expr.Finding(r.ID, r.Severity, s.Start, s.End,
					s.Func+" of "+s.Name+", which is a sum of "+records[0].Sums+" recorded at "+where(records[0].Rule)+": when one instance restarts the sum falls, and "+s.Func+" counts what is left of it once more",
					"record sum(rate("+records[0].Sums+"[5m])), and read that"))
			}
		}
	}
	return out
}

func ofCounters(function string) bool {
	return function == "rate" || function == "irate" || function == "increase"
}

// summedCounter returns the counter that an expression adds up, or nil.
func summedCounter(e *Expr, n parser.Expr) *parser.VectorSelector {
	sum, ok := promql.Unwrap(n).(*parser.AggregateExpr)
	if !ok || sum.Op != parser.SUM {
		return nil
	}
	return rawMetric(sum.Expr, func(name string) bool { return isCounter(e, name) })
}
