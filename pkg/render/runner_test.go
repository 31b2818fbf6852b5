package render

import (
	"regexp"
	"strings"
	"unicode"
)

// What the GitHub runner does with a job's output and with command files, as its
// source has it (ActionCommand.cs, FileCommandManager.cs), only more suspicious:
// any name counts as a command, not just the registered ones, and characters
// that a culture-sensitive comparison skips are skipped.

type runnerCommand struct {
	Name, Data string
	Properties map[string]string
}

func skipped(r rune) bool {
	return unicode.In(r, unicode.M, unicode.Cf) || unicode.Is(unicode.Cc, r) && r != '\n' && r != '\r'
}

func withoutSkipped(s string) string {
	return strings.Map(func(r rune) rune {
		if skipped(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

var lineEnds = regexp.MustCompile(`\r\n|\r|\n`)

// runnerCommands returns the commands that a runner finds in a job's output.
func runnerCommands(output string) []runnerCommand {
	var found []runnerCommand
	for _, line := range lineEnds.Split(output, -1) {
		if c, ok := parseNew(line); ok {
			found = append(found, c)
		} else if c, ok := parseOld(line); ok {
			found = append(found, c)
		}
	}
	return found
}

func parseNew(line string) (runnerCommand, bool) {
	line = strings.TrimLeftFunc(withoutSkipped(line), unicode.IsSpace)
	info, ok := strings.CutPrefix(line, "::")
	if !ok {
		return runnerCommand{}, false
	}
	info, data, ok := strings.Cut(info, "::")
	if !ok {
		return runnerCommand{}, false
	}
	name, list, _ := strings.Cut(info, " ")
	c := runnerCommand{Name: name, Properties: map[string]string{}}
	for _, pair := range strings.Split(strings.TrimSpace(list), ",") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			c.Properties[key] = unescape(value, "%3A", ":", "%2C", ",")
		}
	}
	c.Data = unescape(data)
	return c, true
}

func unescape(s string, more ...string) string {
	pairs := append([]string{"%0D", "\r", "%0A", "\n"}, more...)
	s = strings.NewReplacer(pairs...).Replace(s)
	return strings.ReplaceAll(s, "%25", "%")
}

func parseOld(line string) (runnerCommand, bool) {
	_, info, ok := strings.Cut(withoutSkipped(line), "##[")
	if !ok {
		return runnerCommand{}, false
	}
	info, data, ok := strings.Cut(info, "]")
	return runnerCommand{Name: info, Data: data}, ok
}

// readFileCommands returns the names and values that a runner reads from a
// command file; false when it refuses the file.
func readFileCommands(text string) (names, values []string, ok bool) {
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			names, values = append(names, line[:equals]), append(values, line[equals+1:])
			continue
		case heredoc <= 0 || heredoc+2 == len(line):
			return nil, nil, false
		}
		value, rest, closed := untilDelimiter(text, line[heredoc+2:])
		if !closed {
			return nil, nil, false
		}
		names, values, text = append(names, line[:heredoc]), append(values, value), rest
	}
	return names, values, true
}

func untilDelimiter(text, delimiter string) (value, rest string, closed bool) {
	var lines []string
	for {
		line, after, more := strings.Cut(text, "\n")
		if line == delimiter {
			return strings.Join(lines, "\n"), after, true
		}
		if !more {
			return "", "", false
		}
		lines, text = append(lines, line), after
	}
}
