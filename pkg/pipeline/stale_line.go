package pipeline

import (
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// atChange moves a finding to the first line of its object that the change under test
// touches: that line made the difference, where the file alone says only which object
// did. The finding stays where it is when nothing of the object was touched. Of a
// service as a whole, whose owners stand in other resources too, any line of its file
// counts.
func (g *Generation) atChange(f report.Finding, whole bool) report.Finding {
	if g.Touched == nil || f.File == "" || f.Line < 1 {
		return f
	}
	data, err := g.Read(f.File)
	if err != nil {
		return f // it was read before, and is told where it was
	}
	lines := strings.Split(string(data), "\n")
	if f.Line > len(lines) {
		return f
	}
	line := g.touchedLine(f.File, lines, f.Line, objectEnd(lines, f.Line, f.Column))
	if line == 0 && whole {
		line = g.touchedLine(f.File, lines, 1, len(lines))
	}
	if line == 0 {
		return f
	}
	text := lines[line-1]
	f.Line, f.Column = line, len(text)-len(strings.TrimLeft(text, " "))+1
	f.EndLine, f.EndColumn, f.Snippet = 0, 0, strings.TrimSuffix(text, "\r")
	return f
}

// touchedLine returns the first touched line that says something, 0 for none.
func (g *Generation) touchedLine(file string, lines []string, from, to int) int {
	for line := from; line <= to; line++ {
		text := strings.TrimSpace(lines[line-1])
		if text != "" && !strings.HasPrefix(text, "#") && g.Touched(file, line) {
			return line
		}
	}
	return 0
}

// objectEnd returns the last line of the object that begins at a place: what follows is
// indented as far as it is.
func objectEnd(lines []string, line, column int) int {
	end := line
	for n := line + 1; n <= len(lines); n++ {
		text := lines[n-1]
		trimmed := strings.TrimSpace(text)
		if trimmed == "" {
			continue
		}
		if len(text)-len(strings.TrimLeft(text, " "))+1 < column || trimmed == "---" {
			break
		}
		end = n
	}
	return end
}
