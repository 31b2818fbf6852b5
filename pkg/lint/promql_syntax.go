package lint

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlSyntax reports what Prometheus's own parser refuses.
type promqlSyntax struct{}

func (promqlSyntax) Rule() Rule {
	return Rule{ID: "promql/syntax", Severity: report.Error, Title: "The expression is not valid PromQL"}
}

func (c promqlSyntax) CheckBrokenExpr(e *Expr) []report.Finding {
	r := c.Rule()
	// Everything after the first error may be a consequence of it.
	i := slices.IndexFunc(e.Errors, func(err *promql.SyntaxError) bool { return err.Kind == promql.Invalid })
	if i < 0 {
		return nil
	}
	err := e.Errors[i]
	fix := syntaxFix(err.Message)
	if logql.Looks(e.V) {
		fix = "this looks like LogQL: rules for Loki need a file of their own, without PromQL"
	}
	return one(e.Finding(r.ID, r.Severity, err.Start, err.End, "invalid PromQL: "+err.Message, fix))
}

// renamed says what Prometheus 3 calls a function of Prometheus 2.
const renamed = "Prometheus 3 calls it double_exponential_smoothing, and needs --enable-feature=promql-experimental-functions for it"

var unknownFunction = regexp.MustCompile(`unknown function with name "([^"]*)"`)

// syntaxFix says what to do about the parser's more frequent messages.
func syntaxFix(message string) string {
	if m := unknownFunction.FindStringSubmatch(message); m != nil {
		if m[1] == "holt_winters" {
			return renamed
		}
		return cmp.Or(report.DidYouMean(m[1], callable()), "use a function that Prometheus has")
	}
	for _, known := range []struct{ text, fix string }{
		{"unclosed left parenthesis", "close the parenthesis"},
		{"unclosed left brace", "close the brace"},
		{"unexpected right parenthesis", "remove a parenthesis, or open one before it"},
		{"unterminated quoted string", "close the quote"},
		{"expected type range vector", "add a range to the selector, such as [5m]"},
		{"expected type instant vector in", "use a selector without a range, or wrap it in a function such as rate"},
		{"must contain at least one non-empty matcher", "name a metric, or match a label on a value"},
		{`bad number or duration syntax: "0x`, "write the number in decimal, as in 0.25: hexadecimal numbers are whole"},
		{"bad number or duration", "write durations as 5m, 1h30m or 30d"},
		{"comparisons between scalars must use BOOL", "compare a metric with the number, or write bool behind the operator"},
		{"unexpected end of input", "the expression ends too early: complete it"},
	} {
		if strings.Contains(message, known.text) {
			return known.fix
		}
	}
	return "correct the expression at the marked place"
}

// callable returns the names of functions and aggregations, sorted.
func callable() []string {
	names := []string{
		"avg", "bottomk", "count", "count_values", "group", "limit_ratio", "limitk", "max", "min", "quantile", "stddev", "stdvar", "sum", "topk",
	}
	for name := range parser.Functions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
