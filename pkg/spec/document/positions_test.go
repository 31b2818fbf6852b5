package document

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// FuzzPositions takes a file and one character of a text in it, writes another
// letter over it where the mapper says that it stands, and demands that this text
// has the letter there and that all else says what it said. That is the truth about
// a place, however a text is written.
func FuzzPositions(f *testing.F) {
	for _, file := range positionSeeds() {
		for _, pick := range []uint16{0, 3, 7, 11, 19} {
			f.Add([]byte(file), pick)
			f.Add([]byte(byteOrderMark+strings.ReplaceAll(file, "\n", "\r\n")), pick)
			f.Add([]byte(strings.ReplaceAll(file, "\n", "\r")), pick)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, pick uint16) {
		if len(data) > 4<<10 {
			t.Skip("larger files say nothing new")
		}
		docs, findings := Parse("a.yaml", data, ServiceLimits())
		if len(findings) > 0 {
			t.Skip("this file is refused")
		}
		if bytes.Contains(newSource(data).data, []byte(byteOrderMark)) {
			t.Skip("what a mark in the middle means depends on what stands around it")
		}
		visible := visibleCharacters(docs)
		for _, n := range scalarsOf(docs) {
			if err := soundPlaces(n); err != nil {
				t.Fatalf("%v in\n%q", err, data)
			}
		}
		if len(visible) == 0 {
			t.Skip("there is no visible character")
		}
		if err := overwritten(data, docs, visible[int(pick)%len(visible)]); err != nil {
			t.Fatalf("%v in\n%q", err, data)
		}
	})
}

// positionSeeds are texts in every style, with what makes a style hard.
func positionSeeds() []string {
	return []string{
		"q: sum(rate(x[5m])) > 0.5\n",
		"q: sum(x)\n  / sum(y)\n\n  > 5 # why\nr: 1\n",
		"q: 'it''s\n\n  a ''quote''  \n  here'\n",
		`q: "a\n\"b\" \u00e9 \x41 \\ \U0001F600 c"` + "\n",
		"q: \"a \\\n   b\\n\\\n  \\  c\n\n   d\\t\"\n",
		"q: |\n  sum(x)\n    / sum(y)\n\n  > 5\n",
		"q: |-\n\n  \n  sum(x)\n  # no comment\n  y\n\n\n",
		"q: |+\n  a\n\n\nr: 2\n",
		"q: |2\n    a\n   b\n  c\n",
		"q: >\n  a b\n  c\n\n  d\n    more\n\n    indented\n  e\n",
		">- # head\n  a\n\n\n   b\n",
		"- &x a b\n- *x\n- &y !!str |\n  c\n- {k: *y, l: &z \"m\\\nn\"}\n",
		"{a: b c, 'd': 'e''f', \"g\": \"h\\\"i\",\n  j: k\n    l, m: [n, o\n p]}\n",
		"? |\n  key\n: - |\n   v\n  - >2\n     w\n",
		"q: \"目標\U0001F600\tx\"\nr: 目 > 1\n",
		"q:\n\t\"a\"\nr: |\n  \tb\tc\n",
		"--- |\n a\n--- >\n b\n c\n...\n--- \"d\"\n",
		"q: a\u2028 b\nr: \"c\u0085 d\"\ns: |\n  e\u2029f\n",
		"base: &b\n  expr: up\nx:\n  <<: *b\n  expr2: 'a'\n",
	}
}

// character is a visible character of a text.
type character struct {
	node   *Node
	offset int
	rune   rune
}

// glued reports whether a text stands right behind an anchor, so that its first
// character could not be a letter.
func (n *Node) glued() bool {
	if n.style != plain || n.Text == "" {
		return false
	}
	first := n.file.locate(n.At, n.style, n.Text)[0].start
	return first > n.file.offset(n.At.Line, n.At.Column) && !white(rune(n.file.data[first-1]))
}

