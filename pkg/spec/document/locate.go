package document

import (
	"unicode/utf8"

	"github.com/nthlayer/action/pkg/report"
)

// style is how a scalar is written, which decides how its text maps to the file.
type style uint8

const (
	plain style = iota
	singleQuoted
	doubleQuoted
	block // literal and folded
)

// place is where one byte of a decoded scalar stands in the file; width is the
// number of characters that it takes there, start and end are offsets.
type place struct{ line, column, width, start, end int }

// locate returns the place of every byte of text, the decoded scalar that
// begins at a position. Folding and indentation only ever change white space, so
// the two texts are walked side by side: what is no white space must be found in
// the same order in both.
func (s *source) locate(at report.Position, st style, text string) []place {
	w := walker{src: s.data, at: s.offset(at.Line, at.Column), line: at.Line, column: at.Column}
	w.skipProperties()
	switch st {
	case singleQuoted, doubleQuoted:
		w.next()
	case block:
		w.skipLine()
	case plain:
	}
	places := make([]place, 0, len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		p := w.match(r, st)
		for range size {
			places = append(places, p)
		}
		i += size
	}
	return places
}

// walker reads a file character by character.
type walker struct {
	src          []byte
	at           int
	line, column int
}

func (w *walker) peek() rune {
	if w.at >= len(w.src) {
		return utf8.RuneError
	}
	r, _ := utf8.DecodeRune(w.src[w.at:])
	return r
}

func (w *walker) next() {
	if w.at >= len(w.src) {
		return
	}
	r, size := utf8.DecodeRune(w.src[w.at:])
	w.at += size
	if r == '\n' {
		w.line++
		w.column = 1
		return
	}
	w.column++
}

// skip passes the characters that are wanted.
func (w *walker) skip(wanted func(rune) bool) {
	for w.at < len(w.src) && wanted(w.peek()) {
		w.next()
	}
}

func (w *walker) atBreak() bool { return breakLength(w.src[min(w.at, len(w.src)):]) > 0 }

func (w *walker) nextBreak() {
	for end := w.at + breakLength(w.src[min(w.at, len(w.src)):]); w.at < end; {
		w.next()
	}
}

func (w *walker) skipLine() {
	for w.at < len(w.src) && !w.atBreak() {
		w.next()
	}
	w.nextBreak()
}

// skipProperties passes an anchor and a tag in front of a scalar, and the
// comments behind them.
func (w *walker) skipProperties() {
	for w.at < len(w.src) && (w.src[w.at] == '&' || w.src[w.at] == '!') {
		within := func(r rune) bool { return !white(r) }
		if w.src[w.at] == '&' {
			within = anchorRune
		}
		w.next()
		w.skip(within)
		w.skip(white)
		for w.peek() == '#' {
			w.skipLine()
			w.skip(white)
		}
	}
}

// anchorRune reports whether a character belongs to the name of an anchor. YAML
// allows more of them, and the library these.
func anchorRune(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '_' || r == '-'
}

func blank(r rune) bool { return r == ' ' || r == '\t' }

func white(r rune) bool {
	return blank(r) || r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// match consumes the characters of the file that stand for one character of the
// decoded text and returns their place.
func (w *walker) match(r rune, st style) place {
	escaped := st == doubleQuoted && w.peek() == '\\'
	if white(r) && !escaped {
		return w.matchWhite(r)
	}
	w.skip(white)
	p := place{line: w.line, column: w.column, width: 1, start: w.at}
	start := w.column
	switch {
	case st == doubleQuoted && w.peek() == '\\':
		if w.escape() {
			return w.match(r, st)
		}
	case st == singleQuoted && r == '\'':
		w.next()
		w.next()
	default:
		w.next()
	}
	if p.line == w.line {
		p.width = w.column - start
	}
	p.end = w.at
	return p
}

// matchWhite finds a white character: itself, or the line break and indentation
// that were folded into it.
func (w *walker) matchWhite(r rune) place {
	p := place{line: w.line, column: w.column, width: 1, start: w.at}
	switch {
	case r == '\n':
		// Indentation and trailing blanks come before it.
		w.skip(blank)
		p.line, p.column, p.start = w.line, w.column, w.at
		w.nextBreak()
	case w.peek() == r:
		w.next()
	case white(w.peek()):
		w.skip(white)
	}
	p.end = w.at
	return p
}

// escape consumes one escape sequence of a double-quoted scalar. It returns true
// for an escaped line break, which stands for nothing, and neither does the
// indentation behind it.
func (w *walker) escape() (nothing bool) {
	w.next()
	if w.atBreak() {
		w.nextBreak()
		w.skip(blank)
		return true
	}
	digits := 0
	switch w.peek() {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	}
	for range digits + 1 {
		w.next()
	}
	return false
}
