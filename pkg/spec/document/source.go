package document

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/nthlayer/action/pkg/report"
)

// source is the bytes of one file, kept so that an offset inside a scalar can be
// found when, and only when, there is something to say about it.
type source struct {
	name  string
	data  []byte // without a byte order mark
	mark  int    // the length of that mark
	lines []int  // offset of each line
	// libraryLines are the lines as the library counts them, which also ends a
	// line at three breaks of Unicode. Editors and code hosts do not. It is nil where
	// both count the same.
	libraryLines []int
}

// byteOrderMark may begin a file. It belongs to no line and no column.
const byteOrderMark = "\xef\xbb\xbf"

func newSource(data []byte) *source {
	s := &source{data: data}
	for bytes.HasPrefix(s.data, []byte(byteOrderMark)) { // the library would take a second one off, too
		s.data = s.data[len(byteOrderMark):]
	}
	s.mark = len(data) - len(s.data)
	s.lines = report.LineStarts(s.data)
	if slices.ContainsFunc([]string{"\u0085", "\u2028", "\u2029"}, func(b string) bool { return bytes.Contains(s.data, []byte(b)) }) {
		s.libraryLines = []int{0}
		for i := 0; i < len(s.data); {
			n := breakLength(s.data[i:])
			i += max(n, 1)
			if n > 0 {
				s.libraryLines = append(s.libraryLines, i)
			}
		}
	}
	return s
}

// breakLength returns how many bytes the line break takes that a text begins
// with, 0 for none. These are the breaks that the library knows.
func breakLength(text []byte) int {
	switch {
	case bytes.HasPrefix(text, []byte("\r\n")):
		return 2
	case len(text) > 0 && (text[0] == '\n' || text[0] == '\r'):
		return 1
	case bytes.HasPrefix(text, []byte("\u0085")):
		return 2
	case bytes.HasPrefix(text, []byte("\u2028")), bytes.HasPrefix(text, []byte("\u2029")):
		return 3
	}
	return 0
}

// line returns a line without its break; empty when there is none.
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
// the reader or that is no text.
func (s *source) shown(n int) string {
	if line := s.line(n); len(line) <= maxShown && utf8.ValidString(line) && !strings.Contains(line, "\x00") {
		return line
	}
	return ""
}

// offset returns the byte offset of a line and a column in characters.
func (s *source) offset(line, column int) int { return s.offsetIn(s.lines, line, column) }

func (s *source) offsetIn(lines []int, line, column int) int {
	if line < 1 || line > len(lines) {
		return len(s.data)
	}
	at := lines[line-1]
	for i := 1; i < column && at < len(s.data) && s.data[at] != '\n'; i++ {
		_, w := utf8.DecodeRune(s.data[at:])
		at += w
	}
	return at
}

// place returns the line and the column, in characters, of a byte offset.
func (s *source) place(offset int) (line, column int) {
	offset = max(0, min(offset, len(s.data)))
	line = sort.SearchInts(s.lines, offset+1)
	return line, 1 + utf8.RuneCount(s.data[s.lines[line-1]:offset])
}

// fromLibrary turns a place as the library counts it into one as people do.
func (s *source) fromLibrary(line, column int) (int, int) {
	if s.libraryLines == nil {
		return line, column
	}
	return s.place(s.offsetIn(s.libraryLines, line, column))
}
