// Package promql holds our tools over the syntax tree of Prometheus's own
// parser: reading selectors, rewriting them, recognising the shapes of service
// level indicators, and asking similar expressions in one query. It does no
// I/O, and no function changes a tree that it was given.
package promql

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// MaxExprBytes is how long an expression may be, and MaxCodeBytes how long
// without its strings, which may hold long lists of names. The parser takes
// time with the square of the nesting, half a second at this limit, and text
// from a pull request could ask for hours.
const (
	MaxExprBytes = 128 << 10
	MaxCodeBytes = 16 << 10
)

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
	if err := checkLength(text); err != nil {
		return nil, []*SyntaxError{err}
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

func checkLength(text string) *SyntaxError {
	const way = "; record a part of it with a rule of its own"
	if len(text) > MaxExprBytes {
		message := fmt.Sprintf("the expression is %d bytes long, the limit is %d", len(text), MaxExprBytes)
		return &SyntaxError{Message: message + way, End: len(text)}
	}
	if n := codeBytes(text); n > MaxCodeBytes {
		message := fmt.Sprintf("the expression is %d bytes long without its strings, the limit is %d", n, MaxCodeBytes)
		return &SyntaxError{Message: message + way, End: len(text)}
	}
	return nil
}

// codeBytes counts the bytes outside of strings. Quotes in a comment open none.
func codeBytes(text string) int {
	n := 0
	for i := 0; i < len(text); i++ {
		n++
		switch c := text[i]; c {
		case '#':
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return n
			}
			i += end
		case '"', '\'', '`':
			i = stringEnd(text, i)
		}
	}
	return n
}

// stringEnd returns where the string that starts at i ends: its closing quote,
// or the end of the text.
func stringEnd(text string, i int) int {
	quote := text[i]
	for i++; i < len(text) && text[i] != quote; i++ {
		if text[i] == '\\' && quote != '`' {
			i++
		}
	}
	return i
}
