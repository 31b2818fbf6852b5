package policy

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxDepth is how deep parentheses and NOT may be nested.
const maxDepth = 50

// kind is the type of a value in a condition.
type kind uint8

const (
	noKind kind = iota
	number
	text
	truth
	list
)

// String returns the kind as a user would call it.
func (k kind) String() string {
	switch k {
	case number:
		return "a number"
	case text:
		return "text"
	case truth:
		return "true or false"
	case list:
		return "a list"
	case noKind:
	}
	return "nothing"
}

// operand is one side of a comparison, as far as it was checked.
type operand struct {
	kind kind
	// element is the kind of a list's elements.
	element kind
	// variable is the name of a bare variable.
	variable string
	// literals are the constants of which the operand consists: one, or those
	// of a list.
	literals   []token
	start, end int
}

// translation is a condition in the spelling of expr-lang.
type translation struct {
	text   string
	checks []check
}

// translator reads the tokens of a condition by the grammar
//
//	or   = and { "OR" and } .
//	and  = not { "AND" not } .
//	not  = { "NOT" } cmp .
//	cmp  = term [ ( "==" "!=" ">=" "<=" ">" "<" "IN" "NOT IN" "=~" ) term ] .
//	term = NUMBER | STRING | BOOL | list | name | call | "(" or ")" .
//
// and writes them as an expression of expr-lang with the same meaning. It
// groups what the two languages group differently (there, NOT binds tighter
// than a comparison) and turns names into calls that can fail, so that a value
// that is not known is an error. After the first error every method is a no-op.
type translator struct {
	tokens []token
	at     int
	depth  int
	out    strings.Builder
	checks []check
	// names are those of the service, nil when they are not known.
	names *Names
	err   *Error
}

func translate(text string, names *Names) (translation, *Error) {
	tokens, err := scan(text)
	if err != nil {
		return translation{}, err
	}
	t := &translator{tokens: tokens, names: names}
	result := t.or()
	if next := t.peek(); next.kind != endToken {
		t.failAdjacent(next)
	}
	if t.err == nil && result.kind != truth {
		t.fail(result.start, result.end,
			fmt.Sprintf("a condition is true or false, and this is %s", result.kind), "compare it with something: ==, <, IN")
	}
	return translation{t.out.String(), t.checks}, t.err
}

func (t *translator) peek() token { return t.tokens[t.at] }

func (t *translator) take() token {
	next := t.tokens[t.at]
	if next.kind != endToken {
		t.at++
	}
	return next
}

func (t *translator) emit(text string) { t.out.WriteString(text) }

// fail keeps the first error and moves to the end, where every loop stops.
func (t *translator) fail(start, end int, message, suggestion string) {
	if t.err == nil {
		t.err = &Error{Message: message, Start: start, End: end, Suggestion: suggestion}
	}
	t.at = len(t.tokens) - 1
}

// failAdjacent reports a token where only AND, OR or the end can stand.
func (t *translator) failAdjacent(next token) {
	suggestion := "join conditions with AND or OR"
	switch {
	case next.is(")"):
		suggestion = "this parenthesis was never opened"
	case next.is("["):
		suggestion = "for metadata write label('key')"
	}
	t.fail(next.start, next.end, "unexpected "+next.shown()+", expected AND, OR or the end", suggestion)
}

func (t *translator) or() operand {
	left := t.and()
	for t.peek().keyword() == "OR" {
		left = t.join(left, " or ", t.and)
	}
	return left
}

func (t *translator) and() operand {
	left := t.not()
	for t.peek().keyword() == "AND" {
		left = t.join(left, " and ", t.not)
	}
	return left
}

// join reads the right side of AND and OR.
func (t *translator) join(left operand, operator string, side func() operand) operand {
	t.take()
	t.emit(operator)
	right := side()
	t.wantTruth(left)
	t.wantTruth(right)
	return operand{kind: truth, start: left.start, end: right.end}
}

func (t *translator) wantTruth(o operand) {
	if t.err == nil && o.kind != truth {
		t.fail(o.start, o.end, fmt.Sprintf("AND, OR and NOT join conditions, and this is %s", o.kind),
			"compare it with something: ==, <, IN")
	}
}

func (t *translator) not() operand {
	start := t.peek().start
	count := 0
	for t.peek().keyword() == "NOT" {
		t.take()
		t.emit("not (")
		count++
	}
	t.nest(count)
	o := t.comparison()
	t.depth -= count
	if count == 0 {
		return o
	}
	t.wantTruth(o)
	t.emit(strings.Repeat(")", count))
	return operand{kind: truth, start: start, end: o.end}
}

// nest enters levels of nesting, up to the limit.
func (t *translator) nest(levels int) {
	t.depth += levels
	if t.depth > maxDepth {
		next := t.peek()
		t.fail(next.start, next.end, fmt.Sprintf("the condition is nested deeper than %d levels", maxDepth),
			"split it into several conditions: each one that holds counts")
	}
}

func (t *translator) comparison() operand {
	left := t.term("")
	operator := t.operator()
	if operator == "" {
		return left
	}
	right := t.term(operator)
	if t.err == nil {
		t.checkComparison(left, operator, right)
	}
	return operand{kind: truth, start: left.start, end: right.end}
}

