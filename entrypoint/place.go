package entrypoint

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/report"
)

// placer finds the line on which a finding is shown when only changed lines get
// annotations. Marks outside the diff are hidden by GitHub below the files that
// did not change, and take the place of marks that can be seen.
type placer struct {
	changes host.Changes
	read    func(path string) ([]byte, error)
	texts   map[string][]string
}

// place returns the finding where it can be shown: on its own lines when the
// change touches one of them, else on the nearest changed line of the same YAML
// object. It is false when nothing near changed.
func (p placer) place(f report.Finding) (report.Finding, bool) {
	if p.changes.Precision == host.Everything {
		return f, true
	}
	if f.Line == 0 && f.File != "" && !p.exists(f.File) {
		// An input names what is not there: no line of any file says so.
		f.Message, f.File = f.File+": "+f.Message, ""
		return f, true
	}
	if f.File == "" || !p.changes.Touches(f.File, 0) {
		return f, false
	}
	for line := f.Line; line <= max(f.Line, min(f.EndLine, f.Line+1000)); line++ {
		if p.changes.Touches(f.File, line) {
			return f, true
		}
	}
	line, ok := p.nearest(f)
	if !ok {
		return f, false
	}
	moved := f
	moved.Message += fmt.Sprintf(" (at line %d, which this change does not touch)", f.Line)
	moved.Line, moved.Column, moved.EndLine, moved.EndColumn = line, 0, 0, 0
	return moved, true
}

// nearest returns the changed line closest to a finding within what its line
// opens, or else within the object that holds it.
func (p placer) nearest(f report.Finding) (int, bool) {
	lines := p.lines(f.File)
	if f.Line < 1 || f.Line > len(lines) {
		return 0, false
	}
	for _, block := range []func([]string, int) (int, int){opened, enclosing} {
		from, to := block(lines, f.Line)
		best := 0
		for line := from; line <= to; line++ {
			if p.changes.Touches(f.File, line) && (best == 0 || distance(line, f.Line) < distance(best, f.Line)) {
				best = line
			}
		}
		if best > 0 {
			return best, true
		}
	}
	return 0, false
}

// exists reports whether the workspace has something of that name, as far as can
// be told.
func (p placer) exists(file string) bool {
	if p.read == nil {
		return true
	}
	_, err := p.read(file)
	return !errors.Is(err, fs.ErrNotExist)
}

func distance(a, b int) int { return max(a-b, b-a) }

// lines returns the lines of a file of the workspace, none when it cannot be
// read: the finding is then left to the summary.
func (p placer) lines(file string) []string {
	if p.read == nil {
		return nil
	}
	if lines, ok := p.texts[file]; ok {
		return lines
	}
	data, err := p.read(file)
	if err != nil {
		data = nil
	}
	p.texts[file] = strings.Split(string(data), "\n")
	return p.texts[file]
}

// indents returns the column of a YAML line's first character and of its key,
// which stands behind the hyphens of list items. Blank lines and comments belong
// to whatever surrounds them and have -1.
func indents(line string) (start, key int) {
	rest := strings.TrimLeft(line, " ")
	if strings.TrimSpace(rest) == "" || rest[0] == '#' {
		return -1, -1
	}
	start = len(line) - len(rest)
	key = start
	for strings.HasPrefix(rest, "- ") {
		trimmed := strings.TrimLeft(rest[1:], " ")
		key += len(rest) - len(trimmed)
		rest = trimmed
	}
	return start, key
}

// opened returns the lines that belong to the key on a line: itself and all that
// are indented deeper.
func opened(lines []string, n int) (int, int) {
	_, key := indents(lines[n-1])
	if key < 0 {
		return n, n
	}
	return n, lastDeeper(lines, n, key)
}

// enclosing returns the lines of the mapping that holds a line, with the key or
// list item that opens it. The document itself is too large to say that two
// lines in it belong together.
func enclosing(lines []string, n int) (int, int) {
	start, key := indents(lines[n-1])
	if key <= 0 {
		return n, n
	}
	if start < key { // the line opens a list item
		return n, lastDeeper(lines, n, start)
	}
	for up := n - 1; up >= 1; up-- {
		upStart, upKey := indents(lines[up-1])
		if upStart >= 0 && upStart < key {
			if upKey > key {
				continue
			}
			return up, lastDeeper(lines, up, upStart)
		}
	}
	return n, n
}

// lastDeeper returns the last line behind n that is indented deeper than column.
func lastDeeper(lines []string, n, column int) int {
	last := n
	for down := n + 1; down <= len(lines); down++ {
		start, _ := indents(lines[down-1])
		if start < 0 {
			continue
		}
		if start <= column {
			break
		}
		last = down
	}
	return last
}
