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

// Replacement is lines of a file, and the text that takes their place.
type Replacement struct {
	First, Last int
	// Text has no line break at its end. It means nothing where the lines go.
	Text string
	Goes bool
}

// Replace returns the fix of a finding as whole lines of its file, whose content is
// given. It is false without a fix, for one that reaches lines which are not changed,
// and for text that could be taken for anything but the lines of the file.
func Replace(f report.Finding, content []byte, changed func(line int) bool) (Replacement, bool) {
	if f.Fix == nil || len(f.Fix.Edits) == 0 {
		return Replacement{}, false
	}
	edits := slices.Clone(f.Fix.Edits)
	slices.SortFunc(edits, func(a, b report.Edit) int { return cmp.Compare(a.Start, b.Start) })
	from, to := edits[0].Start, edits[len(edits)-1].End
	if from < 0 || to > len(content) || from > to {
		return Replacement{}, false
	}
	goes := slices.ContainsFunc(edits, func(e report.Edit) bool { return e.Kind == report.EditRemove })
	if goes {
		if len(edits) > 1 || to == from {
			return Replacement{}, false
		}
		to-- // the line break belongs to the line
	}
	first := 1 + bytes.Count(content[:from], []byte("\n"))
	r := Replacement{First: first, Last: first + bytes.Count(content[from:to], []byte("\n")), Goes: goes}
	if r.Last-first >= maxSuggestedLines {
		return Replacement{}, false
	}
	for line := first; line <= r.Last; line++ {
		if !changed(line) {
			return Replacement{}, false
		}
	}
	if goes {
		return r, true
	}
	var ok bool
	r.Text, ok = suggestedLines(content, edits, from, to)
	return r, ok
}

// Suggestion returns the fix of a finding as a block of Markdown that GitLab offers
// to apply, for a comment on the finding's line. It is empty where there is no
// Replace, for a line that goes, and for a comment on another line.
func Suggestion(f report.Finding, content []byte, changed func(line int) bool) string {
	r, ok := Replace(f, content, changed)
	if !ok || r.Goes || f.Line < r.First || f.Line > r.Last {
		return ""
	}
	fence := longerFence(r.Text)
	return fmt.Sprintf("%ssuggestion:-%d+%d\n%s\n%s\n", fence, f.Line-r.First, r.Last-f.Line, r.Text, fence)
}

// GitHub returns the block of Markdown that GitHub offers to apply to the lines that
// a comment stands on.
func (r Replacement) GitHub() string {
	if r.Goes {
		return "```suggestion\n```\n"
	}
	fence := longerFence(r.Text)
	return fence + "suggestion\n" + r.Text + "\n" + fence + "\n"
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
