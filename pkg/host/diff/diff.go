// Package diff reads unified diffs for one question: which lines of the new
// file did the change touch? It keeps no text.
package diff

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Range is a run of lines, both ends included, counted from 1.
type Range struct {
	From, To int
}

// Lines is a set of lines as sorted ranges that neither meet nor overlap.
type Lines []Range

// Has reports whether the set holds a line.
func (l Lines) Has(line int) bool {
	_, ok := slices.BinarySearchFunc(l, line, func(r Range, n int) int {
		switch {
		case r.To < n:
			return -1
		case r.From > n:
			return 1
		}
		return 0
	})
	return ok
}

// Count returns the number of lines in the set.
func (l Lines) Count() int {
	n := 0
	for _, r := range l {
		n += r.To - r.From + 1
	}
	return n
}

// add appends a line that is not before any line in the set.
func (l Lines) add(line int) Lines {
	if line < 1 {
		line = 1
	}
	if n := len(l); n > 0 && line <= l[n-1].To+1 {
		l[n-1].To = max(l[n-1].To, line)
		return l
	}
	return append(l, Range{line, line})
}

// maxLine bounds line numbers, so that a hostile header cannot overflow.
const maxLine = 1 << 30

var hunkHeader = regexp.MustCompile(`^@@ -(\d{1,10})(?:,(\d{1,10}))? \+(\d{1,10})(?:,(\d{1,10}))? @@`)

// hunk counts down the lines that a hunk still has on both sides.
type hunk struct {
	oldLeft, newLeft int
	// next is the number of the next line of the new file.
	next int
	// added is true when the lines removed last were replaced by new ones.
	removed, added bool
}

func parseHunk(line string) (hunk, bool) {
	m := hunkHeader.FindStringSubmatch(line)
	if m == nil {
		return hunk{}, false
	}
	var n [4]int
	for i, s := range m[1:] {
		if s == "" {
			n[i] = 1 // a count that is left out is 1
			continue
		}
		v, err := strconv.Atoi(s)
		if err != nil || v > maxLine {
			return hunk{}, false
		}
		n[i] = v
	}
	h := hunk{oldLeft: n[1], newLeft: n[3], next: n[2]}
	if h.newLeft == 0 {
		// "+3,0" is the gap behind line 3.
		h.next++
	}
	return h, true
}

// done reports whether all lines of the hunk were read.
func (h *hunk) done() bool { return h.oldLeft <= 0 && h.newLeft <= 0 }

// line reads one line of the hunk and adds what it touches.
func (h *hunk) line(text string, lines Lines) (Lines, error) {
	kind := byte(' ') // some tools strip the blank of an empty context line
	if text != "" {
		kind = text[0]
	}
	switch kind {
	case '+':
		lines = lines.add(h.next)
		h.next++
		h.newLeft--
		h.added = true
	case '-':
		if h.added {
			h.removed, h.added = false, false
		}
		h.oldLeft--
		h.removed = true
	case ' ':
		lines = h.gap(lines)
		h.next++
		h.oldLeft--
		h.newLeft--
	case '\\': // "\ No newline at end of file"
	default:
		return lines, fmt.Errorf("a diff line begins with %q, not with blank, plus or minus", kind)
	}
	if h.oldLeft < 0 || h.newLeft < 0 {
		return lines, fmt.Errorf("a diff hunk has more lines than its header says")
	}
	if h.done() {
		lines = h.gap(lines)
	}
	return lines, nil
}

// gap marks the line before a place where lines were only taken away, so that
// what is missing now can be shown next to where it was.
func (h *hunk) gap(lines Lines) Lines {
	if h.removed && !h.added {
		lines = lines.add(h.next - 1)
	}
	h.removed, h.added = false, false
	return lines
}

// ParsePatch returns the touched lines of one file from its hunks, as the patch
// of a file in GitHub's and GitLab's API holds them: no file header, from the
// first @@ to the end. A patch that is cut off or out of shape is an error.
func ParsePatch(patch string) (Lines, error) {
	var lines Lines
	var h hunk
	for text := range strings.SplitSeq(strings.TrimSuffix(patch, "\n"), "\n") {
		var err error
		if lines, err = step(&h, text, lines); err != nil {
			return nil, err
		}
	}
	if !h.done() {
		return nil, fmt.Errorf("the diff is cut off inside a hunk")
	}
	return lines, nil
}

// step reads one line: of the open hunk, or the header of the next one.
func step(h *hunk, text string, lines Lines) (Lines, error) {
	if !h.done() {
		return h.line(text, lines)
	}
	if strings.HasPrefix(text, `\`) || text == "" {
		return lines, nil
	}
	next, ok := parseHunk(text)
	if !ok {
		return nil, fmt.Errorf("expected a hunk header (@@ -1,2 +1,3 @@), found %q", clip(text))
	}
	if n := len(lines); n > 0 && next.next <= lines[n-1].To-1 {
		return nil, fmt.Errorf("diff hunks are not in order")
	}
	*h = next
	return lines, nil
}

func clip(s string) string {
	const limit = 60
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}