// operator takes a comparison, writes it and returns it as the user's grammar
// spells it, or returns nothing.
func (t *translator) operator() string {
	next := t.peek()
	operator := next.text
	switch {
	case next.keyword() == "IN":
		operator = "IN"
		t.emit(" in ")
	case next.keyword() == "NOT" && next.kind == wordToken && t.tokens[t.at+1].keyword() == "IN":
		t.take()
		operator = "NOT IN"
		t.emit(" not in ")
	case next.is("=~"):
		t.emit(" matches ")
	case next.is("=="), next.is("!="), next.is(">="), next.is("<="), next.is(">"), next.is("<"):
		t.emit(" " + next.text + " ")
	default:
		return ""
	}
	t.take()
	return operator
}

// term reads one value. The operator is what stands to its left, for the
// suggestion about a word without quotes.
func (t *translator) term(operator string) operand {
	next := t.take()
	switch next.kind {
	case numberToken:
		return t.number(next)
	case textToken:
		t.emit(quote(next.text))
		return operand{kind: text, literals: []token{next}, start: next.start, end: next.end}
	case wordToken:
		return t.word(next, operator)
	case symbolToken, endToken:
	}
	switch {
	case next.is("("):
		return t.group(next)
	case next.is("["):
		return t.list(next)
	}
	t.fail(next.start, next.end, "expected a value before "+next.shown(), "")
	return operand{start: next.start, end: next.end}
}

// number writes every number with a fraction, since all our variables are
// floating point and expr-lang tells 9 from 9.0 in lists.
func (t *translator) number(n token) operand {
	value, err := strconv.ParseFloat(n.text, 64)
	if err != nil {
		t.fail(n.start, n.end, "the number is too large", "")
	}
	spelled := strconv.FormatFloat(value, 'f', -1, 64)
	if !strings.Contains(spelled, ".") {
		spelled += ".0"
	}
	t.emit(spelled)
	return operand{kind: number, literals: []token{n}, start: n.start, end: n.end}
}

func (t *translator) group(open token) operand {
	t.nest(1)
	t.emit("(")
	inner := t.or()
	t.depth--
	end := t.closing(open, ")")
	t.emit(")")
	inner.start, inner.end = open.start, end
	return inner
}

// closing takes the bracket that ends what another one opened.
func (t *translator) closing(open token, symbol string) int {
	next := t.peek()
	if next.is(symbol) {
		return t.take().end
	}
	if next.kind == endToken {
		t.fail(open.start, open.end, "the "+open.text+" is opened here and never closed", "close it with "+symbol)
		return next.end
	}
	t.fail(next.start, next.end, "unexpected "+next.shown()+", expected "+symbol, "")
	return next.end
}

func (t *translator) list(open token) operand {
	result := operand{kind: list, start: open.start}
	t.emit("[")
	for {
		element := t.term("IN")
		if t.err == nil && len(element.literals) != 1 {
			t.fail(element.start, element.end, "a list holds numbers or quoted text", "")
		}
		if result.element != noKind && result.element != element.kind && t.err == nil {
			t.fail(element.start, element.end,
				fmt.Sprintf("the list mixes %s and %s", result.element, element.kind), "use one kind in a list")
		}
		result.element = element.kind
		result.literals = append(result.literals, element.literals...)
		if !t.peek().is(",") {
			break
		}
		t.take()
		t.emit(", ")
	}
	result.end = t.closing(open, "]")
	t.emit("]")
	return result
}

// checkComparison checks that two operands can be compared, and that a constant
// is one that the variable can have.
func (t *translator) checkComparison(left operand, operator string, right operand) {
	switch operator {
	case "IN", "NOT IN":
		t.checkIn(left, right)
	case "=~":
		t.checkMatch(left, right)
	default:
		t.checkOrder(left, operator, right)
	}
	if operator != "=~" {
		t.checkConstants(left.variable, right.literals)
		t.checkConstants(right.variable, left.literals)
	}
}

func (t *translator) checkIn(left, right operand) {
	if right.kind != list {
		t.fail(right.start, right.end, fmt.Sprintf("IN looks into a list, and this is %s", right.kind),
			"write a list, as in tier IN ['critical', 'high']")
		return
	}
	if left.kind != right.element {
		t.failKinds(left, right.element, right)
	}
}

func (t *translator) checkMatch(left, right operand) {
	if left.kind != text {
		t.fail(left.start, left.end, fmt.Sprintf("=~ matches text, and this is %s", left.kind), "")
		return
	}
	if right.kind != text || len(right.literals) != 1 {
		t.fail(right.start, right.end, "the right side of =~ is a regular expression in quotes", "")
		return
	}
	if _, err := regexp.Compile(right.literals[0].text); err != nil {
		t.fail(right.start, right.end, "the regular expression is not valid: "+err.Error(), "")
	}
}

func (t *translator) checkOrder(left operand, operator string, right operand) {
	switch {
	case left.kind != right.kind:
		t.failKinds(left, right.kind, right)
	case left.kind == list:
		t.fail(left.start, right.end, "lists cannot be compared", "look for one value in a list with IN")
	case left.kind == truth && operator != "==" && operator != "!=":
		t.fail(left.start, right.end, operator+" does not order true and false", "")
	}
}

func (t *translator) failKinds(left operand, other kind, right operand) {
	suggestion := ""
	if left.variable == "date" || right.variable == "date" {
		suggestion = "dates are text: write '2024-12-20'"
	}
	t.fail(left.start, right.end, fmt.Sprintf("cannot compare %s with %s", left.kind, other), suggestion)
}

// quote spells a text as expr-lang's raw string, in which nothing but the
// backtick has a meaning.
func quote(content string) string {
	return "`" + strings.ReplaceAll(content, "`", "``") + "`"
}
