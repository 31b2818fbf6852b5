package render

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nthlayer/action/pkg/report"
)

// The longest suggestion: in lines, and in bytes.
const (
	maxSuggestedLines = 10
	maxSuggestedBytes = 2000
)

// Suggestion returns the fix of a finding as a block of Markdown that GitLab offers
// to apply, for a comment on the finding's line. The content is that of the file. It
// is empty without a fix, for one that reaches lines which are not changed or removes
// any, and for text that could be taken for anything but the lines of the file.
func Suggestion(f report.Finding, content []byte, changed func(line int) bool) string {
	if f.Fix == nil || len(f.Fix.Edits) == 0 {
		return ""
	}
	edits := slices.Clone(f.Fix.Edits)
	slices.SortFunc(edits, func(a, b report.Edit) int { return cmp.Compare(a.Start, b.Start) })
	from, to := edits[0].Start, edits[len(edits)-1].End
	if slices.ContainsFunc(edits, func(e report.Edit) bool { return e.Kind == report.EditRemove }) || from < 0 || to > len(content) || from > to {
		return ""
	}
	first := 1 + bytes.Count(content[:from], []byte("\n"))
	last := first + bytes.Count(content[from:to], []byte("\n"))
	if f.Line < first || f.Line > last || last-first >= maxSuggestedLines {
		return ""
	}
	for line := first; line <= last; line++ {
		if !changed(line) {
			return ""
		}
	}
	text, ok := suggestedLines(content, edits, from, to)
	if !ok {
		return ""
	}
	fence := longerFence(text)
	return fmt.Sprintf("%ssuggestion:-%d+%d\n%s\n%s\n", fence, f.Line-first, last-f.Line, text, fence)
}

// suggestedLines returns the lines around the edits as they would be.
func suggestedLines(content []byte, edits []report.Edit, from, to int) (string, bool) {
	start := bytes.LastIndexByte(content[:from], '\n') + 1
	end := len(content)
	if i := bytes.IndexByte(content[to:], '\n'); i >= 0 {
		end = to + i
	}
	var b strings.Builder
	at := start
	for _, e := range edits {
		if e.Start < at {
			return "", false
		}
		b.Write(content[at:e.Start])
		b.WriteString(e.Text)
		at = e.End
	}
	b.Write(content[at:end])
	text := strings.TrimSuffix(b.String(), "\r")
	return text, len(text) <= maxSuggestedBytes && harmless(text)
}

// harmless reports whether lines show what they are: nothing of them is hidden,
// begins like a quick action of GitLab or looks like one of our markers.
func harmless(text string) bool {
	odd := func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' }
	if !utf8.ValidString(text) || strings.ContainsFunc(text, odd) || strings.Contains(text, "<!--") {
		return false
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "/") {
			return false
		}
	}
	return true
}

// longerFence returns a fence that no run of backticks in a text closes.
func longerFence(text string) string {
	longest := 2
	for _, run := range ticks.FindAllString(text, -1) {
		longest = max(longest, len(run))
	}
	return strings.Repeat("`", longest+1)
}
