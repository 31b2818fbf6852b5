package lint

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
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
		if d.MaxRange > 0 {
			parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
				out = append(out, c.node(e, n, d)...)
				return nil
			})
		}
		if d.Retention > 0 {
			out = append(out, c.beyond(Lookbacks(e), d.Retention, "look back at most "+promql.Duration(d.Retention)+", all ranges and offsets together")...)
		}
	}
	return out
}

// CheckService holds the windows of SLOs to the retention: they are worked out of samples
// as old as that.
func (c promqlRangeTooLong) CheckService(s *spec.Service) []report.Finding {
	keeps := Retention(c.metadata, nil)
	if keeps == 0 {
		return nil
	}
	return c.beyond(Windows(s), keeps, "give it a window of at most "+promql.Duration(keeps)+", or write in the policy how long the server keeps samples")
}

func (c promqlRangeTooLong) beyond(list []Lookback, keeps time.Duration, fix string) []report.Finding {
	var out []report.Finding
	for _, l := range list {
		if l.Back > keeps {
			out = append(out, l.Finding(c.Rule(), l.Says+", and the server keeps samples for "+promql.Duration(keeps), fix))
		}
	}
	return out
}

// demands are those of the rule of an expression.
func (c promqlRangeTooLong) demands(e *Expr) []demand {
	switch {
	case e.Rule != nil:
		return asked(c.metadata, e.Rule)
	case e.SLO == nil:
		return nil
	}
	return ofSLOs(c.metadata)
}

// ofSLOs are the demands on SLOs: recording rules and alerts are made of them, so that
// they keep to the bounds of both.
func ofSLOs(m organisation.Metadata) []demand {
	return []demand{{organisation.RuleMetadata{
		MaxRange: shorter(m.Alerts.MaxRange, m.Records.MaxRange), Retention: shorter(m.Alerts.Retention, m.Records.Retention),
	}, "SLOs"}}
}

// shorter returns the shorter of two bounds, where 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func (c promqlRangeTooLong) node(e *Expr, n parser.Node, d demand) []report.Finding {
	switch n := n.(type) {
	case *parser.MatrixSelector:
		return c.longer(e, n, "the range", n.Range, d)
	case *parser.SubqueryExpr:
		return c.longer(e, n, "the range of the subquery", n.Range, d)
	}
	return nil
}

func (c promqlRangeTooLong) longer(e *Expr, n parser.Node, what string, got time.Duration, d demand) []report.Finding {
	if got <= d.MaxRange {
		return nil
	}
	most := promql.Duration(d.MaxRange)
	return one(e.about(c.Rule(), n, what+" of "+promql.Duration(got)+" is longer than the "+most+" that the policy allows "+d.of,
		"shorten it to "+most+", or record the long part with a rule of its own"))
}
