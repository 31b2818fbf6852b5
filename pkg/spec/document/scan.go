package document

import "bytes"

// mark is something of the syntax that a scan came by, by the byte that it
// begins with: & anchor, * alias, ! tag, " and ' quote, | and > block, [ and {
// bracket, : behind a key outside of brackets, - of a list, @ ` % ] } and comma
// that begin no text outside of brackets.
type mark struct {
	sign byte
	// start and end are offsets; end is the one behind it, and equal to start
	// for a quote or a bracket that is not closed.
	start, end int
}

// level is a collection that is open at some place of the file.
type level struct {
	column  int // where its keys or items stand, from 0, in bytes
	at      int // offset of its first key, item or bracket
	bracket byte
	mark    int // index of the bracket's mark
	value   bool
	colons  int // behind the last comma
}

// scan reads the outline of YAML: which collections, quotes and blocks are open
// where. It knows enough to tell structure from text, and takes what it does not
// understand for text. It serves what the library does not: to give up early on
// a file that is too deep, and to say where a mistake begins that the library
// notices only later.
type scan struct {
	src []byte
	at  int
	// open are the collections around the current place, outermost first.
	open []level
	// maxDepth ends the scan with tooDeep at more levels than that.
	maxDepth int
	tooDeep  bool
	// keep gathers marks, unless it is a scan for depth alone.
	keep  bool
	marks []mark
	// remarks are the comments, when they were asked for.
	keepRemarks bool
	remarks     []remark
	// unclosed is the offset of a quote without end, stray that of a bracket that
	// closes another than the innermost, opener that of the innermost, comma where
	// a comma is missing inside brackets, and empty that of a comma without a value
	// in front of it; -1 for none.
	unclosed, stray, opener, comma, empty int
	// text is set after a plain scalar that may go on in the next line, when that
	// is indented more than parent.
	text   bool
	parent int
}

// newScan reads a whole file, or as much of it as has no more levels than
// maxDepth.
func newScan(src []byte, maxDepth int, keep bool) *scan {
	s := &scan{src: src, maxDepth: maxDepth, keep: keep, unclosed: -1, stray: -1, opener: -1, comma: -1, empty: -1}
	for s.at < len(src) && !s.tooDeep {
		s.line()
	}
	return s
}

func (s *scan) mark(sign byte, start, end int) {
	if s.keep {
		s.marks = append(s.marks, mark{sign, start, end})
	}
}

func (s *scan) peek(ahead int) byte {
	if s.at+ahead < len(s.src) {
		return s.src[s.at+ahead]
	}
	return '\n'
}

func endOfLine(c byte) bool { return c == '\n' || c == '\r' }

func space(c byte) bool { return c == ' ' || c == '\t' || endOfLine(c) }

func (s *scan) blanks() {
	for s.at < len(s.src) && (s.src[s.at] == ' ' || s.src[s.at] == '\t') {
		s.at++
	}
}

func (s *scan) restOfLine() {
	if i := bytes.IndexAny(s.src[s.at:], "\r\n"); i >= 0 {
		s.at += i + 1
		return
	}
	s.at = len(s.src)
}

// line reads the line that begins at the current place, and all of a value that
// begins in it and goes on.
func (s *scan) line() {
	start := s.at
	for s.at < len(s.src) && s.src[s.at] == ' ' {
		s.at++
	}
	column := s.at - start
	s.blanks()
	switch c := s.peek(0); {
	case endOfLine(c):
		s.at++
		return
	case c == '#':
		s.text = false
		s.remark(true)
		return
	case column == 0 && s.documentMarker(start):
		s.open, s.text = s.open[:0], false
		s.at = start + 3
		s.blanks()
		s.values(-1, start)
		return
	case c == '%' && len(s.open) == 0:
		s.restOfLine()
		return
	}
	if s.text && column > s.parent {
		s.plain(0)
		s.values(-1, start)
		return
	}
	s.text = false
	for len(s.open) > 0 && s.open[len(s.open)-1].column > column {
		s.open = s.open[:len(s.open)-1]
	}
	s.items(start)
}

