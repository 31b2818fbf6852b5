package render

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"github.com/nthlayer/action/pkg/report"
)

// manyFindings is how many findings nobody reads one by one.
const manyFindings = 20

// findings writes each finding with the line of the file it is about. Where a run
// has many, infos are left to the verbose mode, what says the same of one file is
// written once, and in the end stands how often each rule found something.
func (t *terminal) findings() error {
	many := len(t.rep.Findings) > manyFindings
	hidden := 0
	var shown []report.Finding
	for _, f := range bySeverity(t.rep.Findings) {
		switch {
		case t.opts.Quiet && !t.aboutVerdict(f):
		case f.Severity == report.Info && !t.opts.Verbose && many:
			hidden++
		default:
			shown = append(shown, f)
		}
	}
	for _, a := range inGroups(shown, many) {
		t.finding(a.first)
		if len(a.lines) > 0 {
			t.line("%s %s the same at %s", gutter(a.first), t.dim("="), lineList(a.lines))
		}
	}
	if hidden > 0 {
		t.line("%s not shown, add --verbose to see them", count(hidden, "info"))
	}
	if many && !t.opts.Quiet {
		t.byRule()
	}
	if len(t.rep.Findings) > 0 && !t.opts.Quiet {
		t.line("")
	}
	return nil
}

// aboutVerdict reports whether a finding is left where only errors are asked for. A
// warning is, where it may be why nothing could be decided.
func (t *terminal) aboutVerdict(f report.Finding) bool {
	return f.Severity == report.Error || f.Severity == report.Warning && t.rep.Verdict == report.Undecidable
}

// undecided says of services why nothing could be decided, where no finding does.
func (t *terminal) undecided() error {
	if t.rep.Verdict != report.Undecidable || slices.ContainsFunc(t.rep.Findings, t.aboutVerdict) {
		return nil
	}
	for _, s := range t.rep.Services {
		if s.Verdict == report.Undecidable {
			t.line("%s: %s", value(s.Name), prose(undecidedWords(s)))
		}
	}
	return nil
}

// alike are findings that say the same of one file: the first, and the lines of the
// others.
type alike struct {
	first report.Finding
	lines []int
}

// inGroups puts findings together that say the same of one file, if that is wanted.
func inGroups(findings []report.Finding, wanted bool) []alike {
	type key struct{ rule, service, file, message, suggestion string }
	at := map[key]int{}
	var out []alike
	for _, f := range findings {
		k := key{f.Rule, f.Service, f.File, f.Message, f.Suggestion}
		if i, ok := at[k]; ok && wanted && f.Line > 0 {
			out[i].lines = append(out[i].lines, f.Line)
			continue
		}
		at[k] = len(out)
		out = append(out, alike{first: f})
	}
	return out
}

// maxLines is how many lines are named where the same was found.
const maxLines = 12

func lineList(lines []int) string {
	words := make([]string, 0, maxLines)
	for _, l := range lines[:min(len(lines), maxLines)] {
		words = append(words, strconv.Itoa(l))
	}
	if more := len(lines) - maxLines; more > 0 {
		return fmt.Sprintf("lines %s and %d more", strings.Join(words, ", "), more)
	}
	if len(words) == 1 {
		return "line " + words[0]
	}
	return "lines " + strings.Join(words, ", ")
}

// byRule says how often each rule found something, the most frequent first: the ones
// to look at, or to switch off.
func (t *terminal) byRule() {
	found := map[string]int{}
	for _, f := range t.rep.Findings {
		found[f.Rule]++
	}
	rules := slices.SortedFunc(maps.Keys(found), func(a, b string) int {
		return cmp.Or(cmp.Compare(found[b], found[a]), cmp.Compare(a, b))
	})
	words := make([]string, 0, len(rules))
	for _, r := range rules {
		words = append(words, fmt.Sprintf("%d %s", found[r], value(r)))
	}
	t.line("by rule: %s", strings.Join(words, ", "))
}

// gutter is as wide as the number of a finding's line.
func gutter(f report.Finding) string { return strings.Repeat(" ", len(strconv.Itoa(f.Line))) }

