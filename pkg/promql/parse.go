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

// MaxExprBytes is how long an expression may be, MaxCodeBytes how long without its
// strings, which may hold long lists of names, and MaxOperators how many operators
// may follow or parentheses stand inside each other. The parser takes time with the
// square of the last, a second at this limit for the worst text, and a pull request
// could ask for hours. The limits are far above what people write: a hundred sums over
// rates joined with or have 6,000 bytes and 99 operators.
const (
	MaxExprBytes = 128 << 10
	MaxCodeBytes = 64 << 10
	MaxOperators = 8 << 10
)

// ErrorKind says what an expression that cannot be read suffers from.
type ErrorKind string

const (
	// Invalid expressions are refused by every server.
	Invalid ErrorKind = ""
	// Experimental syntax is read by servers that have a feature switched on.
	Experimental ErrorKind = "experimental"
	// TooLong expressions are read by servers, and not here.
	TooLong ErrorKind = "too long"
)

// SyntaxError says where an expression is wrong. Start and End are byte offsets
// in the text, 0 <= Start <= End <= length of the text.
type SyntaxError struct {
	Kind       ErrorKind
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
// are any. Experimental functions are read as any other: whether a server has them
// switched on is not known here.
func ParseAll(text string) (parser.Expr, []*SyntaxError) {
	if err := checkLength(text); err != nil {
		return nil, []*SyntaxError{err}
	}
	expr, err := NewParser().ParseExpr(text)
	if err != nil {
		return nil, syntaxErrors(text, err)
	}
	return expr, nil
}

// NewParser returns the parser of Prometheus with experimental functions switched on.
// It has no limits.
func NewParser() parser.Parser {
	return parser.NewParser(parser.Options{EnableExperimentalFunctions: true})
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
		out = append(out, &SyntaxError{Kind: kindOf(e.Err.Error()), Message: e.Err.Error(), Start: start, End: end})
	}
	return out
}

// kindOf tells syntax that a server may have switched on from what none reads. The
// parser has no other sign of it than its words, which a test compares.
func kindOf(message string) ErrorKind {
	if strings.Contains(message, "experimental") && strings.HasSuffix(message, "not enabled") {
		return Experimental
	}
	return Invalid
}

func checkLength(text string) *SyntaxError {
	refuse := func(what string, is, limit int) *SyntaxError {
		return &SyntaxError{Kind: TooLong, Message: fmt.Sprintf(what, is, limit), End: len(text)}
	}
	if len(text) > MaxExprBytes {
		return refuse("the expression is %d bytes long, the limit is %d", len(text), MaxExprBytes)
	}
	if len(text) <= MaxOperators {
		return nil
	}
	bytes, operators := measure(text)
	switch {
	case bytes > MaxCodeBytes:
		return refuse("the expression is %d bytes long without its strings, the limit is %d", bytes, MaxCodeBytes)
	case operators > MaxOperators:
		return refuse("the expression has %d operators in a row or parentheses inside each other, the limit is %d", operators, MaxOperators)
	}
	return nil
}

// measure counts the bytes outside of strings, and the operators with the deepest
// nesting of parentheses: no tree of the expression is deeper than that. Quotes in a
// comment open no string.
func measure(text string) (bytes, operators int) {
	depth, deepest, matchers := 0, 0, false
	for i := 0; i < len(text); i++ {
		bytes++
		switch c := text[i]; c {
		case '#':
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return bytes, operators + deepest
			}
			i += end
		case '"', '\'', '`':
			i = stringEnd(text, i)
		case '(':
			depth++
			deepest = max(deepest, depth)
		case ')':
			depth--
		case '{', '}':
			matchers = c == '{'
		case ']': // a subquery may stand behind another one
			operators++
		case '+', '-', '*', '/', '%', '^', '<', '>', '=', '!':
			if !matchers {
				operators++
			}
		default:
			if isSetOperator(text, i) {
				operators++
			}
		}
	}
	return bytes, operators + deepest
}

// isSetOperator reports whether and, or, unless or atan2 begins at i.
func isSetOperator(text string, i int) bool {
	switch text[i] | 0x20 {
	case 'a', 'o', 'u':
	default:
		return false
	}
	for _, word := range []string{"or", "and", "unless", "atan2"} {
		if len(text)-i >= len(word) && strings.EqualFold(text[i:i+len(word)], word) && (i == 0 || !isWord(text[i-1])) && (i+len(word) == len(text) || !isWord(text[i+len(word)])) {
			return true
		}
	}
	return false
}

func isWord(c byte) bool {
	return c == '_' || c == ':' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
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