// documentMarker reports whether --- or ... stands at an offset.
func (s *scan) documentMarker(at int) bool {
	marker := s.src[at:min(at+3, len(s.src))]
	return (string(marker) == "---" || string(marker) == "...") && (at+3 >= len(s.src) || space(s.src[at+3]))
}

// items reads the signs of lists and long keys that stand in front of a value.
func (s *scan) items(lineStart int) {
	for !s.tooDeep {
		c := s.peek(0)
		if (c != '-' && c != '?' && c != ':') || !space(s.peek(1)) {
			break
		}
		s.mark(c, s.at, s.at+1)
		s.push(level{column: s.at - lineStart, at: s.at})
		s.at++
		s.blanks()
	}
	s.values(s.at-lineStart, lineStart)
}

// push opens a collection, unless it is one that is open already.
func (s *scan) push(l level) {
	if l.bracket == 0 && len(s.open) > 0 && s.open[len(s.open)-1].column >= l.column {
		return
	}
	s.open = append(s.open, l)
	s.tooDeep = s.tooDeep || len(s.open) > s.maxDepth
}

func (s *scan) indentation() int {
	if len(s.open) == 0 {
		return -1
	}
	return s.open[len(s.open)-1].column
}

// values reads what stands in a line outside of brackets. A key that begins it
// stands at a column; it is -1 where no new mapping can begin.
func (s *scan) values(column, lineStart int) {
	keyAt := s.at
	for s.at < len(s.src) && !s.tooDeep {
		s.blanks()
		switch c := s.peek(0); {
		case endOfLine(c):
			s.at++
			return
		case c == '#' && (s.at == lineStart || space(s.src[s.at-1])):
			s.remark(false)
			return
		case c == ':' && space(s.peek(1)):
			s.mark(':', s.at, s.at+1)
			if column >= 0 {
				s.push(level{column: column, at: keyAt})
			}
			column = -1
			s.text = false
			s.at++
		case c == '"' || c == '\'':
			s.quoted(c)
		case c == '[' || c == '{':
			s.brackets()
		case c == '&' || c == '*' || c == '!':
			s.word(c, false)
		case c == '|' || c == '>':
			s.block(c)
			return
		default:
			s.plain(c)
		}
	}
}

// word passes an anchor, an alias or a tag.
func (s *scan) word(sign byte, flow bool) {
	start := s.at
	s.at++
	for s.at < len(s.src) && sign != '!' && anchorRune(rune(s.src[s.at])) {
		s.at++
	}
	for s.at < len(s.src) && sign == '!' && !space(s.src[s.at]) && (!flow || !bytes.ContainsRune([]byte(",[]{}"), rune(s.src[s.at]))) {
		s.at++
	}
	s.mark(sign, start, s.at)
}

// plain passes text without quotes up to a colon, a comment or the end of the
// line.
func (s *scan) plain(first byte) {
	if first != 0 && bytes.IndexByte([]byte("@`%]},"), first) >= 0 {
		s.mark(first, s.at, s.at+1)
	}
	for s.at < len(s.src) && !endOfLine(s.src[s.at]) {
		c := s.src[s.at]
		if c == ':' && space(s.peek(1)) || c == '#' && s.at > 0 && space(s.src[s.at-1]) {
			return
		}
		s.at++
	}
	s.text, s.parent = true, s.indentation()
}

// quoted passes text in quotes, over as many lines as it has.
func (s *scan) quoted(quote byte) {
	start := s.at
	for s.at++; s.at < len(s.src); s.at++ {
		switch c := s.src[s.at]; {
		case c == '\\' && quote == '"':
			s.at++
		case c == quote && quote == '\'' && s.peek(1) == quote:
			s.at++
		case c == quote:
			s.at++
			s.mark(quote, start, s.at)
			return
		case endOfLine(c) && s.documentMarker(s.at+1):
			s.endOfQuote(quote, start)
			return
		}
	}
	s.endOfQuote(quote, start)
}

