package suppress

import (
	"slices"
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
	// parent is the line that this one stands below, or 0; to is the last line that
	// stands below this one.
	parent, to int
	// before and after are the nearest lines with content, or 0.
	before, after int
	// blanks is the number of blank lines down to this one.
	blanks int
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
	last := 0        // line with content
	for _, text := range linesOf(data) {
		l, number := newLine(text), len(o.lines)
		l.content = strings.TrimSpace(text) != "" && !remarks[number]
		l.before, l.blanks = last, o.lines[number-1].blanks
		if !l.content && !remarks[number] {
			l.blanks++
		}
		n := len(around)
		for n > 0 && !l.below(o.lines[around[n-1]]) {
			n--
		}
		if n > 0 {
			l.parent = around[n-1]
		}
		if l.content {
			o.end(around[n:], last)
			around = append(around[:n], number)
			last = number
		}
		o.lines = append(o.lines, l)
	}
	o.end(around, last)
	next := 0
	for i := range slices.Backward(o.lines) {
		if o.lines[i].after = next; o.lines[i].content {
			next = i
		}
	}
	return o
}

func newLine(text string) line {
	rest := strings.TrimLeft(text, " ")
	l := line{text: text, indent: len(text) - len(rest), item: rest == "-" || strings.HasPrefix(rest, "- ")}
	l.key, _, _ = strings.Cut(rest, ":")
	return l
}

// end notes the line where what begins in some lines ends.
func (o outline) end(begun []int, last int) {
	for _, i := range begun {
		o.lines[i].to = last
	}
}

// next returns the line behind one, when it holds more than blanks and comments.
// Comments between the two are passed over, and blank lines are not.
func (o outline) next(from int) int {
	if n := o.lines[from].after; n > 0 && o.lines[n].blanks == o.lines[from].blanks {
		return n
	}
	return 0
}

// above returns the line in front of one in the same way.
func (o outline) above(from int) int {
	if n := o.lines[from].before; n > 0 && o.lines[from-1].blanks == o.lines[n].blanks {
		return n
	}
	return 0
}

// object returns the lines of the key or the item that begins in a line.
func (o outline) object(at int) span { return span{at, max(at, o.lines[at].to)} }

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
