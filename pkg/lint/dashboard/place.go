package dashboard

import (
	"bytes"
	"sort"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// maxShown is how long a line may be to be shown beside a finding. A dashboard that
// a program wrote is often one line.
const maxShown = 400

// file is the text of a dashboard.
type file struct {
	name string
	data []byte
	// marked is set for a file that begins with a byte order mark. The mark belongs to
	// no line, so data is without it.
	marked bool
	// lines are the offsets at which lines begin.
	lines []int
	// text is the scalar of a YAML file that the dashboard is the text of, nil for a
	// file of its own; places is where its bytes stand, nil until somebody asks.
	text   *document.Node
	places *document.Places
}

func newFile(name string, data []byte) *file {
	f := &file{name: name, data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))}
	f.marked, f.lines = len(f.data) < len(data), report.LineStarts(f.data)
	return f
}

// newText is a dashboard that is the text of a scalar.
func newText(n *document.Node) *file {
	f := newFile(n.At.File, []byte(n.Text))
	f.text = n
	return f
}

// whole says what the document is in.
func (f *file) whole() string {
	if f.text != nil {
		return "text"
	}
	return "file"
}

// path is the way to the document in its file, empty where it is the file.
func (f *file) path() string {
	if f.text == nil {
		return ""
	}
	return f.text.Path
}

// inside returns a finding about the bytes start to end of a text in YAML.
func (f *file) inside(start, end int, r report.Finding) report.Finding {
	if f.places == nil {
		f.places = f.text.Places()
	}
	before := len(f.text.Text) - len(f.data) // a byte order mark
	p := f.places.Inside(before+start, before+max(start, end))
	r.File, r.Line, r.Column, r.EndLine, r.EndColumn = p.File, p.Line, p.Column, p.EndLine, p.EndColumn
	r.Snippet = f.text.SourceLine(p.Line)
	return r
}

// place returns line and column of an offset, both counted from 1, the column in
// characters.
func (f *file) place(offset int) (line, column int) {
	offset = min(max(offset, 0), len(f.data))
	line = sort.SearchInts(f.lines, offset+1)
	return line, utf8.RuneCount(f.data[f.lines[line-1]:offset]) + 1
}

// finding returns a finding about the bytes start to end of the file.
func (f *file) finding(start, end int, r report.Finding) report.Finding {
	if f.text != nil {
		return f.inside(start, end, r)
	}
	r.File = f.name
	r.Line, r.Column = f.place(start)
	r.EndLine, r.EndColumn = f.place(max(start, end))
	line := f.data[f.lines[r.Line-1]:]
	if n := bytes.IndexAny(line, "\r\n"); n >= 0 {
		line = line[:n]
	}
	if len(line) <= maxShown && utf8.Valid(line) && bytes.IndexByte(line, 0) < 0 {
		r.Snippet = string(line)
	}
	return r
}

// rawOffset returns where the byte at offset of the decoded string comes from, as
// an offset in the file. The end of the text is the closing quote.
func (v *value) rawOffset(offset int) int {
	raw := v.file.data
	at, end := v.start+1, v.end-1
	for decoded := 0; at < end; {
		from, to := oneRune(raw[at:end])
		if decoded+to > offset {
			return at
		}
		decoded, at = decoded+to, at+from
	}
	return end
}

// oneRune returns how many bytes of a string's text make the next character, and how
// many bytes that has decoded.
func oneRune(raw []byte) (from, to int) {
	if raw[0] != '\\' || len(raw) < 2 {
		r, n := utf8.DecodeRune(raw)
		return n, utf8.RuneLen(r) // a broken byte is decoded as the sign for it
	}
	if raw[1] != 'u' {
		return 2, 1
	}
	r := hex(raw)
	if pair := utf16.DecodeRune(r, hex(raw[min(6, len(raw)):])); utf16.IsSurrogate(r) && pair != utf8.RuneError {
		return 12, utf8.RuneLen(pair)
	}
	if utf16.IsSurrogate(r) {
		r = utf8.RuneError
	}
	return min(6, len(raw)), utf8.RuneLen(r)
}

// hex returns the character that an escape \uXXXX stands for, and the sign for a
// broken one where there is none.
func hex(raw []byte) rune {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return utf8.RuneError
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

// textPlace is the place of a string of the document, or of one that was made of it
// by putting something in place of variables.
type textPlace struct {
	of     *value
	pieces []piece
}

func (p textPlace) FindingInside(start, end int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	from, _ := origin(p.pieces, start)
	to := from
	if end > start {
		_, to = origin(p.pieces, end-1)
	}
	rawStart := p.of.rawOffset(from)
	// Where something is missing at the end, the closing quote is pointed at.
	return p.of.file.finding(rawStart, max(p.of.rawOffset(to), rawStart+1), report.Finding{
		Rule: rule, Severity: severity, Service: service, Message: message, Suggestion: suggestion, Path: p.of.path(),
	})
}

// text returns a string as expressions are checked.
func (v *value) asText() rulefile.Text {
	return rulefile.Text{V: v.text, Path: v.path(), Place: textPlace{of: v}}
}
