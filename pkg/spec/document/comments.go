package document

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Comment is one comment of a file. A # in quotes, in a block or inside a word
// begins none.
type Comment struct {
	// Line and Column are those of the #, from 1, in characters.
	Line, Column int
	// Start is the offset of the # in the file, in bytes, behind a byte order mark.
	Start int
	// Text is what stands behind the #, to the end of the line.
	Text string
	// Own is set for a comment that has the line to itself.
	Own bool
}

// remark is a comment as the scan comes by it.
type remark struct {
	start, end int
	own        bool
}

// Comments returns the comments of a file in their order. It takes what it does
// not understand for text, so that a file which is no YAML has comments too.
func Comments(data []byte) []Comment {
	src := newSource(data)
	s := &scan{src: src.data, maxDepth: len(src.data) + 1, keepRemarks: true, unclosed: -1, stray: -1, opener: -1, comma: -1, empty: -1}
	for s.at < len(s.src) {
		s.line()
	}
	out := make([]Comment, 0, len(s.remarks))
	line := 1
	for _, r := range s.remarks {
		for line < len(src.lines) && src.lines[line] <= r.start {
			line++
		}
		text := string(src.data[r.start+1 : r.end])
		column := 1 + utf8.RuneCount(src.data[src.lines[line-1]:r.start])
		out = append(out, Comment{Line: line, Column: column, Start: r.start, Text: text, Own: r.own})
	}
	return out
}

// remark passes a comment to the end of its line.
func (s *scan) remark(own bool) {
	start := s.at
	s.restOfLine()
	if s.keepRemarks {
		s.remarks = append(s.remarks, remark{start, start + len(strings.TrimRight(string(s.src[start:s.at]), "\r\n")), own})
	}
}

// beginsLine reports whether nothing but blanks stands before the current place
// in its line.
func (s *scan) beginsLine() bool {
	start := bytes.LastIndexAny(s.src[:s.at], "\r\n") + 1
	return len(bytes.Trim(s.src[start:s.at], " \t")) == 0
}

// blockHead passes the line that a literal or folded scalar begins in, which may
// end with a comment. It reports whether the line says how far the text is indented.
func (s *scan) blockHead() (explicit bool) {
	for s.at < len(s.src) && !endOfLine(s.src[s.at]) {
		c := s.src[s.at]
		if c == '#' && space(s.src[s.at-1]) {
			s.remark(false)
			return explicit
		}
		explicit = explicit || c >= '1' && c <= '9'
		s.at++
	}
	s.restOfLine()
	return explicit
}
