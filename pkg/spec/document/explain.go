package document

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// This file explains the library's errors, one kind a function. Each returns
// false for errors of other kinds.

func tooManyLevels(f failure) (mistake, bool) {
	if !strings.Contains(f.text, "exceeded max depth") {
		return mistake{}, false
	}
	return mistake{at: f.textOf(f.line), rule: RuleLimit, message: "too many levels inside one another", fix: "flatten the file"}, true
}

var anchorName = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)

// unknownAnchor finds the alias, of which the library only gives the name.
func unknownAnchor(f failure) (mistake, bool) {
	found := anchorName.FindStringSubmatch(f.text)
	if found == nil {
		return mistake{}, false
	}
	name := found[1]
	m := mistake{
		rule: RuleAlias, width: 1 + len(name),
		message: fmt.Sprintf("the alias *%s has no anchor &%s above it", name, name),
		fix:     fmt.Sprintf("write &%s in front of the value that it repeats, or put text that begins with * into quotes", name),
	}
	for _, k := range f.scan.marks {
		switch string(f.file.data[k.start:k.end]) {
		case "*" + name:
			m.at = k.start
			return m, true
		case "&" + name:
			return m, true
		}
	}
	return m, true
}

// closeQuote says how a quote is repaired.
const closeQuote = `close the quote where the text ends; a quote inside the text is written '' in single quotes and \" in double quotes`

func unclosedQuote(f failure) (mistake, bool) {
	ends := strings.Contains(f.text, "unexpected end of stream") || strings.Contains(f.text, "unexpected document indicator")
	if !ends || f.scan.unclosed < 0 {
		return mistake{}, false
	}
	return mistake{at: f.scan.unclosed, width: 1, message: "the quote that opens here is not closed", fix: closeQuote}, true
}

var tabInIndentation = regexp.MustCompile(`^ *\t`)

// wrongTab finds a tab in the indentation of the line at which the library
// stopped, whatever it stumbled over there.
func wrongTab(f failure) (mistake, bool) {
	lines := []int{f.line}
	if strings.Contains(f.text, "tab character") {
		lines = lines[:0]
		for line := f.line + 1; line <= f.lineOf(f.read); line++ {
			lines = append(lines, line)
		}
	}
	for _, line := range lines {
		if text := f.file.line(line); tabInIndentation.MatchString(text) {
			return tabAt(f.start(line) + strings.IndexByte(text, '\t')), true
		}
	}
	return mistake{}, false
}

func tabAt(at int) mistake {
	return mistake{at: at, width: 1, message: "a tab is used for indentation", fix: "indent with spaces"}
}

// wrongEscape finds the escape in double quotes that YAML does not know.
func wrongEscape(f failure) (mistake, bool) {
	switch {
	case strings.Contains(f.text, "unknown escape character"), strings.Contains(f.text, "hexdecimal"), strings.Contains(f.text, "escape code"):
	default:
		return mistake{}, false
	}
	for _, k := range f.scan.marks {
		if k.sign != '"' || f.lineOf(k.start) < f.line {
			continue
		}
		text := f.file.data[k.start:max(k.end, k.start)]
		if k.end == k.start {
			text = f.file.data[k.start:]
		}
		if at, escape, ok := badEscape(text); ok {
			return mistake{
				at: k.start + at, width: len([]rune(escape)), message: "YAML knows no escape " + escape,
				fix: `write \\ for a backslash in double quotes, or use single quotes`,
			}, true
		}
	}
	return mistake{}, false
}

var hexEscape = regexp.MustCompile(`^\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})`)

func badEscape(text []byte) (at int, escape string, ok bool) {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		c := text[i+1]
		hex := c == 'x' || c == 'u' || c == 'U'
		switch {
		case hex && hexEscape.Match(text[i:]):
		case hex, bytes.IndexByte([]byte("0abt\tnvfre \"/\\N_LP\r\n"), c) < 0 && c < 0x80:
			return i, string(text[i : i+2]), true
		}
		i++
	}
	return 0, "", false
}

// wrongSign finds text whose first character means something else to YAML.
func wrongSign(f failure) (mistake, bool) {
	var signs string
	switch {
	case strings.Contains(f.text, "cannot start any token"):
		signs = "@`%"
	case strings.Contains(f.text, "alphabetic or numeric character"):
		signs = "*&"
	default:
		return mistake{}, false
	}
	k, ok := f.first(f.line, signs)
	if !ok {
		return mistake{}, false
	}
	return signMistake(k), true
}

