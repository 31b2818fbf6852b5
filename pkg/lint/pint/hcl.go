package pint

import (
	"bytes"
	"fmt"
	"regexp"
	"unicode"

	"github.com/nthlayer/action/pkg/report"
)

// attribute is one NAME = VALUE of a configuration.
type attribute struct {
	// block is the kind of the block it stands in, "" outside of all.
	block, name string
	// line is the 1-based line of its name.
	line int
	// value are the tokens behind the =, without comments and the ends of lines. Those
	// of a nested object are among them.
	value []string
}

// token matches the next piece of a configuration: blanks, a comment, the end of a line, a
// string, a name, a number, or a sign. It knows what configurations of pint are made of
// and no more of HCL. So a string may hold ${NAME} and no other template, and there are no
// operators and no heredocs: whoever reads these otherwise than pint does could be told
// that a check is a comment.
var token = regexp.MustCompile(`^(?:[ \t]+|(?:#|//)[^\r\n]*|(?s:/\*.*?\*/)|\r?\n|` +
	`"(?:[^"\\\r\n$%]|\\[^\r\n]|\$\{\w+\}|\$\$\{|%%\{|[$%]+(?:[^"\\\r\n$%{]|\\[^\r\n]))*[$%]*"|` +
	`[A-Za-z_][\w-]*|[0-9][0-9.]*|[=\[\]{}(),:.-])`)

// reading is a configuration on the way of being read.
type reading struct {
	rest []byte
	line int
	// token is the current one, "\n" at the end of a line and "" at the end of the text.
	token string
	// blocks are the kinds of the open blocks, outermost first.
	blocks []string
	found  []attribute
}

// attributesOf returns all attributes of a configuration, however deep. The error names the
// line of what it does not understand.
func attributesOf(text []byte) ([]attribute, error) {
	r := &reading{rest: text, line: 1}
	for err := r.next(); ; err = r.statement() {
		if err != nil {
			return nil, err
		}
		if r.token == "" {
			break
		}
	}
	if n := len(r.blocks); n > 0 {
		return nil, fmt.Errorf("line %d: the block %s is not closed: write a } behind it", r.line, r.blocks[n-1])
	}
	return r.found, nil
}

// next steps to the next token that is neither blank nor a comment.
func (r *reading) next() error {
	for {
		if r.token == "\n" {
			r.line++ // not before: the end of a line belongs to the line that it ends
		}
		if r.token = ""; len(r.rest) == 0 {
			return nil
		}
		found := token.Find(r.rest)
		if found == nil {
			line, _, _ := bytes.Cut(r.rest, []byte("\n"))
			return r.refused("line %d: %q cannot be read here", r.line, report.Clip(string(line), 40))
		}
		r.rest = r.rest[len(found):]
		switch found[0] {
		case ' ', '\t', '#', '/':
			r.line += bytes.Count(found, []byte("\n"))
			continue
		case '\r', '\n':
			r.token = "\n"
		default:
			r.token = string(found)
		}
		return nil
	}
}

// statement reads an attribute, the beginning or the end of a block, or an empty line.
func (r *reading) statement() error {
	switch {
	case r.token == "\n":
		return r.next()
	case r.token == "}" && len(r.blocks) > 0:
		r.blocks = r.blocks[:len(r.blocks)-1]
		return r.next()
	case !named(r.token):
		return r.unexpected()
	}
	name, line := r.token, r.line
	if err := r.next(); err != nil {
		return err
	}
	if r.token == "=" {
		return r.attribute(name, line)
	}
	for named(r.token) || r.token != "" && r.token[0] == '"' {
		if err := r.next(); err != nil {
			return err
		}
	}
	if r.token != "{" {
		return r.unexpected()
	}
	r.blocks = append(r.blocks, name)
	return r.next()
}

// attribute reads the value of an attribute: all up to the end of the line, or of the block
// that it shares a line with, outside of brackets.
func (r *reading) attribute(name string, line int) error {
	a := attribute{name: name, line: line}
	if n := len(r.blocks); n > 0 {
		a.block = r.blocks[n-1]
	}
	var closing []string
	for {
		if err := r.next(); err != nil {
			return err
		}
		n := len(closing)
		switch {
		case r.token == "" && n > 0:
			return r.unexpected()
		case n == 0 && (r.token == "" || r.token == "\n" || r.token == "}"):
			r.found = append(r.found, a)
			return nil
		case r.token == "\n":
			continue
		case r.token == "[":
			closing = append(closing, "]")
		case r.token == "{":
			closing = append(closing, "}")
		case r.token == "(":
			closing = append(closing, ")")
		case r.token == "]" || r.token == "}" || r.token == ")":
			if n == 0 || closing[n-1] != r.token {
				return r.unexpected()
			}
			closing = closing[:n-1]
		}
		a.value = append(a.value, r.token)
	}
}

// named reports whether a token is a name.
func named(token string) bool {
	return token != "" && (token[0] == '_' || unicode.IsLetter(rune(token[0])))
}

// unexpected returns the error for a token that does not belong where it stands.
func (r *reading) unexpected() error {
	what := r.token
	switch what {
	case "":
		what = "the end of the file"
	case "\n":
		what = "the end of the line"
	}
	return r.refused("line %d: %s does not belong here", r.line, report.Clip(what, 40))
}

// refused says why a configuration is not read.
func (r *reading) refused(format string, args ...any) error {
	return fmt.Errorf(format+", so nobody knows whether pint asks a server: write it more plainly, or run pint by itself", args...)
}
