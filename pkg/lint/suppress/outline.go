package suppress

import (
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// outline is the lines of a file by how far they are indented, which is all that
// it takes to say where a YAML object ends.
type outline struct {
	lines []line // of line 1 at index 1
}

// line is one line of a file.
type line struct {
	text   string
	indent int
	// content is false for a line that is blank or holds a comment alone.
	content bool
	// item is set for a line that begins an item of a list.
	item bool
	key  string
	// parent is the line that this one stands below, or 0.
	parent int
}

// below reports whether a line belongs to the one that another line begins.
func (l line) below(other line) bool {
	return l.indent > other.indent || l.indent == other.indent && l.item && !other.item
}

// span is a range of lines, both ends included. The zero span is no line.
type span struct{ from, to int }

func (s span) has(line int) bool { return line > 0 && s.from <= line && line <= s.to }

// linesOf returns the lines of a file, without the empty one behind the last end.
func linesOf(data []byte) []string {
	out := report.Lines(data)
	if last := len(out) - 1; out[last] == "" {
		return out[:last]
	}
	return out
}

// newOutline reads the lines; remarks are those that hold a comment alone.
func newOutline(data []byte, remarks map[int]bool) outline {
	o := outline{lines: make([]line, 1)}
	var around []int // the lines that the next one may stand below, the innermost last
	for _, text := range linesOf(data) {
		rest := strings.TrimLeft(text, " ")
		l := line{text: text, indent: len(text) - len(rest), content: strings.TrimSpace(rest) != "" && !remarks[len(o.lines)]}
		l.item = rest == "-" || strings.HasPrefix(rest, "- ")
		l.key, _, _ = strings.Cut(rest, ":")
		n := len(around)
		for n > 0 && !l.below(o.lines[around[n-1]]) {
			n--
		}
		if n > 0 {
			l.parent = around[n-1]
		}
		if l.content {
			around = append(around[:n], len(o.lines))
		}
		o.lines = append(o.lines, l)
	}
	return o
}

// next returns the line behind one, when it holds more than blanks and comments.
// Comments between the two are passed over, and blank lines are not.
func (o outline) next(from int, remarks map[int]bool) int {
	for i := from + 1; i < len(o.lines); i++ {
		if o.lines[i].content {
			return i
		}
		if !remarks[i] {
			return 0
		}
	}
	return 0
}

// above returns the line in front of one in the same way.
func (o outline) above(from int, remarks map[int]bool) int {
	for i := from - 1; i > 0; i-- {
		if o.lines[i].content {
			return i
		}
		if !remarks[i] {
			return 0
		}
	}
	return 0
}

// content returns the nearest line behind a line, or in front of it with a step of -1,
// that holds more than blanks and comments, or 0.
func (o outline) content(from, step int) int {
	for i := from + step; i > 0 && i < len(o.lines); i += step {
		if o.lines[i].content {
			return i
		}
	}
	return 0
}

// object returns the lines of the key or the item that begins in a line.
func (o outline) object(at int) span {
	first := o.lines[at]
	s := span{at, at}
	for i := at + 1; i < len(o.lines); i++ {
		l := o.lines[i]
		if !l.content {
			continue
		}
		if !l.below(first) {
			break
		}
		s.to = i
	}
	return s
}

// item returns the lines of the innermost item of a list that a line belongs to.
// It is the zero span when there is none.
func (o outline) item(at int) span {
	for at > 0 && !o.lines[at].item {
		at = o.lines[at].parent
	}
	if at == 0 {
		return span{}
	}
	return o.object(at)
}

// rule returns the lines of the rule that a line belongs to. It is the zero span when
// there is none.
func (o outline) rule(at int) span {
	for s := o.item(at); s != (span{}); s = o.item(o.lines[s.from].parent) {
		if o.lines[o.lines[s.from].parent].key == "rules" {
			return s
		}
	}
	return span{}
}
