package dashboard

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

// reference matches a variable of Grafana in a text: $name, ${name}, ${name:format},
// ${name.field} and [[name]].
var reference = regexp.MustCompile(`\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)(?:[.\[][^}:]*)?(?::[^}]*)?\}|\[\[([A-Za-z_]\w*)(?::[^\]]*)?\]\]`)

// use is one variable in a text.
type use struct {
	name       string
	start, end int
}

// uses returns the variables of a text.
func uses(s string) []use {
	var out []use
	for _, m := range reference.FindAllStringSubmatchIndex(s, -1) {
		for g := 2; g < len(m); g += 2 {
			if m[g] >= 0 {
				out = append(out, use{s[m[g]:m[g+1]], m[0], m[1]})
			}
		}
	}
	return out
}

// builtin reports whether Grafana itself sets a variable.
func builtin(name string) bool {
	return strings.HasPrefix(name, "__") || name == "timeFilter" || name == "interval_ms"
}

// duration reports whether a variable of Grafana is a duration.
func duration(name string) bool {
	return slices.Contains([]string{"__rate_interval", "__interval", "__range", "__auto", "__auto_interval"}, name)
}

// piece is a run of a text that was made of another one: bytes that are the same, or
// what stands for the bytes from start to end.
type piece struct {
	length     int
	start, end int
	same       bool
}

// origin returns the bytes that the byte at offset was made of.
func origin(pieces []piece, offset int) (start, end int) {
	if pieces == nil {
		return offset, offset + 1
	}
	for _, p := range pieces {
		if offset < p.length {
			if p.same {
				return p.start + offset, p.start + offset + 1
			}
			return p.start, p.end
		}
		offset -= p.length
	}
	last := pieces[len(pieces)-1].end
	return last, last
}

// setting is where in a query a variable stands.
type setting uint8

const (
	// free is where a number, a name or a function may stand.
	free setting = iota
	inQuotes
	// asPart is beside letters that make one name with it.
	asPart
	// asLabel is in the brackets of by, on and the like, or before a matcher.
	asLabel
	// asMatcher is in braces in place of a whole matcher, asValue in place of its
	// quoted text.
	asMatcher
	asValue
	asDuration
	// asNumber is a number with its unit behind it, as in [${minutes}m].
	asNumber
	// asFunction is before a bracket.
	asFunction
)

// trial says what is put in place of variables. Queries with variables are read
// several times: only what is wrong each time is wrong.
type trial struct {
	free, function string
	// anything gives variables in quotes a pattern that matches an absent label, too.
	anything bool
	// values are what variables have in the dashboard, which is tried last.
	values func(name string) string
}

// trials are the readings in the order in which they are tried, until one parses.
func trials(values func(string) string) []trial {
	return []trial{
		{free: "1", function: "avg"},
		{free: "v", function: "avg"},
		{free: "v", function: "rate"},
		{free: "avg", function: "avg"},
		{free: "1", function: "rate"},
		{free: "1", function: "avg", values: values},
	}
}

// fill puts something in place of variables of a part of a text, of which where says
// in what settings they are.
func (tr trial) fill(v *value, from, to int, found []use, where []setting) rulefile.Text {
	q := v.text[from:to]
	var b strings.Builder
	var pieces []piece
	at := 0
	same := func(end int) {
		b.WriteString(q[at:end])
		pieces = append(pieces, piece{end - at, from + at, from + end, true})
	}
	for i, u := range found {
		same(u.start)
		word := tr.word(i, u, where[i])
		b.WriteString(word)
		pieces = append(pieces, piece{len(word), from + u.start, from + u.end, false})
		at = u.end
	}
	same(len(q))
	return rulefile.Text{V: b.String(), Path: v.path(), Place: textPlace{of: v, pieces: pieces}}
}

func (tr trial) word(i int, u use, s setting) string {
	if duration(u.name) && s == free {
		return "5m"
	}
	if tr.values != nil && s != inQuotes {
		if v := tr.values(u.name); v != "" {
			return v
		}
	}
	switch s {
	case free:
		return tr.free
	case inQuotes:
		if tr.anything {
			return ".*"
		}
		return standIn(i)
	case asPart, asLabel:
		return "v"
	case asMatcher:
		return `v="` + standIn(i) + `"`
	case asValue:
		return `"` + standIn(i) + `"`
	case asDuration:
		return "5m"
	case asNumber:
		return "1"
	case asFunction:
		return tr.function
	}
	return tr.free
}

