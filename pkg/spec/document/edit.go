package document

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/nthlayer/action/pkg/report"
)

// Edit returns the change of the file that puts text in place of a range of bytes of
// a scalar's Text. It refuses where the change would reach further than the
// scalar, as with anchors, or where the bytes stand in no file, or in another
// writing, as with escapes and over several lines: that is the writer's.
func (n *Node) Edit(from, to int, text string) (report.Edit, bool) {
	return n.edit(from, to, text, n.locate)
}

// edit is Edit with what tells the places of all bytes of the text.
func (n *Node) edit(from, to int, text string, all func() []place) (report.Edit, bool) {
	if n == nil || n.file == nil || n.shared || !n.Kind.Scalar() || from < 0 || from > to || to > len(n.Text) || strings.ContainsFunc(text, unicode.IsControl) {
		return report.Edit{}, false
	}
	rawFrom, rawTo, ok := n.unsubstituted(from, to)
	if !ok {
		return report.Edit{}, false
	}
	places := all()
	if len(places) == 0 {
		return report.Edit{}, false
	}
	e := report.Edit{Text: encode(text, n.style), Kind: report.EditValue, Line: n.At.Line, Column: n.At.Column, From: rawFrom, To: rawTo, Value: text}
	switch {
	case rawFrom < rawTo:
		e.Start, e.End = places[rawFrom].start, places[rawTo-1].end
	case rawFrom < len(places):
		e.Start, e.End = places[rawFrom].start, places[rawFrom].start
	default:
		e.Start, e.End = places[len(places)-1].end, places[len(places)-1].end
	}
	if string(n.file.data[e.Start:e.End]) != encode(n.Raw()[rawFrom:rawTo], n.style) {
		return report.Edit{}, false // escapes and line breaks would be lost
	}
	return n.file.moved(e), true
}

// unsubstituted returns the bytes of the raw text that a range of Text is, if none of it
// came from a variable.
func (n *Node) unsubstituted(from, to int) (rawFrom, rawTo int, ok bool) {
	if n.made == nil {
		return from, to, true
	}
	at := 0
	for _, s := range n.made.segments {
		if s.Literal && from >= at && to <= at+len(s.Text) {
			return s.Raw + from - at, s.Raw + to - at, true
		}
		at += len(s.Text)
	}
	return 0, 0, false
}

// encode writes text as it stands inside a scalar of a style.
func encode(text string, st style) string {
	switch st {
	case singleQuoted:
		return strings.ReplaceAll(text, "'", "''")
	case doubleQuoted:
		return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
	case plain, literal, folded:
	}
	return text
}

// moved counts the offsets of an edit with the byte order mark, and adds their lines
// and columns, which know none.
func (s *source) moved(e report.Edit) report.Edit {
	e.StartLine, e.StartColumn = s.place(e.Start)
	e.EndLine, e.EndColumn = s.place(e.End)
	e.Start, e.End = e.Start+s.mark, e.End+s.mark
	return e
}

// RenameKey returns the change of the file that gives a field another key. It
// refuses for a key that is not written plainly, or in several places at once.
func RenameKey(f Field, key string) (report.Edit, bool) {
	n := f.Value
	if n == nil || n.file == nil || n.shared || !plainKey.MatchString(key) || !plainKey.MatchString(f.Key) || f.KeyAt.File != n.At.File {
		return report.Edit{}, false
	}
	start := n.file.offset(f.KeyAt.Line, f.KeyAt.Column)
	if start < len(n.file.data) && (n.file.data[start] == '"' || n.file.data[start] == '\'') {
		start++
	}
	if !bytes.HasPrefix(n.file.data[start:], []byte(f.Key)) {
		return report.Edit{}, false
	}
	e := report.Edit{Start: start, End: start + len(f.Key), Text: key, Kind: report.EditKey, Line: f.KeyAt.Line, Column: f.KeyAt.Column, Value: key}
	return n.file.moved(e), true
}