func signMistake(k mark) mistake {
	return mistake{at: k.start, message: fmt.Sprintf("text that begins with %c must stand in quotes", k.sign), fix: "put the text into quotes"}
}

// tagMistake finds a tag that cannot be read, or whose handle nobody defined.
func tagMistake(f failure) (mistake, bool) {
	undefined := strings.Contains(f.text, "undefined tag handle")
	if !undefined && !strings.Contains(f.text, "tag URI") && !strings.Contains(f.text, "expected '>'") && f.text != "did not find expected whitespace or line break" {
		return mistake{}, false
	}
	k, ok := f.first(f.line, "!")
	switch {
	case !ok:
		return mistake{}, false
	case undefined:
		return customTag(k.start, string(f.file.data[k.start:k.end])), true
	}
	return signMistake(k), true
}

// brokenBrackets finds the bracket that is not closed or the comma that is
// missing. The library names only the line where the collection begins.
func brokenBrackets(f failure) (mistake, bool) {
	s := f.scan
	if !strings.Contains(f.text, "expected ',' or") && !strings.Contains(f.text, "expected node content") {
		return mistake{}, false
	}
	const fix = "close the bracket, or put text that begins with it into quotes"
	unclosed := -1
	for _, l := range s.open {
		if l.bracket != 0 && f.lineOf(l.at) == f.line {
			unclosed = l.at
		}
	}
	switch {
	case s.stray >= 0 && (f.lineOf(s.opener) == f.line || f.lineOf(s.stray) == f.line):
		return mistake{
			at: s.opener, width: 1, fix: fix,
			message: fmt.Sprintf("the %c that opens here is closed by the %c at line %d", f.file.data[s.opener], f.file.data[s.stray], f.lineOf(s.stray)),
		}, true
	case unclosed >= 0:
		return mistake{at: unclosed, width: 1, message: fmt.Sprintf("the %c that opens here is not closed", f.file.data[unclosed]), fix: fix}, true
	case f.reached(s.comma):
		return mistake{at: s.comma, width: 1, message: "a comma is missing in front of this", fix: "put a comma between the entries, or put the whole text into quotes"}, true
	case f.reached(s.empty):
		return mistake{at: s.empty, width: 1, message: "nothing stands in front of this comma", fix: "remove the comma, or write the value that is missing"}, true
	}
	if k, ok := f.first(f.line, "]},"); ok {
		return signMistake(k), true
	}
	if k, ok := f.first(f.line, "[{"); ok {
		return mistake{at: k.start, width: 1, message: "what stands in these brackets is not complete: " + f.text, fix: "part the entries with commas, and put text with brackets, commas or colons into quotes"}, true
	}
	return mistake{}, false
}

// reached reports whether an offset lies between where the library's value
// begins and what it read.
func (f failure) reached(at int) bool { return at >= f.start(f.line) && at < f.read }

// gluedColon is a key whose colon has no space behind it.
var gluedColon = regexp.MustCompile(`^[ ]*(?:- +)*[A-Za-z_][\w.-]*(:)[^\s:/]`)

func missingSpace(f failure, line int) (mistake, bool) {
	text := f.file.line(line)
	i := gluedColon.FindStringSubmatchIndex(text)
	if i == nil || strings.Contains(text, ": ") {
		return mistake{}, false
	}
	return mistake{at: f.start(line) + i[2], width: 1, message: "a space is missing behind the colon", fix: "write key: value, with a space"}, true
}

// wrongColon explains a colon where no key can stand.
func wrongColon(f failure) (mistake, bool) {
	if !strings.Contains(f.text, "mapping values are not allowed") {
		return mistake{}, false
	}
	var colons []mark
	for _, k := range f.scan.marks {
		if k.sign == ':' && f.lineOf(k.start) == f.line {
			colons = append(colons, k)
		}
	}
	if len(colons) > 1 {
		return mistake{at: colons[1].start, width: 1, message: "this line has a second colon with a space behind it", fix: "put the value into quotes, or the second key on a line of its own"}, true
	}
	above := f.line - 1
	for above > 0 && strings.TrimSpace(f.file.line(above)) == "" {
		above--
	}
	if m, ok := missingSpace(f, above); ok {
		return m, true
	}
	return mistake{
		at: f.textOf(f.line), message: "a key cannot stand here: the line goes on with the text of the line above",
		fix: "indent the line like the key that it belongs beside, or complete the line above",
	}, true
}

