package hosttest

import (
	"fmt"
	"strings"
)

// Command is a workflow command as the runner understands it.
type Command struct {
	Name       string
	Properties map[string]string
	Message    string
}

// ParseLog returns the commands that the runner would find in a job's log: lines
// that begin with "::" after white space, the old form "##[" anywhere in a line,
// and nothing between ::stop-commands::TOKEN and ::TOKEN::.
func ParseLog(log string) []Command {
	var out []Command
	stopped := ""
	for line := range strings.SplitSeq(log, "\n") {
		c, ok := parseCommand(line)
		switch {
		case stopped != "":
			if ok && c.Name == stopped {
				stopped = ""
			}
		case ok && c.Name == "stop-commands":
			stopped = c.Message
		case ok:
			out = append(out, c)
		}
	}
	return out
}

func parseCommand(line string) (Command, bool) {
	trimmed := strings.TrimLeft(line, " \t\r\v\f\u00a0\ufeff")
	if rest, ok := strings.CutPrefix(trimmed, "::"); ok {
		if head, message, ok := strings.Cut(rest, "::"); ok {
			return command(head, message, ","), true
		}
	}
	if _, rest, ok := strings.Cut(line, "##["); ok {
		if head, message, ok := strings.Cut(rest, "]"); ok {
			return command(head, message, ";"), true
		}
	}
	return Command{}, false
}

func command(head, message, separator string) Command {
	name, properties, _ := strings.Cut(head, " ")
	c := Command{Name: name, Properties: map[string]string{}, Message: unescape(message)}
	for pair := range strings.SplitSeq(properties, separator) {
		if key, value, ok := strings.Cut(pair, "="); ok {
			c.Properties[strings.TrimSpace(key)] = unescape(value)
		}
	}
	return c
}

func unescape(s string) string {
	return strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%").Replace(s)
}

// ParseFile reads a command file, such as that of GITHUB_OUTPUT, by the rules of
// the runner: NAME=VALUE, or NAME<<DELIMITER with the value in the lines below.
// The last value of a name counts.
func ParseFile(text string) (map[string]string, error) {
	out := map[string]string{}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSuffix(lines[i], "\r")
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		if equals >= 0 && (heredoc < 0 || equals < heredoc) {
			out[line[:equals]] = line[equals+1:]
			continue
		}
		if heredoc <= 0 {
			return nil, fmt.Errorf("line %d: invalid format %q", i+1, line)
		}
		end := i + 1
		for end < len(lines) && lines[end] != line[heredoc+2:] {
			end++
		}
		if end == len(lines) {
			return nil, fmt.Errorf("line %d: the delimiter %q is never found", i+1, line[heredoc+2:])
		}
		out[line[:heredoc]] = strings.Join(lines[i+1:end], "\n")
		i = end
	}
	return out, nil
}
