package document

import (
	"bytes"
	"slices"
	"sort"
	"sync"
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
	// counted says how many characters stand in front of some bytes of the file, once
	// somebody asked.
	counted func() []count
}

// byteOrderMark may begin a file. It belongs to no line and no column.
const byteOrderMark = "\xef\xbb\xbf"

func newSource(data []byte) *source {
	s := &source{data: data}
	for bytes.HasPrefix(s.data, []byte(byteOrderMark)) { // the library would take a second one off, too
		s.data = s.data[len(byteOrderMark):]
	}
	s.mark = len(data) - len(s.data)
	s.counted = sync.OnceValue(s.count)
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
func (s *source) line(n int) string { return string(s.within(n)) }

// within is line without a copy.
func (s *source) within(n int) []byte {
	if n < 1 || n > len(s.lines) {
		return nil
	}
	end := len(s.data)
	if n < len(s.lines) {
		end = s.lines[n] - 1
	}
	return bytes.TrimSuffix(s.data[s.lines[n-1]:end], []byte("\r"))
}

// maxShown is how long a line may be, in bytes, to be shown beside a finding.
const maxShown = 400

// shown returns a line to print beside a finding, empty for one that would flood
// the reader or that is no text.
func (s *source) shown(n int) string {
	if line := s.within(n); len(line) <= maxShown && utf8.Valid(line) && bytes.IndexByte(line, 0) < 0 {
		return string(line)
	}
	return ""
}

// offset returns the byte offset of a line and a column in characters.
func (s *source) offset(line, column int) int { return s.offsetIn(s.lines, line, column) }

func (s *source) offsetIn(lines []int, line, column int) int {
	if line < 1 || line > len(lines) {
		return len(s.data)
	}
	start, at := lines[line-1], lines[line-1]
	if column > countEvery { // a file of one line is asked as often as it is long
		at = s.byteOf(s.characters(start) + column - 1)
	} else {
		at += ahead(s.data[at:], column-1)
	}
	if end := bytes.IndexByte(s.data[start:at], '\n'); end >= 0 {
		return start + end
	}
	return at
}

// place returns the line and the column, in characters, of a byte offset.
func (s *source) place(offset int) (line, column int) {
	offset = max(0, min(offset, len(s.data)))
	line = sort.SearchInts(s.lines, offset+1)
	start := s.lines[line-1]
	if offset-start > countEvery {
		return line, 1 + s.characters(offset) - s.characters(start)
	}
	return line, 1 + utf8.RuneCount(s.data[start:offset])
}

// count says how many characters stand in front of a byte that begins one.
type count struct{ offset, characters int32 } // which a file of math.MaxInt32 bytes does not exceed

// countEvery is how many characters are between two counts.
const countEvery = 512

func (s *source) count() []count {
	counts := make([]count, 1, 1+len(s.data)/countEvery)
	for at := ahead(s.data, countEvery); at < len(s.data); at += ahead(s.data[at:], countEvery) {
		counts = append(counts, count{int32(at), counts[len(counts)-1].characters + countEvery}) //nolint:gosec // see count
	}
	return counts
}

// characters returns how many characters stand in front of an offset.
func (s *source) characters(offset int) int {
	counts := s.counted()
	c := counts[sort.Search(len(counts), func(i int) bool { return int(counts[i].offset) > offset })-1]
	return int(c.characters) + utf8.RuneCount(s.data[c.offset:offset])
}

// byteOf returns where a character begins, counted from 0; the end of the file when it
// has fewer.
func (s *source) byteOf(character int) int {
	counts := s.counted()
	c := counts[min(character/countEvery, len(counts)-1)]
	return int(c.offset) + ahead(s.data[c.offset:], character-int(c.characters))
}

// ahead returns how many bytes the first characters of a text take.
func ahead(text []byte, characters int) int {
	at := 0
	for ; characters > 0 && at < len(text); characters-- {
		_, w := utf8.DecodeRune(text[at:])
		at += w
	}
	return at
}

// fromLibrary turns a place as the library counts it into one as people do.
func (s *source) fromLibrary(line, column int) (int, int) {
	if s.libraryLines == nil {
		return line, column
	}
	return s.place(s.offsetIn(s.libraryLines, line, column))
}