// missingColon explains a line that should be a key and is none.
func missingColon(f failure) (mistake, bool) {
	if !strings.Contains(f.text, "could not find expected ':'") {
		return mistake{}, false
	}
	if m, ok := missingSpace(f, f.line); ok {
		return m, true
	}
	return mistake{
		at: f.textOf(f.line), message: "this line is no key with a colon",
		fix: "write key: value, or indent the line more than the key whose text it goes on with",
	}, true
}

var dashBehindKey = regexp.MustCompile(`:\s+(-)(?:\s|$)`)

func wrongDash(f failure) (mistake, bool) {
	if !strings.Contains(f.text, "block sequence entries are not allowed") {
		return mistake{}, false
	}
	at := f.textOf(f.line)
	if i := dashBehindKey.FindStringSubmatchIndex(f.file.line(f.line)); i != nil {
		at = f.start(f.line) + i[2]
	}
	return mistake{at: at, width: 1, message: "the - of a list cannot stand here", fix: "begin the list on a line of its own, or put the text into quotes"}, true
}

// wrongBlock explains the head of a literal or folded text.
func wrongBlock(f failure) (mistake, bool) {
	if !strings.Contains(f.text, "expected comment or line break") && !strings.Contains(f.text, "indentation indicator") {
		return mistake{}, false
	}
	k, ok := f.first(f.line, "|>")
	if !ok {
		return mistake{}, false
	}
	return mistake{
		at: k.start, width: 1, message: fmt.Sprintf("text stands behind the %c that begins a block", k.sign),
		fix: "begin the text in the next line, or put it into quotes",
	}, true
}

// unexpected explains what the parser did not expect in a mapping, in a list or
// behind a document.
func unexpected(f failure) (mistake, bool) {
	key := strings.HasPrefix(f.text, "did not find expected key")
	dash := strings.HasPrefix(f.text, "did not find expected '-'")
	if !key && !dash && !strings.HasPrefix(f.text, "did not find expected <document start>") {
		return mistake{}, false
	}
	at := f.problem()
	line := f.lineOf(at)
	if tabInIndentation.MatchString(f.file.line(line)) {
		return tabAt(f.start(line) + strings.IndexByte(f.file.line(line), '\t')), true
	}
	if m, ok := behindValue(f, at); ok {
		return m, true
	}
	m := mistake{at: at, message: f.text, fix: "correct the YAML at or just above this line"}
	if at != f.textOf(line) {
		return m, true
	}
	switch c := f.file.data[at]; {
	case c == ']' || c == '}':
		m.message, m.fix = fmt.Sprintf("this %c closes nothing", c), "remove it, or open the bracket"
	case dash && f.itemAbove(at):
		m.message, m.fix = "this line is indented like the items of the list above it and does not begin with -", "begin it with -, or indent it like what it belongs to"
	case c == '-':
		m.message, m.fix = "an item of a list stands where a key is expected", "indent the list below its key, or write key: value"
	default:
		m.message, m.fix = "the indentation of this line fits no line above it", "indent it like the other keys of its mapping"
	}
	return m, true
}

// itemAbove reports whether an item of a list above begins in the same column.
func (f failure) itemAbove(at int) bool {
	_, column := f.file.place(at)
	for _, k := range f.scan.marks {
		if _, other := f.file.place(k.start); k.sign == '-' && k.start < at && other == column {
			return true
		}
	}
	return false
}

// behindValue explains text behind a closing quote or bracket. When the quote
// opens in an earlier line, it was to be closed there.
func behindValue(f failure, at int) (mistake, bool) {
	for _, k := range f.scan.marks {
		quote := k.sign == '"' || k.sign == '\''
		if !quote && k.sign != '[' && k.sign != '{' || k.end > at || k.end <= k.start || len(bytes.Trim(f.file.data[k.end:at], " \t")) > 0 {
			continue
		}
		end := f.lineOf(k.end)
		switch {
		case quote && f.lineOf(k.start) < end:
			return mistake{at: k.start, width: 1, message: fmt.Sprintf("the quote that opens here is closed only at line %d, with text behind it", end), fix: closeQuote}, true
		case quote:
			return mistake{at: at, message: "text stands behind the closing quote", fix: `put the whole text into quotes; a quote inside the text is written '' in single quotes and \" in double quotes`}, true
		default:
			return mistake{at: at, message: "text stands behind the closing bracket", fix: "put the whole text into quotes"}, true
		}
	}
	return mistake{}, false
}