// standIn is what stands in quotes in place of the variable i of a text: a word that
// nobody writes, so that it is known again in a matcher and in a message. It is a
// pattern, because most variables stand in one.
func standIn(i int) string { return fmt.Sprintf("variable%dvalue.*", i) }

var standsIn = regexp.MustCompile(`variable(\d+)value\.\*`)

// around is what stands around a place of a query.
type around struct {
	quote   byte
	bracket byte
	labels  bool
}

var grouping = regexp.MustCompile(`(?i)\b(by|without|on|ignoring|group_left|group_right)\s*$`)

// scan reads a query from its begin, as far as it was asked to.
type scan struct {
	q    string
	at   int
	in   around
	open []around
	// opened is where the last quote opened.
	opened int
}

// comment is what stands for the quotes of a comment, which ends with its line.
const comment = '\n'

// to reads on up to a place, and returns what stands around it.
func (s *scan) to(end int) around {
	for ; s.at < end; s.at++ {
		c := s.q[s.at]
		switch {
		case s.in.quote != 0 && c == '\\' && s.in.quote != '`' && s.in.quote != comment:
			s.at++
		case s.in.quote != 0 && c == s.in.quote:
			s.in.quote = 0
		case s.in.quote != 0:
		case c == '#':
			s.in.quote = comment
		case c == '"' || c == '\'' || c == '`':
			s.in.quote, s.opened = c, s.at
		case c == '(' || c == '{' || c == '[':
			s.open = append(s.open, s.in)
			s.in = around{bracket: c, labels: c == '(' && grouping.MatchString(tail(s.q[:s.at]))}
		case (c == ')' || c == '}' || c == ']') && len(s.open) > 0:
			s.in, s.open = s.open[len(s.open)-1], s.open[:len(s.open)-1]
		}
	}
	return s.in
}

// tail returns the end of a text, as much as a word before a bracket needs.
func tail(s string) string { return s[max(0, len(s)-20):] }

// callBehind matches the rest of a function's name, as in ${function}_over_time(.
var callBehind = regexp.MustCompile(`^\w+\s*\(`)

var behindOffset = regexp.MustCompile(`(?i)\boffset\s+-?$`)

// settings says of each variable where in a query it stands.
func settings(q string, found []use) []setting {
	s := scan{q: q}
	out := make([]setting, len(found))
	for i, u := range found {
		out[i] = settingOf(q, u, s.to(u.start))
	}
	return out
}

func settingOf(q string, u use, a around) setting {
	before, after := strings.TrimRight(tail(q[:u.start]), " \n\t"), strings.TrimLeft(q[u.end:], " \n\t")
	switch {
	case a.quote != 0:
		return inQuotes
	case a.bracket == '[' && unit(q[u.end:]):
		return asNumber
	case a.bracket == '[' || behindOffset.MatchString(tail(q[:u.start])):
		return asDuration
	case part(q, u) && callBehind.MatchString(q[u.end:]):
		return asFunction
	case part(q, u):
		return asPart
	case a.labels:
		return asLabel
	case a.bracket == '{' && strings.HasSuffix(before, "="), a.bracket == '{' && strings.HasSuffix(before, "~"):
		return asValue
	case a.bracket == '{' && (after == "" || after[0] == ',' || after[0] == '}'):
		return asMatcher
	case a.bracket == '{':
		return asLabel
	case strings.HasPrefix(after, "("):
		return asFunction
	case strings.HasPrefix(after, "{"), strings.HasPrefix(after, "["):
		return asPart
	}
	return free
}

// part reports whether letters stand beside a variable that make one word with it.
func part(q string, u use) bool {
	return u.start > 0 && (letter(q[u.start-1]) || q[u.start-1] == '}') || u.end < len(q) && (letter(q[u.end]) || q[u.end] == '$')
}

// unit reports whether a text begins with the unit of a duration.
func unit(s string) bool { return s != "" && strings.IndexByte("smhdwy", s[0]) >= 0 }

func letter(c byte) bool {
	return c == '_' || c == ':' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
