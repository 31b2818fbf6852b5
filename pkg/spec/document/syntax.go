package document

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/report"
)

// mistake is something that is wrong at a place of the file.
type mistake struct {
	at int // offset
	// width is the number of characters that are wrong, 0 when that is not known.
	width              int
	rule, message, fix string
}

// mistake reports one. Those without a rule are errors of syntax.
func (c *converter) mistake(m mistake) report.Finding {
	if m.rule == "" {
		m.rule, m.message = RuleSyntax, "invalid YAML: "+m.message
	}
	line, column := c.file.place(m.at)
	f := c.at(line, column, m.rule, m.message, m.fix)
	if m.width > 0 {
		f.EndLine, f.EndColumn = line, column+m.width
	}
	return f
}

// failure is what the library says about a file, and what we know of the file
// beside it.
type failure struct {
	file *source
	// text is the library's message without its line.
	text string
	// line is where the value begins that it was reading, or where it stopped,
	// by our count.
	line int
	// read is how far it had read: the mistake is not behind it.
	read int
	scan *scan
}

// syntax turns the library's error, which holds a line in its text and no
// column, into a finding at the mistake that says what to do about it.
func (c *converter) syntax() report.Finding {
	f := c.failure()
	for _, explain := range []func(failure) (mistake, bool){
		tooManyLevels, unknownAnchor, unclosedQuote, wrongTab, wrongEscape, wrongSign, tagMistake,
		brokenBrackets, wrongColon, missingColon, wrongDash, wrongBlock, unexpected,
	} {
		if m, ok := explain(f); ok {
			return c.mistake(m)
		}
	}
	return c.mistake(mistake{at: f.textOf(f.line), message: f.text, fix: "correct the YAML at or just above this line"})
}

// padding goes in front of a file that is read again to learn about its mistake.
// The library takes a line of 0 for an unknown one and then names another.
const padding = "#\n"

// failure reads the file again, line by line, to learn where the library stops.
func (c *converter) failure() failure {
	r := &lineReader{data: append([]byte(padding), c.file.data...)}
	line, text := splitError(firstError(r))
	if !ofParser(text) {
		line--
	}
	f := failure{file: c.file, text: text, read: max(0, r.at-len(padding)), scan: newScan(c.file.data, len(c.file.data), true)}
	f.line, _ = c.file.fromLibrary(max(1, line), 1)
	return f
}

// ofParser reports whether an error comes from the library's parser, whose lines
// count from 0. Those of its scanner count from 1.
func ofParser(text string) bool {
	for _, start := range []string{
		"did not find expected key", "did not find expected '-' indicator", "did not find expected ',' or",
		"did not find expected node content", "did not find expected <", "found undefined tag handle",
		"found duplicate %", "found incompatible YAML document",
	} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

var errorLine = regexp.MustCompile(`^line (\d+): (.*)$`)

func splitError(err error) (line int, text string) {
	if err == nil {
		return 0, "the file cannot be read"
	}
	text = strings.TrimPrefix(err.Error(), "yaml: ")
	if m := errorLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	return line, text
}

// firstError returns what the library says about a file, nil when it can read it.
func firstError(r io.Reader) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the YAML parser gave up on this file")
		}
	}()
	dec := yaml.NewDecoder(r)
	for {
		var n yaml.Node
		if err := dec.Decode(&n); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// lineReader hands out one line at a time, so that it knows how far it was read.
type lineReader struct {
	data []byte
	at   int
}

func (r *lineReader) Read(p []byte) (int, error) {
	if r.at >= len(r.data) {
		return 0, io.EOF
	}
	rest := r.data[r.at:]
	if i := bytes.IndexAny(rest, "\r\n"); i >= 0 {
		rest = rest[:i+1]
	}
	n := copy(p, rest)
	r.at += n
	return n, nil
}

// start returns the offset of a line, and that of the file's end behind the last.
func (f failure) start(line int) int { return f.file.offset(line, 1) }

func (f failure) lineOf(offset int) int {
	line, _ := f.file.place(offset)
	return line
}

// textOf returns the offset of the first character of a line that is not white.
func (f failure) textOf(line int) int {
	text := f.file.line(line)
	return f.start(line) + len(text) - len(strings.TrimLeft(text, " \t"))
}

// first returns the first mark of some signs in a line.
func (f failure) first(line int, signs string) (mark, bool) {
	i := slices.IndexFunc(f.scan.marks, func(m mark) bool {
		return strings.IndexByte(signs, m.sign) >= 0 && f.lineOf(m.start) == line
	})
	if i < 0 {
		return mark{}, false
	}
	return f.scan.marks[i], true
}

// maxSearched is the size of the largest part of a file that is read again and
// again to find a mistake.
const maxSearched = 1 << 20

// problem returns the offset of what the library's parser did not expect. That
// is the end of the shortest beginning of the file with the same error, as the
// parser reads some way ahead and names only where the collection begins.
func (f failure) problem() int {
	low, high := f.start(f.line), f.read
	if high > maxSearched || !f.same(high) {
		return f.textOf(f.lineOf(max(0, high-1)))
	}
	// It is most often near the end of what was read.
	for step := 32; high-step > low; step *= 2 {
		if !f.same(high - step) {
			low = high - step
			break
		}
		high -= step
	}
	for low+1 < high {
		if middle := (low + high) / 2; f.same(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return f.wordAt(max(0, high-1))
}

// wordAt returns where the word begins that has a byte at an offset: behind white
// space, a quote or a bracket.
func (f failure) wordAt(at int) int {
	ends := map[int]bool{}
	for _, k := range f.scan.marks {
		ends[k.end] = ends[k.end] || strings.IndexByte("\"'[{", k.sign) >= 0
	}
	for at > 0 && !space(f.file.data[at-1]) && !ends[at] {
		at--
	}
	return at
}

// same reports whether the beginning of a file has the same mistake. It ends with
// a whole character.
func (f failure) same(end int) bool {
	for end < len(f.file.data) && !utf8.RuneStart(f.file.data[end]) {
		end++
	}
	_, text := splitError(firstError(io.MultiReader(strings.NewReader(padding), bytes.NewReader(f.file.data[:end]))))
	return text == f.text
}
