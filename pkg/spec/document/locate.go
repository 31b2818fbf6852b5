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
	literal
	folded
)

// block reports whether the text stands in lines of its own, below | or >.
func (st style) block() bool { return st == literal || st == folded }

// place is where one byte of a decoded scalar stands in the file; width is the
// number of characters that it takes there, start and end are offsets.
type place struct{ line, column, width, start, end int }

// locate returns the place of every byte of text, the decoded scalar that
// begins at a position. The file is decoded once more, by the rules of the library,
// and each character of the text takes the place of what it was decoded from.
func (s *source) locate(at report.Position, st style, text string) []place {
	w := walker{src: s.data, at: s.offset(at.Line, at.Column), line: at.Line, column: at.Column, text: text, places: make([]place, 0, len(text))}
	w.skipProperties()
	switch st {
	case literal, folded:
		w.skipLine()
		w.block(st)
	case singleQuoted, doubleQuoted:
		w.next()
		w.flow(st)
	case plain:
		w.flow(st)
	}
	for len(w.places) < len(text) { // nothing that the library decoded gets here
		w.emit(w.since(w.here()))
	}
	return w.places
}

// flow reads a scalar without a block's head, whose line breaks are folded.
func (w *walker) flow(st style) {
	for !w.done() {
		w.gap(w.visible(st))
	}
}

// visible reads characters up to white space. It returns true behind an escaped
// line break, which stands for nothing.
func (w *walker) visible(st style) (escapedBreak bool) {
	for !w.done() && !white(w.peek()) {
		p := w.here()
		first := w.peek()
		w.next()
		switch {
		case st == doubleQuoted && first == '\\' && w.atBreak():
			w.nextBreak()
			return true
		case st == doubleQuoted && first == '\\':
			w.escape()
		case st == singleQuoted && first == '\'':
			w.next()
		}
		w.emit(w.since(p))
	}
	return false
}

// gap reads white space. One line break is a space, and each one more is itself;
// blanks around them are nothing. Behind an escaped line break the first is one more
// already.
func (w *walker) gap(broken bool) {
	whole := w.here()
	var first *place
	var blanks, more []place
	for w.at < len(w.src) && white(w.peek()) {
		p := w.here()
		switch {
		case !w.atBreak():
			w.next()
			if !broken {
				blanks = append(blanks, w.since(p))
			}
		case broken:
			w.nextBreak()
			more = append(more, w.since(p))
		default:
			w.nextBreak()
			p = w.since(p)
			first, broken, blanks = &p, true, nil
		}
	}
	switch {
	case first == nil:
		w.emit(blanks...)
	case !w.folds(*first):
		w.emit(*first)
	case len(more) == 0:
		w.emit(w.since(whole))
	}
	w.emit(more...)
}

// folds reports whether a line break may become a space. Those of Unicode stay.
func (w *walker) folds(p place) bool { return w.src[p.start] != 0xe2 }

// block reads the lines of a block.
func (w *walker) block(st style) {
	indent := w.indentation()
	var broken *place // the break in front of the line
	empty := w.emptyLines(indent)
	deeper := false
	for !w.done() && w.indented() == indent {
		was := deeper
		deeper = blank(w.peek())
		switch {
		case broken == nil:
		case st == literal || was || deeper || !w.folds(*broken):
			w.emit(*broken)
		case len(empty) == 0:
			w.emit(w.since(*broken))
		}
		w.emit(empty...)
		for w.at < len(w.src) && !w.atBreak() {
			p := w.here()
			w.next()
			w.emit(w.since(p))
		}
		p := w.here()
		w.nextBreak()
		p = w.since(p)
		broken, empty = &p, w.emptyLines(indent)
	}
	if broken != nil {
		w.emit(*broken)
	}
	w.emit(empty...)
}

// emptyLines reads the indentation of lines, and the breaks of those that hold
// nothing else.
func (w *walker) emptyLines(indent int) (breaks []place) {
	for {
		for w.indented() < indent && w.peek() == ' ' {
			w.next()
		}
		if !w.atBreak() {
			return breaks
		}
		p := w.here()
		w.nextBreak()
		breaks = append(breaks, w.since(p))
	}
}

// indentation returns the column where the lines of a block begin. The head may say
// it in terms of what the block belongs to, so that it is measured instead: the first
// visible character stands as far behind it in the file as in the text.
func (w *walker) indentation() int {
	ahead := *w
	for ahead.at < len(ahead.src) && white(ahead.peek()) {
		if ahead.atBreak() {
			ahead.nextBreak()
		} else {
			ahead.next()
		}
	}
	column := ahead.indented()
	for _, r := range w.text {
		switch {
		case blank(r):
			column--
		case white(r):
			column = ahead.indented()
		default:
			return column
		}
	}
	return ahead.indented()
}

// walker reads a file character by character and gathers the places of a text.
type walker struct {
	src          []byte
	at           int
	line, column int
	begin        int // where the line begins, by the breaks of the library

	text   string
	places []place
}

// done reports whether all of the text has places, or nothing is left to read.
func (w *walker) done() bool { return len(w.places) >= len(w.text) || w.at >= len(w.src) }

func (w *walker) here() place {
	return place{line: w.line, column: w.column, width: 1, start: w.at, end: w.at}
}

// since returns a place that ends here.
func (w *walker) since(p place) place {
	p.end = w.at
	if p.line == w.line {
		p.width = w.column - p.column
	}
	return p
}

// emit gives the next characters of the text their places.
func (w *walker) emit(places ...place) {
	for _, p := range places {
		_, size := utf8.DecodeRuneInString(w.text[len(w.places):])
		for range size {
			w.places = append(w.places, p)
		}
	}
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
	if r == '\n' || r == '\r' && w.peek() != '\n' {
		w.line++
		w.column = 1
		return
	}
	w.column++
}

// indented returns how many bytes of its line are read.
func (w *walker) indented() int { return w.at - w.begin }

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
	w.begin = w.at
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

// escape reads what follows the backslash of an escape.
func (w *walker) escape() {
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
}
