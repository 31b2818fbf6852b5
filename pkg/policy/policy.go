// Package policy is the condition language of deployment gates:
//
//	freeze_period('2024-12-20', '2025-01-02') AND tier == 'critical'
//	NOT business_hours(9, 18, 'Europe/Dublin') OR budget_remaining < 25
//
// A condition is checked whole when it is compiled: its grammar, every name,
// every type, every date and time zone. What is left for evaluation cannot go
// wrong, but for a number that was not measured; that is an error and never
// false, since a freeze that silently does not apply is the worst outcome. A
// condition has no side effects and no loops. The package reads no clock: the
// time comes with the Context.
package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"github.com/nthlayer/action/pkg/spec"
)

// maxBytes is how long a condition may be. It bounds the work of compiling and
// evaluating one.
const maxBytes = 8 << 10

// Error says what is wrong with the text of a condition.
type Error struct {
	// Message is one sentence without a full stop.
	Message string
	// Start and End are the bytes of the text that the message is about; End
	// is behind the last one.
	Start, End int
	// Suggestion is one phrase about the fix, or empty.
	Suggestion string
}

// Error returns the message, the column in bytes from 1, and the suggestion.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s (column %d)", e.Message, e.Start+1)
	if e.Suggestion != "" {
		text += "; " + e.Suggestion
	}
	return text
}

// UnknownError says that a condition needs a value that is not known in this
// run.
type UnknownError struct {
	// Name is the value as the condition spells it: burn_rate_6h,
	// slo('availability').remaining.
	Name string
	// Why says what is missing.
	Why string
}

// Error returns one sentence without a full stop.
func (e *UnknownError) Error() string { return e.Name + " is not known: " + e.Why }

// Condition is a compiled condition. It is safe for concurrent use.
type Condition struct {
	// program is nil for a blank condition, which always holds.
	program *vm.Program
	checks  []check
}

// Names are the names that exist in one service. A condition about another one
// would never hold, and nobody would notice that the freeze does not apply.
type Names struct {
	// Metadata are the dotted keys of its metadata, SLOs the names of its SLOs.
	Metadata, SLOs []string
}

// NamesOf returns the names of a service.
func NamesOf(s *spec.Service) *Names {
	names := &Names{}
	for _, e := range s.Metadata {
		names.Metadata = append(names.Metadata, e.Key)
	}
	for _, slo := range s.SLOs {
		names.SLOs = append(names.SLOs, slo.Name.V)
	}
	return names
}

// Compile checks and compiles a condition, for the service that has the names;
// without any they are not checked. A blank text always holds. The error is
// always an *Error.
func Compile(text string, names *Names) (*Condition, error) {
	if len(text) > maxBytes {
		return nil, &Error{
			Message: fmt.Sprintf("the condition is longer than %d bytes", maxBytes), End: len(text),
			Suggestion: "split it into several conditions: each one that holds counts",
		}
	}
	if at := invalidByte(text); at >= 0 {
		return nil, &Error{Message: "the condition is not valid UTF-8", Start: at, End: at + 1}
	}
	if strings.TrimSpace(text) == "" {
		return &Condition{}, nil
	}
	translated, err := translate(text, names)
	if err != nil {
		return nil, err
	}
	program, compileErr := expr.Compile(translated.text,
		expr.Env(&facts{}), expr.DisableAllBuiltins(), expr.AsBool())
	if compileErr != nil {
		return nil, &Error{Message: "the condition cannot be evaluated: " + firstLine(compileErr.Error()), End: len(text)}
	}
	return &Condition{program: program, checks: translated.checks}, nil
}

// Eval reports whether the condition holds. AND and OR look at their sides from
// left to right and stop when the answer is certain. The error is an
// *UnknownError when a value that the answer needs is not known.
func (c *Condition) Eval(context Context) (bool, error) {
	if c.program == nil {
		return true, nil
	}
	result, err := expr.Run(c.program, newFacts(context, c.checks))
	if err != nil {
		var unknown *UnknownError
		if errors.As(err, &unknown) {
			return false, unknown
		}
		return false, fmt.Errorf("evaluate the condition: %s", firstLine(err.Error()))
	}
	holds, ok := result.(bool)
	if !ok {
		return false, fmt.Errorf("evaluate the condition: the result is %T, not true or false", result)
	}
	return holds, nil
}

// invalidByte returns the place of the first byte that is no UTF-8, or -1.
func invalidByte(text string) int {
	for i, r := range text {
		if r != utf8.RuneError {
			continue
		}
		if _, width := utf8.DecodeRuneInString(text[i:]); width == 1 {
			return i
		}
	}
	return -1
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
