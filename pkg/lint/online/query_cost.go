package online

import (
	"context"
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// queryCost reports rules whose evaluation takes more than the policy allows.
type queryCost struct {
	limits organisation.Cost
	rules  []costed
}

// costed is the expression of a rule and the text that is asked.
type costed struct {
	use
	query string
}

func (*queryCost) Rule() lint.Rule {
	return lint.Rule{ID: "query/cost", Severity: report.Warning, Title: "A query costs more than the policy allows"}
}

// Note takes the expressions of rules. Those that read no series cost nothing.
func (c *queryCost) Note(e *lint.Expr) {
	if e.Rule == nil || len(e.Selectors) == 0 {
		return
	}
	if query, ok := Countable(e); ok {
		c.rules = append(c.rules, costed{use{expr: &lint.Expr{Text: e.Text}, end: len(e.V)}, query})
	}
}

// Countable returns the text of an expression whose series can be counted, without
// comments, and false for text and ranges, which no rule may have.
func Countable(e *lint.Expr) (string, bool) {
	switch e.AST.Type() {
	case parser.ValueTypeVector:
		return e.AST.String(), true
	case parser.ValueTypeScalar:
		return "vector(" + e.AST.String() + ")", true
	case parser.ValueTypeMatrix, parser.ValueTypeString, parser.ValueTypeNone:
	}
	return "", false
}

func (c *queryCost) Ask(ctx context.Context, a *Asking) []report.Finding {
	queries := make([]string, len(c.rules))
	for i, r := range c.rules {
		queries[i] = r.query
	}
	evaluated := a.Evaluate(ctx, queries, c.limits)
	var out []report.Finding
	for _, r := range c.rules {
		got := evaluated[r.query]
		switch {
		case Refused(got.Err):
			out = append(out, r.expr.Finding(c.Rule().ID, c.Rule().Severity, r.start, r.end,
				"what the query costs is not known, because it cannot be evaluated: "+got.Err.Error(), "correct the expression: a rule that fails has no result"))
			continue
		case got.Err != nil:
			a.Miss("expression", got.Err)
			continue
		}
		if got.Untold != nil {
			a.Untold("query cost", got.Untold)
		}
		if message := c.of(got); message != "" {
			out = append(out, r.expr.Finding(c.Rule().ID, c.Rule().Severity, r.start, r.end,
				fmt.Sprintf("in %s the query %s that the policy allows", a.Name(), message),
				"add matchers, aggregate, shorten ranges, or record a part of it with a rule of its own"))
		}
	}
	return out
}

func (c *queryCost) of(e Evaluated) string {
	switch {
	case c.limits.Series > 0 && e.Series > c.limits.Series:
		return fmt.Sprintf("returns %d series, more than the %d", e.Series, c.limits.Series)
	case e.Over != nil:
		return excess(*e.Over, c.limits)
	}
	return ""
}
