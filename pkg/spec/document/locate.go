package document

import (
	"bytes"
	"strings"
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

// source is the bytes of one file, kept so that an offset inside a scalar can be
// found when, and only when, there is something to say about it.
type source struct {
	data  []byte
	lines []int // offset of each line
}

func newSource(data []byte) *source {
	s := &source{data: data, lines: []int{0}}
	for i, b := range data {
		if b == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	end := len(s.data)
	if n < len(s.lines) {
		end = s.lines[n] - 1
	}
	return strings.TrimSuffix(string(s.data[s.lines[n-1]:end]), "\r")
}

// maxShown is how long a line may be, in bytes, to be shown beside a finding.
const maxShown = 400

// shown returns a line to print beside a finding, empty for one that would flood
// the reader.
func (s *source) shown(n int) string {
	if line := s.line(n); len(line) <= maxShown {
		return line
	}
	return ""
}

// offset returns the byte offset of a line and a column in characters.
func (s *source) offset(line, column int) int {
	if line < 1 || line > len(s.lines) {
		return len(s.data)
	}
	at := s.lines[line-1]
	if line == 1 && bytes.HasPrefix(s.data, []byte("\xef\xbb\xbf")) {
		at += 3
	}
	for i := 1; i < column && at < len(s.data) && s.data[at] != '\n'; i++ {
		_, w := utf8.DecodeRune(s.data[at:])
		at += w
	}
	return at
}

// place is where one byte of a decoded scalar stands in the file; width is the
// number of characters that it takes there.
type place struct{ line, column, width int }

// locate returns the place of every byte of text, the decoded scalar that
// begins at a position, and one more for its end. Folding and indentation only
// ever change white space, so the two texts are walked side by side: what is no
// white space must be found in the same order in both.
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
	places := make([]place, 0, len(text)+1)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		p := w.match(r, st)
		for range size {
			places = append(places, p)
		}
		i += size
	}
	return append(places, place{line: w.line, column: w.column})
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

func (w *walker) skipLine() {
	for w.at < len(w.src) && w.src[w.at] != '\n' {
		w.next()
	}
	w.next()
}

// skipProperties passes an anchor or a tag in front of a scalar.
func (w *walker) skipProperties() {
	for w.at < len(w.src) && (w.src[w.at] == '&' || w.src[w.at] == '!') {
		for w.at < len(w.src) && !white(w.peek()) {
			w.next()
		}
		for w.at < len(w.src) && white(w.peek()) {
			w.next()
		}
	}
}

func white(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// match consumes the characters of the file that stand for one character of the
// decoded text and returns their place.
func (w *walker) match(r rune, st style) place {
	escaped := st == doubleQuoted && w.peek() == '\\'
	if white(r) && !escaped {
		return w.matchWhite(r)
	}
	for w.at < len(w.src) && white(w.peek()) {
		w.next()
	}
	p := place{line: w.line, column: w.column, width: 1}
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
	return p
}

// matchWhite finds a white character: itself, or the line break and indentation
// that were folded into it.
func (w *walker) matchWhite(r rune) place {
	p := place{line: w.line, column: w.column, width: 1}
	switch {
	case r == '\n':
		// Indentation, trailing blanks and a carriage return come before it.
		for w.at < len(w.src) && w.peek() != '\n' && white(w.peek()) {
			w.next()
		}
		p.line, p.column = w.line, w.column
		if w.peek() == '\n' {
			w.next()
		}
	case w.peek() == r:
		w.next()
	case white(w.peek()):
		for w.at < len(w.src) && white(w.peek()) {
			w.next()
		}
	}
	return p
}

// escape consumes one escape sequence of a double-quoted scalar. It returns true
// for an escaped line break, which stands for nothing.
func (w *walker) escape() (nothing bool) {
	w.next()
	c := w.peek()
	w.next()
	digits := 0
	switch c {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case '\n':
		return true
	case '\r':
		w.next()
		return true
	}
	for range digits {
		w.next()
	}
	return false
}
