// Package document reads YAML written by strangers into trees in which every
// value knows its file, line, column and path, within limits of size, depth and
// aliases. It is the only package that touches the YAML library.
package document

import (
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// Kind is what a node holds.
type Kind uint8

// The kinds of nodes. Scalars are told apart by YAML 1.2's core rules, so yes,
// on and 0o7-less octals are strings or numbers as written, never booleans.
const (
	Null Kind = iota
	String
	Int
	Float
	Bool
	Sequence
	Mapping
)

// String returns the kind as a user would call it.
func (k Kind) String() string {
	switch k {
	case Null:
		return "nothing (null)"
	case String:
		return "text"
	case Int, Float:
		return "a number"
	case Bool:
		return "true or false"
	case Sequence:
		return "a list"
	case Mapping:
		return "a mapping"
	}
	return "an unknown value"
}

// Scalar reports whether a node of the kind has Text.
func (k Kind) Scalar() bool { return k != Sequence && k != Mapping }

// Node is one value of a document. Nodes that an alias repeats are shared, so a
// tree must be copied before it is changed.
type Node struct {
	Kind Kind
	// Text is a scalar's text, decoded. For Null it is empty.
	Text string
	// Quoted is set for a scalar in quotes and for a block scalar.
	Quoted bool
	Fields []Field
	Items  []*Node
	// At is where the value begins.
	At report.Position
	// Path is the way from the root: resources[2].spec.objective. It is empty
	// for the root.
	Path string

	file  *source
	style style
	// shared is set for what an anchor or an alias repeats, or may; covers for what
	// stands over another value that << would bring.
	shared, covers bool
	// made says how Text was made by substitution; nil when nothing was.
	made *substitution
}

// substitution is the decoded text of a scalar before it, and the segments that
// its Text is made of now.
type substitution struct {
	raw      string
	segments []Segment
}

// Field is one key of a mapping. Keys are always text.
type Field struct {
	Key   string
	KeyAt report.Position
	Value *Node

	style style // of the key
}

// With returns the field with another value.
func (f Field) With(value *Node) Field {
	f.Value = value
	return f
}

// Segment is a run of the substituted text. Literal runs stand in the raw text
// byte for byte from Raw on; others replace the raw bytes Raw to RawEnd whole.
type Segment struct {
	Text    string
	Raw     int
	RawEnd  int
	Literal bool
}

// Get returns the value of a key, or nil. It may be called on nil and on nodes
// that are no mapping.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Fields {
		if n.Fields[i].Key == key {
			return n.Fields[i].Value
		}
	}
	return nil
}

// Has reports whether a mapping has a key, with null or any other value.
func (n *Node) Has(key string) bool { return n.Get(key) != nil }

// Covers reports whether a value of a mapping stands over another one that << would
// bring, so that leaving it out says something else.
func (n *Node) Covers() bool { return n != nil && n.covers }

// IsNull reports whether a value is absent or null.
func (n *Node) IsNull() bool { return n == nil || n.Kind == Null }

// List returns the items of a list. One value stands for a list of it, and nothing for
// an empty one; false for a mapping.
func (n *Node) List() ([]*Node, bool) {
	switch {
	case n.IsNull():
		return nil, true
	case n.Kind == Sequence:
		return n.Items, true
	case n.Kind.Scalar():
		return []*Node{n}, true
	}
	return nil, false
}

// Raw returns a scalar's text as it was before substitution.
func (n *Node) Raw() string {
	if n.made != nil {
		return n.made.raw
	}
	return n.Text
}

// Substituted returns a copy of a scalar whose text is made of the segments.
// Inside still finds the place in the file.
func (n *Node) Substituted(segments []Segment) *Node {
	c := *n
	c.made = &substitution{raw: n.Raw(), segments: segments}
	var b strings.Builder
	for _, s := range segments {
		b.WriteString(s.Text)
	}
	c.Text = b.String()
	return &c
}

// SourceLine returns a line of the node's file, counted from 1, without its
// line break; empty when there is none or when it is too long to be shown.
func (n *Node) SourceLine(line int) string {
	if n == nil || n.file == nil {
		return ""
	}
	return n.file.shown(line)
}

// Inside returns the place in the file of the bytes start to end of Text. A
// range inside a substituted variable is the whole ${variable}. Offsets outside
// of the text are moved to its ends. White space at the end of the text is no
// place of its own, as it may be line breaks that belong to no line of the text:
// a range that begins there is the one column behind the last visible character. One
// that begins in white space at the beginning begins behind it.
func (n *Node) Inside(start, end int) report.Position {
	if n == nil || n.file == nil || !n.Kind.Scalar() {
		return report.Position{}
	}
	return n.inside(start, end, n.locate)
}

