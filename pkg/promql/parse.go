// Package promql holds our tools over the syntax tree of Prometheus's own
// parser: reading selectors, rewriting them, recognising the shapes of service
// level indicators, and asking similar expressions in one query. It does no
// I/O, and no function changes a tree that it was given.
package promql

import (
	"errors"
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"
)

// MaxExprBytes is how long an expression may be. The parser and everything
// after it recurse, so text from a pull request has to have an end.
const MaxExprBytes = 128 << 10

// SyntaxError says where an expression is wrong. Start and End are byte offsets
// in the text, 0 <= Start <= End <= length of the text.
type SyntaxError struct {
	Message    string
	Start, End int
}

// Error returns the message without a position, since the caller knows the file
// and the line that the expression stands in.
func (e *SyntaxError) Error() string { return e.Message }

// Parse parses a PromQL expression. An error is always a *SyntaxError and the
// first one found.
func Parse(text string) (parser.Expr, error) {
	expr, errs := ParseAll(text)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return expr, nil
}

// ParseAll parses a PromQL expression and returns every error that the parser
// names, in the order in which it found them. The expression is nil if there
// are any.
func ParseAll(text string) (parser.Expr, []*SyntaxError) {
	if len(text) > MaxExprBytes {
		message := fmt.Sprintf("the expression is %d bytes long, the limit is %d", len(text), MaxExprBytes)
		return nil, []*SyntaxError{{Message: message, End: len(text)}}
	}
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return nil, syntaxErrors(text, err)
	}
	return expr, nil
}

func syntaxErrors(text string, err error) []*SyntaxError {
	list, ok := errors.AsType[parser.ParseErrors](err)
	if !ok || len(list) == 0 {
		return []*SyntaxError{{Message: err.Error(), End: len(text)}}
	}
	out := make([]*SyntaxError, 0, len(list))
	for _, e := range list {
		start := min(max(int(e.PositionRange.Start), 0), len(text))
		end := min(max(int(e.PositionRange.End), start), len(text))
		out = append(out, &SyntaxError{Message: e.Err.Error(), Start: start, End: end})
	}
	return out
}
