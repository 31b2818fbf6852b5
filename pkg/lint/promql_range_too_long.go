package lint

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlRangeTooLong reports expressions that look back longer than the policy
// allows, or than the server has samples.
type promqlRangeTooLong struct{ metadata organisation.Metadata }

func (promqlRangeTooLong) Rule() Rule {
	return Rule{ID: "promql/range-too-long", Severity: report.Error, Title: "An expression looks back longer than the policy allows"}
}

func (c promqlRangeTooLong) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	for _, d := range c.demands(e) {
		if d.MaxRange == 0 && d.Retention == 0 {
			continue
		}
		parser.Inspect(e.AST, func(n parser.Node, path []parser.Node) error {
			out = append(out, c.node(e, n, path, d)...)
			return nil
		})
	}
	return out
}

// demands are those of the rule of an expression. Recording rules and alerts are made
// of an SLO, so that it keeps to the bounds of both.
func (c promqlRangeTooLong) demands(e *Expr) []demand {
	switch {
	case e.Rule != nil:
		return asked(c.metadata, e.Rule)
	case e.SLO == nil:
		return nil
	}
	alerts, records := &c.metadata.Alerts, &c.metadata.Records
	return []demand{{organisation.RuleMetadata{
		MaxRange: shorter(alerts.MaxRange, records.MaxRange), Retention: shorter(alerts.Retention, records.Retention),
	}, "SLOs"}}
}

// shorter returns the shorter of two bounds, where 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func (c promqlRangeTooLong) node(e *Expr, n parser.Node, path []parser.Node, d demand) []report.Finding {
	switch n := n.(type) {
	case *parser.MatrixSelector:
		return c.longer(e, n, "the range", n.Range, d)
	case *parser.SubqueryExpr:
		return c.longer(e, n, "the range of the subquery", n.Range, d)
	case *parser.VectorSelector:
		back, known := promql.Lookback(n, path)
		if d.Retention == 0 || !known || back <= d.Retention {
			return nil
		}
		return one(e.about(c.Rule(), n,
			"the expression reads samples of "+e.source(n)+" that are up to "+promql.Duration(back)+" old, and the server keeps them for "+promql.Duration(d.Retention),
			"look back at most "+promql.Duration(d.Retention)+", all ranges and offsets together"))
	}
	return nil
}

func (c promqlRangeTooLong) longer(e *Expr, n parser.Node, what string, got time.Duration, d demand) []report.Finding {
	if d.MaxRange == 0 || got <= d.MaxRange {
		return nil
	}
	most := promql.Duration(d.MaxRange)
	return one(e.about(c.Rule(), n, what+" of "+promql.Duration(got)+" is longer than the "+most+" that the policy allows "+d.of,
		"shorten it to "+most+", or record the long part with a rule of its own"))
}
