// Package suppress leaves findings out that comments in the files ask to leave out:
// ours, those of pint and those of promruval. A comment comes with the change that
// it is about, so it never reaches a rule that the organisation has locked, and what
// it leaves out is counted.
package suppress

import (
	"bytes"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Options say which comments count.
type Options struct {
	// Now decides whether a snooze is over. With the zero time none is.
	Now time.Time
	// Locked are the ids of rules that no comment switches off.
	Locked []string
	// Ran reports whether a rule was looked for, so that a comment without a
	// finding is one too many. With nil none was.
	Ran func(rule string) bool
	// Names are the names that configurations of promruval give their rules, and the
	// ids of what each of them validates. The messages of their findings name them.
	Names map[string][]string
}

// File is the comments of one file.
type File struct {
	name     string
	comments []scoped
	hidden   []span
	blank    bool
	outline  outline
	owners   []owner
}

// scoped is a comment and the lines that it is about, which is the zero span where
// it is about nothing.
type scoped struct {
	directive
	about span
	used  map[string]bool
}

// Read reads the comments of a file, and returns nil for one without any that are
// meant for a linter. The name is the one that findings have.
func Read(name string, data []byte) *File {
	if !mayHold(data) {
		return nil
	}
	f, remarks := &File{name: name, hidden: hiddenLines(data)}, map[int]bool{}
	comments := document.Comments(data)
	for _, c := range comments {
		if c.Own {
			remarks[c.Line] = true
		}
	}
	f.outline = newOutline(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), remarks)
	for _, c := range comments {
		if f.own(c.Text, c.Line, c.Column, c.Own) {
			continue
		}
		if d, ok := parse(c.Text); ok {
			d.line, d.column = c.Line, c.Column
			f.add(d, f.scope(d, c.Own))
		}
	}
	return f
}

// mayHold reports whether a file may hold a comment for a linter. Most hold none.
func mayHold(data []byte) bool {
	for _, word := range []string{"pint ", "pint\t", promruvalMark, disabledRules} {
		if bytes.Contains(data, []byte(word)) {
			return true
		}
	}
	begins := func(text []byte, name string) bool {
		return len(text) >= len(name) && strings.EqualFold(string(text[:len(name)]), name)
	}
	for {
		_, data, _ = bytes.Cut(data, []byte("#"))
		if len(data) == 0 {
			return false
		}
		if text := bytes.TrimLeft(data, "#!@ \t"); begins(text, "nthlayer") || begins(text, "pint") {
			return true
		}
	}
}

func (f *File) add(d directive, about span) {
	f.comments = append(f.comments, scoped{directive: d, about: about, used: map[string]bool{}})
}

// scope returns the lines that a comment is about: what begins in its line, or in
// the next one when it has its line to itself. Comments of other tools are about
// the whole rule, and those of promruval about the group where they stand at one.
func (f *File) scope(d directive, own bool) span {
	at := d.line
	if own {
		at = f.outline.next(d.line)
	}
	switch {
	case d.whole:
		return span{1, len(f.outline.lines)}
	case d.foreign == pint:
		return f.ruleNear(d, own)
	case d.foreign == promruval && !own:
		return f.outline.item(at)
	case d.foreign == promruval:
		return f.promruvalScope(d, at)
	case at == 0 || own && f.outline.lines[at].indent < d.column-1 || strings.HasPrefix(f.outline.lines[at].key, "---"):
		return span{}
	}
	return f.outline.object(at)
}

// promruvalScope returns the rule or the group around a comment. Behind the last line
// of a rule it is still about that rule.
func (f *File) promruvalScope(d directive, at int) span {
	lines := f.outline.lines
	if at == 0 || lines[at].indent < d.column-1 {
		s := f.outline.rule(f.outline.above(d.line))
		if s == (span{}) || lines[s.from].indent >= d.column-1 {
			return span{}
		}
		return s
	}
	if strings.HasPrefix(lines[at].key, "---") {
		at = max(at, f.outline.next(at)) // it is about the document
	}
	if s := f.outline.item(at); s != (span{}) {
		return s
	}
	return f.outline.object(at)
}

// ruleNear returns the rule that a comment of pint is about. pint takes it from its YAML
// library: the rule around a comment, else the one below it, also behind empty lines.
// Between two rules a comment that is indented otherwise than the lower one, and not
// parted from it, belongs to the upper one.
func (f *File) ruleNear(d directive, own bool) span {
	o, indent := f.outline, d.column-1
	if !own {
		return o.rule(d.line)
	}
	below, above := o.lines[d.line].after, o.rule(o.lines[d.line].before)
	switch {
	case below == 0:
		if o.above(d.line) > 0 && o.lines[above.from].indent < indent {
			return above
		}
	case o.lines[below].indent < indent && o.lines[above.from].indent <= indent && above != (span{}):
		return above
	case o.lines[below].indent > indent && o.next(d.line) > 0 && above != (span{}):
		return above
	}
	return o.rule(below)
}

// disabledRules is the annotation in which promruval is told what to leave out.
const disabledRules = "disabled_validation_rules"

// Rule adds the comments inside a rule's expression, and the annotation that
// promruval reads.
func (f *File) Rule(r *rulefile.Rule) {
	f.Expression(r.Expr)
	for _, a := range r.Annotations {
		if a.Key.V != disabledRules {
			continue
		}
		d, ok := parse(promruvalMark + " " + strings.ReplaceAll(a.Value.V, "\n", " "))
		at := a.Key.At()
		if ok && f.inside(at.Line) {
			d.line, d.column, d.text, d.annotation = at.Line, at.Column, disabledRules+": "+a.Value.V, true
			f.add(d, f.outline.item(at.Line))
		}
	}
}

// Blank notes that the lines which comments of pint hide could not be read.
func (f *File) Blank() { f.blank = true }

// Expression adds the comments inside a PromQL expression, which YAML knows
// nothing of.
func (f *File) Expression(t rulefile.Text) {
	if f == nil || !strings.Contains(t.V, "#") {
		return
	}
	whole := t.At()
	if whole.File != f.name || !f.inside(whole.Line) {
		return
	}
	t = t.Remembered()
	for _, c := range promqlComments(t.V) {
		d, ok := parse(t.V[c.from+1 : c.to])
		if !ok {
			continue
		}
		at := t.Inside(c.from, c.to)
		d.line, d.column = at.Line, at.Column
		about := span{whole.Line, max(whole.Line, whole.EndLine)}
		if d.foreign != ours {
			about = f.outline.item(min(whole.Line, len(f.outline.lines)-1))
		}
		f.add(d, about)
	}
}

func (f *File) inside(line int) bool { return line > 0 && line < len(f.outline.lines) }

// promqlComments returns the ranges of the comments of an expression, which begin
// with # outside of quotes.
func promqlComments(expr string) []span {
	var out []span
	quote := byte(0)
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '#':
			end := strings.IndexByte(expr[i:], '\n')
			if end < 0 {
				end = len(expr) - i
			}
			out = append(out, span{i, i + end})
			i += end
		}
	}
	return out
}
