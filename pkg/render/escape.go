package render

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file is the only place that knows how text is made harmless for a sink.
// Files, names, labels and servers' answers are hostile text: every one of them
// passes through one of these functions on its way out, and nothing else in the
// module writes a workflow command, a command file or Markdown.

// The runner compares with rules that skip characters without a glyph, so
// "##<soft hyphen>[" counts as "##[". These patterns skip them too.
var (
	oldCommand = regexp.MustCompile(`#([\p{M}\p{Cf}\p{Cc}]*)\[`)
	newCommand = regexp.MustCompile(`^([\s\p{Z}\p{M}\p{Cf}\p{Cc}]*:[\p{M}\p{Cf}\p{Cc}]*):`)
)

// breakCommands returns one line of a log in which the runner finds no workflow
// command: no "::" at the start, no "##[" anywhere. It is broken by a visible
// blank, because the runner's comparison skips invisible characters.
func breakCommands(line string) string {
	line = newCommand.ReplaceAllString(line, "$1 :")
	return oldCommand.ReplaceAllString(line, "#$1 [")
}

// oneLine returns s as one line of visible text: white space of every kind turns
// into a blank, and control characters, bidirectional overrides and other
// invisible characters turn into an escape such as \x1b or \u202e that shows
// what was there. Bytes that are not UTF-8 become U+FFFD.
func oneLine(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			b.WriteByte(' ')
		case invisible(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case invisible(r) && r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case invisible(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// invisible reports whether r draws nothing or changes what is drawn around it.
// The joiner and the selectors that emoji are made of are left alone.
func invisible(r rune) bool {
	if r >= ' ' && r <= '~' {
		return false
	}
	switch r {
	case '\u200d', '\ufe0e', '\ufe0f':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// TerminalText returns s as part of one line of a terminal or a job log: no
// escape sequences, no line breaks, and nothing that a runner takes for a
// command.
func TerminalText(s string) string { return breakCommands(oneLine(s)) }

// TerminalLines is TerminalText for a text of several lines, whose breaks are kept.
func TerminalLines(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = TerminalText(line)
	}
	return strings.Join(lines, "\n")
}

// CommandData escapes s as the message of a workflow command. Line breaks are
// kept, as %0A.
func CommandData(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(TerminalText(line), "%", "%25")
	}
	return strings.Join(lines, "%0A")
}

// MarkText returns s as the plain text of a mark of a check run. Line breaks are
// kept.
func MarkText(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = oneLine(line)
	}
	return strings.Join(lines, "\n")
}

// CommandProperty escapes s as the value of a property of a workflow command.
func CommandProperty(s string) string {
	return strings.NewReplacer("%", "%25", ":", "%3A", ",", "%2C").Replace(TerminalText(s))
}

// Property is one name=value of a workflow command.
type Property struct{ Name, Value string }

// Command returns one workflow command as a line, with its line break. The
// command's and the properties' names are ours; the values and the message may
// be any text. Properties without a value are left out.
func Command(name, message string, properties ...Property) string {
	var b strings.Builder
	b.WriteString("::" + name)
	separator := " "
	for _, p := range properties {
		if p.Value == "" {
			continue
		}
		b.WriteString(separator + p.Name + "=" + CommandProperty(p.Value))
		separator = ","
	}
	b.WriteString("::" + CommandData(message) + "\n")
	return b.String()
}

// ErrDelimiter means that a value holds the delimiter that was to end it. Draw
// another one.
var ErrDelimiter = errors.New("the value contains the delimiter")

var fileKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// Silenced returns text as it is between two lines that make a runner read no
// commands in it. The token has to be random, because a text that knows it could
// end the silence; one that holds it is refused with ErrDelimiter.
func Silenced(text, token string) (string, error) {
	if len(token) < 16 || !fileKey.MatchString(token) {
		return "", errors.New("silence commands: the token needs 16 or more letters, digits, _ and -")
	}
	if strings.Contains(text, token) {
		return "", fmt.Errorf("silence commands: %w", ErrDelimiter)
	}
	return "::stop-commands::" + token + "\n" + strings.TrimSuffix(text, "\n") + "\n::" + token + "::\n", nil
}

// FileCommand returns the lines that set name to value in a command file
// (GITHUB_OUTPUT, GITHUB_ENV, GITHUB_STATE). The delimiter has to be random: a
// fixed one lets a value end itself and set whatever it likes behind that. A
// value that holds the delimiter is refused with ErrDelimiter.
func FileCommand(name, value, delimiter string) (string, error) {
	if !fileKey.MatchString(name) {
		return "", fmt.Errorf("write %q to a command file: a name has letters, digits, _ and - only", name)
	}
	if len(delimiter) < 16 || !fileKey.MatchString(delimiter) {
		return "", fmt.Errorf("write %q to a command file: the delimiter needs 16 or more letters, digits, _ and -", name)
	}
	if strings.Contains(value, delimiter) {
		return "", fmt.Errorf("write %q to a command file: %w", name, ErrDelimiter)
	}
	return name + "<<" + delimiter + "\n" + value + "\n" + delimiter + "\n", nil
}

// CSVCell returns text as a CSV cell that spreadsheets show instead of running:
// a leading =, +, - or @ gets an apostrophe in front. Numbers of our own do not
// pass through here.
func CSVCell(s string) string {
	s = TerminalText(s)
	if trimmed := strings.TrimLeft(s, " "); trimmed != "" && strings.ContainsRune("=+-@", firstRune(trimmed)) {
		return "'" + s
	}
	return s
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

var jsonCommand = regexp.MustCompile(`#([\p{M}\p{Cf}]*)\[`)

// jsonText returns JSON that means the same and in which a runner that reads it
// from a log finds no command: the bracket of "##[" is written as an escape.
func jsonText(b []byte) []byte {
	return jsonCommand.ReplaceAll(b, []byte(`#$1\u005b`))
}

// cutRunes returns at most n runes of s; a cut is shown as an ellipsis, made
// behind a word where there is one in the second half.
func cutRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	runes := []rune(s)[:n-1]
	for i := len(runes) - 1; i > len(runes)/2; i-- {
		if runes[i] == ' ' {
			runes = runes[:i]
			break
		}
	}
	return strings.TrimRight(string(runes), " ,;:") + "…"
}
