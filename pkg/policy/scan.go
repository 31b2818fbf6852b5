package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kindOfToken is what a token of a condition is.
type kindOfToken uint8

const (
	endToken kindOfToken = iota
	wordToken
	numberToken
	textToken
	symbolToken
)

// token is a piece of a condition and its bytes in the user's text.
type token struct {
	kind kindOfToken
	// text is the decoded content of a quoted text, and the token as it is
	// written for all other kinds.
	text       string
	start, end int
}

// keyword returns AND, OR, NOT, IN, TRUE or FALSE for a token that means it, in
// any of its spellings, and nothing for all other tokens.
func (t token) keyword() string {
	switch t.kind {
	case wordToken:
		switch upper := strings.ToUpper(t.text); upper {
		case "AND", "OR", "NOT", "IN", "TRUE", "FALSE":
			return upper
		}
	case symbolToken:
		switch t.text {
		case "&&":
			return "AND"
		case "||":
			return "OR"
		case "!":
			return "NOT"
		}
	case endToken, numberToken, textToken:
	}
	return ""
}

// is reports whether the token is the symbol.
func (t token) is(symbol string) bool { return t.kind == symbolToken && t.text == symbol }

// shown is how a message calls the token.
func (t token) shown() string {
	switch t.kind {
	case endToken:
		return "the end"
	case textToken:
		return "the text '" + t.text + "'"
	case wordToken, numberToken, symbolToken:
	}
	return t.text
}

// scan cuts a condition into tokens. The last one is always the end token.
func scan(text string) ([]token, *Error) {
	var tokens []token
	for at := 0; at < len(text); {
		r, width := utf8.DecodeRuneInString(text[at:])
		if unicode.IsSpace(r) {
			at += width
			continue
		}
		next, err := scanToken(text, at, r)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, next)
		at = next.end
	}
	return append(tokens, token{kind: endToken, start: len(text), end: len(text)}), nil
}

// scanToken returns the token that begins at a byte with the character r.
func scanToken(text string, at int, r rune) (token, *Error) {
	switch {
	case r == '\'' || r == '"':
		return scanText(text, at)
	case isDigit(r), r == '-' && at+1 < len(text) && isDigit(rune(text[at+1])):
		return scanNumber(text, at), nil
	case isLetter(r):
		return scanWord(text, at), nil
	}
	return scanSymbol(text, at, r)
}

// scanText reads a quoted text. A backslash before the quote or before another
// backslash takes away its meaning; everywhere else it is a plain character, so
// that 'v1\.2' is the regular expression it looks like.
func scanText(text string, at int) (token, *Error) {
	quote := text[at]
	var content strings.Builder
	for i := at + 1; i < len(text); i++ {
		c := text[i]
		if c == quote {
			return token{textToken, content.String(), at, i + 1}, nil
		}
		if c == '\\' && i+1 < len(text) && (text[i+1] == quote || text[i+1] == '\\') {
			i++
			c = text[i]
		}
		content.WriteByte(c)
	}
	return token{}, &Error{
		Message: "the quote is opened here and never closed", Start: at, End: len(text),
		Suggestion: "close the text with " + string(quote),
	}
}

func scanNumber(text string, at int) token {
	end := at + 1
	for end < len(text) && isDigit(rune(text[end])) {
		end++
	}
	if end+1 < len(text) && text[end] == '.' && isDigit(rune(text[end+1])) {
		end++
		for end < len(text) && isDigit(rune(text[end])) {
			end++
		}
	}
	return token{numberToken, text[at:end], at, end}
}

// scanWord reads a name. A dot belongs to it when a name goes on behind it, as
// in metadata.region.
func scanWord(text string, at int) token {
	end := at
	for end < len(text) {
		r, width := utf8.DecodeRuneInString(text[end:])
		next, _ := utf8.DecodeRuneInString(text[end+width:])
		if !isLetter(r) && !isDigit(r) && (r != '.' || !isLetter(next)) {
			break
		}
		end += width
	}
	return token{wordToken, text[at:end], at, end}
}

func scanSymbol(text string, at int, r rune) (token, *Error) {
	for _, symbol := range []string{
		"==", "!=", ">=", "<=", "=~", "&&", "||",
		">", "<", "!", "(", ")", "[", "]", ",", ".",
	} {
		if strings.HasPrefix(text[at:], symbol) {
			return token{symbolToken, symbol, at, at + len(symbol)}, nil
		}
	}
	err := &Error{
		Message: "unexpected character " + string(r),
		Start:   at, End: at + utf8.RuneLen(r),
	}
	switch r {
	case '=':
		err.Message, err.Suggestion = "a single = does not compare", "compare with =="
	case '&':
		err.Suggestion = "join conditions with AND"
	case '|':
		err.Suggestion = "join conditions with OR"
	case '+', '-', '*', '/', '%':
		err.Suggestion = "conditions do not calculate; for metadata with such a name write label('on-call')"
	}
	return token{}, err
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isLetter(r rune) bool { return r == '_' || unicode.IsLetter(r) }
