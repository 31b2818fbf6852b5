package main

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/nthlayer/action/pkg/render"
)

// patch shows the lines by which two texts differ, as git apply reads them, for a
// terminal. It is empty for equal texts.
func patch(from, to, before, after string) string {
	var b strings.Builder
	moved := 0 // how many lines the hunks so far add, less those that they remove
	for line := range strings.Lines(udiff.Unified(from, to, before, after)) {
		line = strings.TrimSuffix(line, "\n")
		if at, ok := hunkOf(line); ok {
			line = at.header(moved)
			moved += at.newCount - at.oldCount
		}
		b.WriteString(render.TerminalText(line) + "\n")
	}
	return b.String()
}

// hunk is the header of a part of a difference.
type hunk struct{ oldLine, oldCount, newCount int }

// hunkOf reads a header of the library, which leaves out counts that are one. What it
// says of the line in the new text is wrong behind a hunk that holds several changes.
func hunkOf(line string) (hunk, bool) {
	if !strings.HasPrefix(line, "@@ ") {
		return hunk{}, false
	}
	h := hunk{oldCount: 1, newCount: 1}
	before, after, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(line, "@@ -"), " @@"), " +")
	if n, err := fmt.Sscanf(before, "%d,%d", &h.oldLine, &h.oldCount); n == 0 {
		return hunk{}, err == nil
	}
	var newLine int
	if n, err := fmt.Sscanf(after, "%d,%d", &newLine, &h.newCount); n == 0 {
		return hunk{}, err == nil
	}
	return h, true
}

// header is the header where the hunks before moved the lines by some. A side without
// lines, which is that of an empty text, stands at line 0.
func (h hunk) header(moved int) string {
	newLine := h.oldLine + moved
	switch {
	case h.newCount == 0:
		newLine = 0
	case h.oldCount == 0:
		newLine = 1
	}
	return "@@ -" + span(h.oldLine, h.oldCount) + " +" + span(newLine, h.newCount) + " @@"
}

func span(line, count int) string {
	if count == 1 {
		return fmt.Sprint(line)
	}
	return fmt.Sprintf("%d,%d", line, count)
}
