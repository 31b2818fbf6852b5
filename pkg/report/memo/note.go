package memo

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"io"
	"regexp"
	"strings"
)

// Note is what a comment carries from one run to the next.
type Note struct {
	// Now is what the comment tells.
	Now Verdict `json:"now"`
	// Since is what Now was compared with, nil for nothing. A further run for the
	// same commit compares with it again, so that its comment says the same.
	Since *Verdict `json:"since,omitempty"`
}

// Before returns what a report about a commit has to be compared with when this
// note is what a comment carries so far: what the comment tells of another commit,
// or what it was compared with itself when it is about the same one. It is nil for
// nothing.
func (n Note) Before(sha string) *Verdict {
	before := &n.Now
	if n.Now.SHA == sha {
		before = n.Since
	}
	if before == nil || before.SHA == sha {
		return nil
	}
	return before
}

// MaxLine is the most bytes that Line returns. A comment has 60,000 for people.
const MaxLine = 2048

// maxJSON bounds what a line may unpack to: a few hundred bytes of deflate can
// hold a thousand times as much.
const maxJSON = 64 << 10

const (
	lineStart = "<!-- nthlayer:verdict v=1 "
	lineEnd   = " -->"
)

// encoding has no hyphen in its alphabet: two of them may not stand inside of a
// comment in HTML.
var encoding = base64.RawStdEncoding

// pack is what the hidden line looks like. A line of another version is none of
// ours, and is passed over.
var pack = regexp.MustCompile(`^` + lineStart + `([A-Za-z0-9+/]+)` + lineEnd + `$`)

// steps are the cuts of Now and Since, one after the other until the line is short
// enough. The older verdict gives way first, and the totals of both always fit.
func steps() [][2]Cut {
	return [][2]Cut{
		{CutNothing, CutNothing},
		{CutNothing, CutObjectives},
		{CutNothing, CutMissing},
		{CutNothing, CutPassing},
		{CutObjectives, CutPassing},
		{CutMissing, CutPassing},
		{CutPassing, CutPassing},
		{CutPassing, CutServices},
		{CutServices, CutServices},
	}
}

// Line returns the note as one hidden line of Markdown without a line break, of at
// most MaxLine bytes. What does not fit is left out in the order of the cuts. It is
// empty for a note that Parse would not take, as one without a commit.
func (n Note) Line() string {
	for _, step := range steps() {
		short := n.cut(step[0], step[1])
		if line := short.line(); line != "" && len(line) <= MaxLine {
			return line
		}
	}
	return ""
}

// cut makes the cuts that were not made by then.
func (n Note) cut(now, since Cut) Note {
	out := Note{Now: n.Now.cut(max(now, n.Now.Cut))}
	if n.Since != nil {
		before := n.Since.cut(max(since, n.Since.Cut))
		out.Since = &before
	}
	return out
}

// line is empty for a note that is too long or not valid.
func (n Note) line() string {
	text, err := json.Marshal(n)
	if err != nil || len(text) > maxJSON || !n.valid() {
		return ""
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return ""
	}
	if _, err := w.Write(text); err != nil {
		return ""
	}
	if err := w.Close(); err != nil {
		return ""
	}
	return lineStart + encoding.EncodeToString(b.Bytes()) + lineEnd
}

// Parse reads the note in the first line of a text. It is false for everything
// that Line does not write: a reader who gets no comparison misses little, one who
// gets an invented one is misled.
func Parse(text string) (Note, bool) {
	line, _, _ := strings.Cut(text, "\n")
	if len(line) > MaxLine {
		return Note{}, false
	}
	found := pack.FindStringSubmatch(line)
	if found == nil {
		return Note{}, false
	}
	packed, err := encoding.DecodeString(found[1])
	if err != nil {
		return Note{}, false
	}
	plain, ok := unpack(packed)
	if !ok {
		return Note{}, false
	}
	return read(plain)
}

// read takes what a line holds, when it is exactly what Line would have written.
func read(plain []byte) (Note, bool) {
	var n Note
	if err := json.Unmarshal(plain, &n); err != nil || !n.valid() {
		return Note{}, false
	}
	// There is one way to write a note. Unknown and repeated keys, blanks, details
	// beyond the cut that is named and all else that is odd are not it.
	again, err := json.Marshal(n.cut(CutNothing, CutNothing))
	return n, err == nil && bytes.Equal(again, plain)
}

// unpack returns what one deflate stream holds, unless it is too much or something
// stands behind it.
func unpack(packed []byte) ([]byte, bool) {
	in := bytes.NewReader(packed)
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(in), maxJSON+1))
	return plain, err == nil && len(plain) <= maxJSON && in.Len() == 0
}
