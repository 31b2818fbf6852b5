package report

import (
	"bytes"
	"strings"
)

// LineStarts returns the offsets at which the lines of a file begin. A line ends with a
// line feed or a carriage return, and with the two together once: so the readers of
// YAML count, and editors. Git, and so the changes that a host lists, knows line feeds
// alone.
func LineStarts(data []byte) []int {
	out := make([]int, 1, 1+bytes.Count(data, []byte("\n")))
	returns := bytes.IndexByte(data, '\r') >= 0
	for at := 0; at < len(data); {
		n := bytes.IndexByte(data[at:], '\n')
		if returns {
			n = bytes.IndexAny(data[at:], "\r\n")
		}
		if n < 0 {
			break
		}
		at += n + 1
		if data[at-1] == '\r' && at < len(data) && data[at] == '\n' {
			at++
		}
		out = append(out, at)
	}
	return out
}

// Lines returns the lines of a file without their ends. Behind the last end is one more.
func Lines(data []byte) []string {
	starts := LineStarts(data)
	out := make([]string, len(starts))
	for i, start := range starts {
		end := len(data)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		out[i] = strings.TrimRight(string(data[start:end]), "\r\n")
	}
	return out
}
