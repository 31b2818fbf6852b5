package render

import (
	"regexp"
	"strings"
)

// blank is a zero-width space. Set inside a word, it keeps a host from seeing a
// mention, a reference or a link, and leaves the text as it was for a reader.
// Neither a backslash nor an entity does that: hosts look for mentions in the
// text that was rendered.
const blank = "\u200b"

var (
	markdownText = strings.NewReplacer(
		"&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", "$", "&#36;",
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "~", `\~`,
		"@", "@"+blank, "://", ":"+blank+"//",
	)
	// A number or a word behind one of these names an issue, a merge request
	// or an epic, whose own page would then show a link back.
	reference = regexp.MustCompile(`([#!&])([\p{L}\p{N}])`)
	issueKey  = regexp.MustCompile(`(?i)\b(GH|GL)-([0-9])`)
	webHost   = regexp.MustCompile(`(?i)\b(www)\.`)
	// What a line must not start with: a quick action, a heading, a list, a
	// quotation, a rule. Other starts are escaped wherever they stand.
	lineStart = regexp.MustCompile(`^(?:/|[-+=#]|[0-9]+[.)])`)
)

// MarkdownText returns s as one line of Markdown prose that shows s and does
// nothing: no HTML, no markup, no table cell's end, no mention, no reference, no
// link, no quick action.
func MarkdownText(s string) string {
	s = strings.Trim(TerminalText(s), " ")
	s = reference.ReplaceAllString(s, "$1"+blank+"$2")
	s = issueKey.ReplaceAllString(s, "$1-"+blank+"$2")
	s = webHost.ReplaceAllString(s, "$1"+blank+".")
	start := lineStart.FindString(s)
	s = markdownText.Replace(s[len(start):])
	switch start {
	case "":
		return s
	case "/":
		return "&#47;" + s
	}
	return start[:len(start)-1] + `\` + start[len(start)-1:] + s
}

var ticks = regexp.MustCompile("`+")

// MarkdownCode returns s as code on one line. A code span cannot hold a pipe both
// inside and outside of a table, and it would show the text of a comment marker
// unchanged to a program that looks for one, so text with a pipe or a < becomes an
// HTML code element. Empty text gives an empty string.
func MarkdownCode(s string) string {
	s = strings.Trim(TerminalText(s), " ")
	if s == "" {
		return ""
	}
	if strings.ContainsAny(s, "|<") {
		return "<code>" + MarkdownText(s) + "</code>"
	}
	longest := 0
	for _, run := range ticks.FindAllString(s, -1) {
		longest = max(longest, len(run))
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 {
		s = " " + s + " "
	}
	return fence + s + fence
}