func (t *terminal) finding(f report.Finding) {
	place, message := findingPlace(f, t.opts.Root), prose(f.Message)
	t.line("%s: %s: %s %s", t.bold(value(place)), t.paintSeverity(f.Severity, string(f.Severity)),
		message, t.dim("("+value(f.Rule)+")"))
	gutter := gutter(f)
	if f.Snippet != "" && f.Line > 0 {
		t.snippet(f, gutter)
	}
	if f.Suggestion != "" {
		t.line("%s %s fix: %s", gutter, t.dim("="), prose(f.Suggestion))
	}
}

// findingPlace is where a finding is: its place in a file, or the service, or the
// tool where it has neither.
func findingPlace(f report.Finding, root string) string {
	switch {
	case f.File != "":
		p := f.Position()
		p.File = relative(p.File, root)
		return p.String()
	case f.Service != "":
		return "service " + f.Service
	}
	return "nthlayer"
}

// LogLine returns a finding as one plain line, file:line:column: severity:
// message (rule), which editors and log viewers turn into a link. It has no line
// break at its end and no workflow command in it.
func LogLine(f report.Finding, root string) string {
	return TerminalText(findingPlace(f, root) + ": " + string(f.Severity) + ": " + f.Message + " (" + f.Rule + ")")
}

// maxSnippet is how many columns of a source line are shown where no terminal
// folds it.
const maxSnippet = 1000

// snippet writes the source line and a caret under exactly the characters that
// the finding is about.
func (t *terminal) snippet(f report.Finding, gutter string) {
	before, span, after := splitSpan(f)
	width := t.opts.Width - len(gutter) - 4
	if t.opts.Width == 0 {
		width = maxSnippet
	}
	before, span, after = fitSpan(before, span, after, width)
	t.line("%s %s", gutter, t.dim("|"))
	t.line("%s", strings.TrimRight(t.dim(strconv.Itoa(f.Line)+" |")+" "+before+span+after, " "))
	if f.Column <= 0 {
		return
	}
	under := "^" + strings.Repeat("~", max(displaywidth.String(span), 1)-1)
	t.line("%s %s %s%s", gutter, t.dim("|"), strings.Repeat(" ", displaywidth.String(before)), t.paintSeverity(f.Severity, under))
}

// splitSpan cuts the source line before and behind the characters of the finding
// and makes the three parts safe to show. A span that goes on in later lines ends
// with this one; a span without an end is the word that starts there.
func splitSpan(f report.Finding) (before, span, after string) {
	line := []rune(strings.TrimRight(f.Snippet, "\r\n"))
	start := min(max(f.Column-1, 0), len(line))
	end := start + wordLength(line[start:])
	switch {
	case f.EndLine > f.Line:
		end = len(line)
	case f.EndColumn > f.Column:
		end = f.EndColumn - 1
	}
	end = min(max(end, start), len(line))
	return sourceText(line[:start]), sourceText(line[start:end]), sourceText(line[end:])
}

// wordLength is the length of the word that a text starts with, at least 1.
func wordLength(text []rune) int {
	end := slices.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		end = len(text)
	}
	return max(len([]rune(strings.TrimRight(string(text[:end]), ":,"))), 1)
}

// sourceText shows a piece of a source line; a tab takes four columns wherever it
// stands, so that the caret below does not depend on the terminal's tab stops.
func sourceText(runes []rune) string {
	return TerminalText(strings.ReplaceAll(string(runes), "\t", "    "))
}

// fitSpan shortens a line that is wider than the terminal around its span, since
// a caret under a line that was folded points nowhere.
func fitSpan(before, span, after string, width int) (string, string, string) {
	const more = "…"
	width = max(width, 20)
	if displaywidth.String(before+span+after) <= width {
		return before, span, after
	}
	span = displaywidth.TruncateString(span, width*2/3, more)
	room := width - displaywidth.String(span)
	if displaywidth.String(before) > room/2 {
		for before != "" && displaywidth.String(before) > room/2-1 {
			_, size := utf8.DecodeRuneInString(before)
			before = before[size:]
		}
		before = more + before
	}
	return before, span, displaywidth.TruncateString(after, max(room-displaywidth.String(before), 1), more)
}