func (s *scan) endOfQuote(quote byte, start int) {
	if s.unclosed < 0 {
		s.unclosed = start
	}
	s.mark(quote, start, start)
	s.at = len(s.src)
}

// block passes a literal or folded scalar: the lines below that are indented
// more than what it belongs to.
func (s *scan) block(sign byte) {
	s.mark(sign, s.at, s.at+1)
	parent := s.indentation()
	explicit := s.blockHead()
	content := -1 // the indentation of the text, once a line of it was seen
	for s.at < len(s.src) {
		start := s.at
		for s.at < len(s.src) && s.src[s.at] == ' ' {
			s.at++
		}
		indented := s.at - start
		if !endOfLine(s.peek(0)) && (indented <= parent || s.peek(0) == '#' && indented < content) {
			s.at = start
			return
		}
		if content < 0 && !endOfLine(s.peek(0)) && !explicit {
			content = indented
		}
		s.restOfLine()
	}
}

// brackets passes a collection in brackets and all inside it.
func (s *scan) brackets() {
	outside := len(s.open)
	s.bracket()
	plain := false
	for len(s.open) > outside && s.at < len(s.src) && !s.tooDeep {
		c := s.src[s.at]
		switch {
		case space(c):
			s.at++
		case c == '#' && space(s.src[s.at-1]):
			s.remark(s.beginsLine())
		case bytes.IndexByte([]byte(",[]{}"), c) >= 0 || c == ':' && s.separates():
			plain = false
			s.flowSign(c)
		case plain:
			s.at++
		case c == '"' || c == '\'':
			s.value()
			s.quoted(c)
		case c == '&' || c == '*' || c == '!':
			s.word(c, true)
			if c == '*' {
				s.value()
			}
		default:
			s.value()
			if c == '@' || c == '`' || c == '%' {
				s.mark(c, s.at, s.at+1)
			}
			plain = true
			s.at++
		}
	}
}

// separates reports whether a colon inside brackets stands behind a key.
func (s *scan) separates() bool {
	next := s.peek(1)
	return space(next) || bytes.IndexByte([]byte(",[]{}"), next) >= 0 || bytes.IndexByte([]byte(`"'`), s.src[s.at-1]) >= 0
}

// flowSign reads a sign that parts values inside brackets.
func (s *scan) flowSign(c byte) {
	switch c {
	case '[', '{':
		s.value()
		s.bracket()
		return
	case ']', '}':
		s.closeBracket(c)
		return
	}
	l := &s.open[len(s.open)-1]
	if c == ',' {
		if !l.value && l.colons == 0 && s.empty < 0 {
			s.empty = s.at
		}
		l.colons = 0
	} else {
		l.colons++
		if l.colons > 1 && s.comma < 0 {
			s.comma = s.at
		}
	}
	l.value = false
	s.at++
}

// value notes that a value begins, and that a comma is missing when another
// stands in front of it.
func (s *scan) value() {
	l := &s.open[len(s.open)-1]
	if l.value && s.comma < 0 {
		s.comma = s.at
	}
	l.value = true
}

func (s *scan) bracket() {
	s.mark(s.src[s.at], s.at, s.at)
	s.push(level{column: s.indentation(), at: s.at, bracket: s.src[s.at], mark: len(s.marks) - 1})
	s.at++
}

func (s *scan) closeBracket(c byte) {
	l := s.open[len(s.open)-1]
	if matches := l.bracket == '[' && c == ']' || l.bracket == '{' && c == '}'; !matches && s.stray < 0 {
		s.stray, s.opener = s.at, l.at
	}
	s.open = s.open[:len(s.open)-1]
	s.at++
	if s.keep {
		s.marks[l.mark].end = s.at
	}
}
