package suppress

import (
	"bytes"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// hiddenLines returns the lines that comments of pint hide: their own for
// ignore/line, the next one for ignore/next-line, all between ignore/begin and
// ignore/end, and the rest of the file for ignore/file.
func hiddenLines(data []byte) []span {
	if !bytes.Contains(data, []byte("ignore/")) {
		return nil
	}
	var out []span
	open, last := 0, 0
	for _, text := range linesOf(data) {
		last++
		_, comment, _ := strings.Cut(text, "#")
		verb, _ := behindPint(comment)
		word, ok := strings.CutPrefix(verb, "ignore/")
		if !ok || !contains(pintWords(), verb) {
			continue
		}
		switch {
		case word == "end" && open > 0:
			out = append(out, span{open, last})
			open = 0
		case open > 0 || word == "end":
		case word == "line":
			out = append(out, span{last, last})
		case word == "next-line":
			out = append(out, span{last + 1, last + 1})
		case word == "file":
			return append(out, span{last, len(report.LineStarts(data))})
		default:
			open = last
		}
	}
	if open > 0 { // pint, too, ignores everything behind a begin without an end
		out = append(out, span{open, last})
	}
	return out
}

// Blanked returns a file with blanks in place of the lines that comments of pint
// hide, and whether there are any. Every other line keeps its place.
func Blanked(data []byte) ([]byte, bool) {
	hidden := hiddenLines(data)
	if len(hidden) == 0 {
		return data, false
	}
	out := make([]byte, 0, len(data))
	starts := append(report.LineStarts(data), len(data))
	for n := 1; n < len(starts); n++ {
		text := data[starts[n-1]:starts[n]]
		for len(hidden) > 0 && hidden[0].to < n {
			hidden = hidden[1:]
		}
		if len(hidden) == 0 || !hidden[0].has(n) {
			out = append(out, text...)
			continue
		}
		body := bytes.TrimRight(text, "\r\n")
		out = append(out, bytes.Repeat([]byte(" "), len(body))...)
		out = append(out, text[len(body):]...)
	}
	return out, true
}