// inside is Inside with what tells the places of all bytes of the text.
func (n *Node) inside(start, end int, all func() []place) report.Position {
	visible := strings.TrimRightFunc(n.Text, white)
	if visible == "" || n.Raw() == "" {
		return n.At
	}
	// Nor is it one at the beginning, where a block may be indented deeper than it says.
	start = max(start, len(n.Text)-len(strings.TrimLeftFunc(n.Text, white)))
	if start >= len(visible) {
		return n.behind(len(visible), all)
	}
	end = max(start, min(end, len(visible)))
	rawStart, rawEnd := n.rawRange(start, end)
	if shown := strings.TrimRightFunc(n.Raw()[rawStart:rawEnd], white); shown != "" {
		rawEnd = rawStart + len(shown)
	}
	places := all()
	first := places[min(rawStart, len(places)-1)]
	p := report.Position{File: n.At.File, Line: first.line, Column: first.column}
	if rawEnd > rawStart {
		last := places[min(rawEnd, len(places))-1]
		p.EndLine, p.EndColumn = last.line, last.column+last.width
	}
	return p
}

// InsideKey returns the place in the file of the bytes start to end of the key of one
// of a mapping's fields.
func (n *Node) InsideKey(f Field, start, end int) report.Position {
	return n.key(f).Inside(start, end)
}

// key returns the key of one of a mapping's fields as a value.
func (n *Node) key(f Field) *Node {
	return &Node{Kind: String, Text: f.Key, At: f.KeyAt, file: n.file, style: f.style}
}

// behind returns the column behind the byte in front of an offset.
func (n *Node) behind(offset int, all func() []place) report.Position {
	last := n.inside(offset-1, offset, all)
	if last.EndLine == 0 { // the byte came from nothing in the file
		return last
	}
	return report.Position{File: last.File, Line: last.EndLine, Column: last.EndColumn, EndLine: last.EndLine, EndColumn: last.EndColumn + 1}
}

// rawRange returns the bytes of the raw text that a range of Text was made of.
func (n *Node) rawRange(start, end int) (rawStart, rawEnd int) {
	if n.made == nil {
		return start, end
	}
	rawStart, _ = rawOffset(n.made.segments, start)
	if end <= start {
		return rawStart, rawStart
	}
	_, rawEnd = rawOffset(n.made.segments, end-1)
	return rawStart, rawEnd
}

// rawOffset returns the raw bytes that the byte at offset of the substituted
// text came from, as a half-open range.
func rawOffset(segments []Segment, offset int) (start, end int) {
	at := 0
	for _, s := range segments {
		if offset < at+len(s.Text) {
			if s.Literal {
				return s.Raw + offset - at, s.Raw + offset - at + 1
			}
			return s.Raw, s.RawEnd
		}
		at += len(s.Text)
	}
	if len(segments) == 0 {
		return 0, 0
	}
	end = segments[len(segments)-1].RawEnd
	return end, end
}

// NewScalar returns a scalar that stands for another value: it has that value's
// place and path, and its own text.
func NewScalar(like *Node, kind Kind, text string) *Node {
	return &Node{Kind: kind, Text: text, At: like.At, Path: like.Path}
}

// NewMapping returns a mapping of existing values, placed where another value
// stands.
func NewMapping(like *Node, fields ...Field) *Node {
	return &Node{Kind: Mapping, Fields: fields, At: like.At, Path: like.Path, file: like.file}
}

// NewSequence returns a list of existing values, placed where another value
// stands.
func NewSequence(like *Node, items ...*Node) *Node {
	return &Node{Kind: Sequence, Items: items, At: like.At, Path: like.Path, file: like.file}
}

// Moved returns a copy of a tree in which every value has one place and path,
// for text that stands in no file of the user's.
func (n *Node) Moved(to *Node) *Node {
	c := *n
	c.At, c.Path, c.file = to.At, to.Path, nil
	c.Fields = make([]Field, len(n.Fields))
	for i, f := range n.Fields {
		c.Fields[i] = Field{Key: f.Key, KeyAt: to.At, Value: f.Value.Moved(to)}
	}
	c.Items = make([]*Node, len(n.Items))
	for i, item := range n.Items {
		c.Items[i] = item.Moved(to)
	}
	return &c
}