func scalarsOf(docs []*Node) (out []*Node) {
	var walk func(*Node)
	walk = func(n *Node) {
		if n.Kind.Scalar() {
			out = append(out, n)
		}
		for _, f := range n.Fields {
			walk(f.Value)
		}
		for _, item := range n.Items {
			walk(item)
		}
	}
	for _, n := range docs {
		walk(n)
	}
	return out
}

func visibleCharacters(docs []*Node) (out []character) {
	for _, n := range scalarsOf(docs) {
		for i, r := range n.Text {
			if !white(r) && (i > 0 || !n.glued()) {
				out = append(out, character{n, i, r})
			}
		}
	}
	return out
}

// soundPlaces demands that the places of a text are in order, that a visible
// character which is not written as an escape stands at its place, and that a white
// one covers nothing visible.
func soundPlaces(n *Node) error {
	places := n.file.locate(n.At, n.style, n.Text)
	behind := 0
	for i, r := range n.Text {
		p := places[i]
		there := string(n.file.data[p.start:p.end])
		line, column := n.file.place(p.start)
		switch {
		case p.start < behind || p.end < p.start:
			return fmt.Errorf("the place of %q at byte %d of %q is not behind the one before", r, i, n.Text)
		case line != p.line || column != p.column:
			return fmt.Errorf("the place of %q at byte %d of %q is %d:%d, its offset is %d:%d", r, i, n.Text, p.line, p.column, line, column)
		case n.style == doubleQuoted && strings.HasPrefix(there, `\`), n.style == singleQuoted && there == "''" && r == '\'':
		case white(r) && strings.TrimFunc(there, white) != "", !white(r) && there != string(r):
			return fmt.Errorf("%q at byte %d of %q is found as %q", r, i, n.Text, there)
		}
		behind = p.end
	}
	return nil
}

// overwritten writes a letter over a character and demands that the file says what
// it said, but for this.
func overwritten(data []byte, docs []*Node, c character) error {
	n := c.node
	p := n.file.locate(n.At, n.style, n.Text)[c.offset]
	after := slices.Concat(data[:p.start+n.file.mark], []byte("Z"), data[p.end+n.file.mark:])
	changed, findings := Parse("a.yaml", after, ServiceLimits())
	if len(findings) > 0 {
		return fmt.Errorf("with %q overwritten at %d:%d the file is refused: %s", c.rune, p.line, p.column, findings[0].Message)
	}
	was, is := scalarsOf(docs), scalarsOf(changed)
	if len(was) != len(is) {
		return fmt.Errorf("with %q overwritten at %d:%d there are %d texts instead of %d", c.rune, p.line, p.column, len(is), len(was))
	}
	for i := range was {
		want := was[i].Text
		if was[i].At == n.At {
			want = want[:c.offset] + "Z" + want[c.offset+utf8.RuneLen(c.rune):]
		}
		if is[i].Text != want {
			return fmt.Errorf("with %q overwritten at %d:%d a text is %q, want %q", c.rune, p.line, p.column, is[i].Text, want)
		}
	}
	return nil
}

// TestPositionsInEveryStyle writes expressions as people do, several in a file, and
// holds each character against the file.
func TestPositionsInEveryStyle(t *testing.T) {
	checked := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		data, styles := expressions(t)
		docs, findings := Parse("a.yaml", data, ServiceLimits())
		if len(findings) > 0 {
			t.Skip("one of the texts cannot be written in its style")
		}
		for _, n := range scalarsOf(docs) {
			if err := soundPlaces(n); err != nil {
				t.Fatalf("%v in\n%s", err, data)
			}
		}
		visible := visibleCharacters(docs)
		if err := overwritten(data, docs, rapid.SampledFrom(visible).Draw(t, "character")); err != nil {
			t.Fatalf("%v in\n%s", err, data)
		}
		for _, s := range styles {
			checked[s]++
		}
	})
	for _, style := range writtenStyles() {
		if checked[style] == 0 {
			t.Errorf("no text was written as %q; the test looks at nothing", style)
		}
	}
}

func writtenStyles() []string {
	return []string{"plain", "'", "\"", "|", "|-", "|+", "|2", ">", ">-", ">+", ">2-", "flow"}
}

// expressions writes a file with some expressions, each in a style.
func expressions(t *rapid.T) (file []byte, styles []string) {
	var b bytes.Buffer
	b.WriteString(rapid.SampledFrom([]string{"", "# 目 head\n", "---\n", "top: 名前\n"}).Draw(t, "head"))
	count := rapid.IntRange(1, 4).Draw(t, "count")
	for i := range count {
		style := rapid.SampledFrom(writtenStyles()).Draw(t, "style")
		styles = append(styles, style)
		fmt.Fprintf(&b, "q%d: %s", i, rapid.SampledFrom([]string{"", "", fmt.Sprintf("&a%d ", i), "!!str ", fmt.Sprintf("&a%d !!str ", i)}).Draw(t, "properties"))
		b.WriteString(expression(t, style))
		b.WriteString(rapid.SampledFrom([]string{"", "", "\n", "# a comment\n", "\n\n"}).Draw(t, "between"))
		if rapid.Bool().Draw(t, "alias") && bytes.Contains(b.Bytes(), fmt.Appendf(nil, "&a%d ", i)) {
			fmt.Fprintf(&b, "r%d: [*a%d ]\n", i, i)
		}
	}
	file = b.Bytes()
	if rapid.Bool().Draw(t, "CRLF") {
		file = bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n"))
	}
	return append([]byte(rapid.SampledFrom([]string{"", byteOrderMark}).Draw(t, "mark")), file...), styles
}

// expression writes one value with the line break behind it.
func expression(t *rapid.T, style string) string {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{
		"sum", "(x)", "by", "/", "0.5", "{a=\"b\"}", "目標", "é", "\U0001F600", "#x", "it's", "a:b", "\\d", "%", "- y", "[5m]", "\u200b",
	}), 1, 8).Draw(t, "words")
	gap := func(among ...string) string { return rapid.SampledFrom(among).Draw(t, "gap") }
	indent := rapid.SampledFrom([]string{"  ", "    ", "   "}).Draw(t, "indent")
	var b strings.Builder
	switch style {
	case "plain":
		b.WriteString("a")
		for _, w := range words {
			b.WriteString(gap(" ", "  ", " \t", "\n"+indent, " \n\n"+indent, "\n"+indent+"\t") + w)
		}
		return b.String() + gap("", " ", " # why") + "\n"
	case "'", "\"", "flow":
		quote, open, end := style, "", ""
		if style == "flow" {
			quote, open = gap("'", "\""), gap("[ ", "[x, ", "{a: ", "{'b': ")
			end = map[byte]string{'[': "]", '{': "}"}[open[0]]
		}
		for _, w := range words {
			b.WriteString(quotedWord(t, w, quote[0]) + gap(" ", "", "\t", " \n"+indent, "\n\n"+indent))
			if quote == "\"" {
				b.WriteString(gap("", `\n`, `\u0020`, "\\\n"+indent, `\ `, `\t`, `\x41`, `\\`, `\"`))
			}
		}
		return open + quote + b.String() + quote + end + "\n"
	}
	b.WriteString(style + gap("", " ", " # why") + "\n")
	b.WriteString(gap("", "", "\n", " \n"))
	if strings.Contains(style, "2") {
		indent = "  "
	}
	for i, w := range words {
		deeper := ""
		if i > 0 || strings.Contains(style, "2") {
			deeper = gap("", "", "  ", "\t", " ")
		}
		b.WriteString(indent + deeper + w + gap("", " z", "\tz", "  ") + gap("\n", "\n", "\n\n", "\n"+indent+" \n"))
	}
	return b.String() + gap("", "", "\n")
}

// quotedWord writes a word inside quotes, some characters of it as escapes.
func quotedWord(t *rapid.T, word string, quote byte) string {
	if quote == '\'' {
		return strings.ReplaceAll(word, "'", "''")
	}
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word)
	if rapid.Bool().Draw(t, "escaped") {
		word = strings.NewReplacer("é", `\xe9`, "目", `\u76ee`, "\U0001F600", `\U0001f600`, "#", `\u0023`).Replace(word)
	}
	return word
}
