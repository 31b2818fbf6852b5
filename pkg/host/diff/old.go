package diff

import "strings"

// OldLine returns where a line of the new file was in the old one, from the hunks
// of one file as ParsePatch takes them. It is false for a line that the change
// added. A line outside of all hunks moved by what was added and removed above it.
func OldLine(patch string, line int) (int, bool, error) {
	var h hunk
	var lines Lines
	moved := 0 // how much further down lines were before
	for text := range strings.SplitSeq(strings.TrimSuffix(patch, "\n"), "\n") {
		inside, at := !h.done(), h.next
		var err error
		if lines, err = step(&h, text, lines); err != nil {
			return 0, false, err
		}
		switch {
		case !inside && line < h.next:
			return line + moved, true, nil
		case !inside || strings.HasPrefix(text, `\`):
		case strings.HasPrefix(text, "-"):
			moved++
		case strings.HasPrefix(text, "+") && at == line:
			return 0, false, nil
		case strings.HasPrefix(text, "+"):
			moved--
		case at == line:
			return line + moved, true, nil
		}
	}
	return line + moved, true, nil
}