// FixKey returns the fix that gives a field of a mapping the key that was meant, why
// there is none where one is near, and nil otherwise.
func FixKey(n *Node, f Field, known []string) *report.Fix {
	near := report.Nearest(f.Key, known)
	if near == "" {
		return nil
	}
	if n.Has(near) {
		return &report.Fix{Why: near + " is there already"}
	}
	if other := n.rival(f, near, known); other != "" {
		return &report.Fix{Why: other + " may mean " + near + " too"}
	}
	if edit, ok := Misspelt(n, f, known); ok {
		return &report.Fix{Edits: []report.Edit{edit}}
	}
	return &report.Fix{Why: "another name is as near, or an anchor repeats the key"}
}

// rival returns another key of a mapping that may be meant to be the same known one.
func (n *Node) rival(f Field, near string, known []string) string {
	for _, g := range n.Fields {
		if g.Key != f.Key && !slices.Contains(known, g.Key) && report.Nearest(g.Key, known) == near {
			return g.Key
		}
	}
	return ""
}

// Misspelt returns the change that gives a field of a mapping the key that was
// meant. It refuses unless one of the known keys alone is nearest, which the mapping
// does not have yet and which no other key of it may mean.
func Misspelt(n *Node, f Field, known []string) (report.Edit, bool) {
	near := report.Nearest(f.Key, known)
	if near == "" || n.Has(near) || n.rival(f, near, known) != "" {
		return report.Edit{}, false
	}
	distance := report.Distance(f.Key, near, len(f.Key))
	for _, other := range known {
		if other != near && report.Distance(f.Key, other, distance) <= distance {
			return report.Edit{}, false
		}
	}
	return RenameKey(f, near)
}

// plainKey is a key that means the same in quotes and without.
var plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ownLine is what stands in front of a value that has a line to itself with its
// key.
var ownLine = regexp.MustCompile(`^ +["']?[A-Za-z_]+["']? *: +$`)

// RemoveLine returns the change of the file that removes a scalar with its key. It
// refuses, and says why, unless the two have a line to themselves without a comment, and
// no comment stands above them, which would stand above the next key then.
func (n *Node) RemoveLine() (report.Edit, error) {
	switch {
	case n == nil || n.file == nil || !n.Kind.Scalar():
		return report.Edit{}, errors.New("the value stands in no file")
	case n.shared:
		return report.Edit{}, errors.New("an anchor repeats it")
	}
	start, next := n.file.lines[n.At.Line-1], len(n.file.data)
	if n.At.Line < len(n.file.lines) {
		next = n.file.lines[n.At.Line]
	}
	at := n.file.offset(n.At.Line, n.At.Column)
	value := strings.TrimSpace(string(n.file.data[at:next]))
	switch {
	case n.style.block() || len(bytes.Trim(n.file.data[start:at], " \t:")) == 0 || !strings.Contains(value, n.Raw()):
		return report.Edit{}, errors.New("the key and its value do not stand in one line")
	case strings.Contains(value, " #"):
		return report.Edit{}, errors.New("a comment stands in its line")
	case strings.Trim(value, `"'`) != n.Raw() || !ownLine.Match(n.file.data[start:at]):
		return report.Edit{}, errors.New("its line holds more than the key and the value")
	case n.file.commented(n.At.Line):
		return report.Edit{}, errors.New("the comment above it would stand at the next key")
	}
	return n.file.moved(report.Edit{Start: start, End: next, Kind: report.EditRemove, Line: n.At.Line, Column: n.At.Column}), nil
}

// commented reports whether a comment stands right above a line. One that is indented
// deeper belongs to what is above, or is text of a block.
func (s *source) commented(line int) bool {
	indent := func(text []byte) int { return len(text) - len(bytes.TrimLeft(text, " ")) }
	above := s.within(line - 1)
	return bytes.HasPrefix(bytes.TrimLeft(above, " \t"), []byte("#")) && indent(above) <= indent(s.within(line))
}
