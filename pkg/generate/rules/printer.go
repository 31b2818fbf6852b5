package rules

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate"
)

// Printer writes YAML of mappings, lists and texts, a line at a time, and counts the
// lines. What it writes is what a YAML encoder writes; building a tree for it and
// reading the lines back took ten times as long.
type Printer struct {
	b    bytes.Buffer
	line int
	err  error
	// last is the mapping that was written last, as deep as indent, from one byte to
	// another.
	last             map[string]string
	indent, from, to int
}

// Expect makes room for a number of bytes, so that what was written is not copied time
// and again.
func (p *Printer) Expect(bytes int) { p.b.Grow(bytes) }

// Line is the number of the line that is written next, from 1.
func (p *Printer) Line() int { return p.line + 1 }

// Bytes returns what was written. The error is about a text that is no YAML.
func (p *Printer) Bytes() ([]byte, error) { return p.b.Bytes(), p.err }

// UpTo ends each part of a trace where the next one begins, and the last one with the
// file.
func (p *Printer) UpTo(trace []generate.Trace) []generate.Trace {
	for i := range trace {
		trace[i].EndLine = p.line
		if i+1 < len(trace) {
			trace[i].EndLine = trace[i+1].Line - 1
		}
	}
	return trace
}

// Comments writes each line as a comment.
func (p *Printer) Comments(lines []string) {
	for _, l := range lines {
		p.put(0, "# "+Comment(l), "")
	}
}

// Key begins a mapping or a list: indent, dash and all before the colon.
func (p *Printer) Key(indent int, key string) { p.put(indent, key, ":") }

// EmptyList writes a key with a list of nothing.
func (p *Printer) EmptyList(indent int, key string) { p.put(indent, key, ": []") }

// Int writes a key with a whole number.
func (p *Printer) Int(indent int, key string, n int64) {
	p.b.WriteString(blanks[:indent])
	p.b.WriteString(key)
	p.b.WriteString(": ")
	p.b.Write(strconv.AppendInt(p.b.AvailableBuffer(), n, 10))
	p.end()
}

// Item writes a text as an entry of a list.
func (p *Printer) Item(indent int, text string) {
	p.b.WriteString(blanks[:indent])
	p.b.WriteString("- ")
	p.scalar(text)
	p.end()
}

// Text writes a key with a text in one line.
func (p *Printer) Text(indent int, key, text string) {
	p.b.WriteString(blanks[:indent])
	p.b.WriteString(key)
	p.member(text)
}

// Block writes a key with a text, of several lines where it has them. The key may
// begin with a dash.
func (p *Printer) Block(indent int, key, text string) {
	if !IsBlock(text) {
		p.Text(indent, key, text)
		return
	}
	p.put(indent, key, ": |-")
	if strings.HasPrefix(key, "- ") {
		indent += len("- ")
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			p.put(0, "", "")
		} else {
			p.put(indent+2, line, "")
		}
	}
}

// TextMap writes a mapping of texts, sorted by key. The rules of an SLO have the same
// labels, which are copied from one to the next.
func (p *Printer) TextMap(indent int, values map[string]string) {
	if indent == p.indent && maps.Equal(values, p.last) {
		p.b.Write(p.b.Bytes()[p.from:p.to])
		p.line += len(values)
		return
	}
	p.last, p.indent, p.from = values, indent, p.b.Len()
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		p.b.WriteString(blanks[:indent])
		p.scalar(k)
		p.member(values[k])
	}
	p.to = p.b.Len()
}

const blanks = "                "

func (p *Printer) put(indent int, a, b string) {
	p.b.WriteString(blanks[:indent])
	p.b.WriteString(a)
	p.b.WriteString(b)
	p.end()
}

// member writes what follows a key: a text in one line.
func (p *Printer) member(text string) {
	p.b.WriteString(": ")
	p.scalar(text)
	p.end()
}

// end ends a line.
func (p *Printer) end() {
	p.b.WriteByte('\n')
	p.line++
}

// scalar writes a text as YAML has it in one line. Almost all texts are plain or in
// single quotes; the encoder decides about the others.
func (p *Printer) scalar(s string) {
	switch style(s) {
	case plain:
		p.b.WriteString(s)
	case single:
		p.b.WriteByte('\'')
		p.b.WriteString(doubled(s))
		p.b.WriteByte('\'')
	case unknown:
		data, err := yaml.Marshal(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{text(s)}})
		if err != nil {
			p.err = fmt.Errorf("write %q: %w", s, err)
		}
		p.b.Write(bytes.TrimSuffix(bytes.TrimPrefix(data, []byte("- ")), []byte("\n")))
	}
}

// Scalar is a text as an encoder of YAML writes it in one line; false for one that only
// the encoder can decide about.
func Scalar(s string) (string, bool) {
	switch style(s) {
	case plain:
		return s, true
	case single:
		return Quoted(s), true
	case unknown:
	}
	return "", false
}

// Quoted is a text of one line in single quotes.
func Quoted(s string) string { return "'" + doubled(s) + "'" }

// doubled is a text as it stands between single quotes.
func doubled(s string) string { return strings.ReplaceAll(s, "'", "''") }

// text is a string, also where it looks like a number.
func text(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsFunc(s, unprintable) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// scalarStyle is how a text is written.
type scalarStyle int

const (
	unknown scalarStyle = iota
	plain
	single
)

// style tells how a text of printable ASCII is written, by section 7.3 of YAML 1.2.
// Of other texts, and of those that may be read as something else than a text, it
// says nothing.
func style(s string) scalarStyle {
	if s == "" || !certainlyText(s) {
		return unknown
	}
	style := plain
	if s[0] == ' ' || s[len(s)-1] == ' ' || strings.IndexByte("#,[]{}&*!|>'\"%@`", s[0]) >= 0 {
		style = single
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c > ':' && c <= '~': // most are letters
		case c < ' ' || c > '~':
			return unknown
		case c == ':' && (i+1 == len(s) || s[i+1] == ' '), c == '#' && i > 0 && s[i-1] == ' ':
			style = single
		}
	}
	return style
}

// certainlyText reports whether a text cannot be read as a number, a time, a boolean
// or null. It may say no of one that is a text.
func certainlyText(s string) bool {
	switch c := s[0]; {
	case c >= '0' && c <= '9':
		// Series such as 0+10x1440, which are the longest texts, sentences and expressions
		// have a sign that no number and no time has. Then there are durations.
		return strings.LastIndexByte(s, 'x') > 2 || strings.ContainsAny(s, "ghijklmnpqrsuvwy%(*/,") || strings.Trim(s, "0123456789smhdwy") == "" && strings.ContainsAny(s, "smhdwy")
	case strings.IndexByte("+-.~<=?:", c) >= 0:
		return false
	case len(s) <= len("false"):
		return !slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}, strings.ToLower(s))
	}
	return true
}
