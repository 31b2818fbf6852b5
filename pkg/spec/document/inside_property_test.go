package document

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
)

// encoded writes a text as the library does, in any style.
func encoded(t *rapid.T, text string) string {
	style := rapid.SampledFrom([]yaml.Style{0, yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle, yaml.LiteralStyle, yaml.FoldedStyle}).Draw(t, "style")
	var file strings.Builder
	enc := yaml.NewEncoder(&file)
	enc.SetIndent(rapid.IntRange(2, 6).Draw(t, "indent"))
	err := enc.Encode(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Value: "key"},
		{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: style},
	}})
	if err != nil {
		t.Skip("the encoder cannot write this text")
	}
	return file.String()
}

// handwritten writes lines of text as people do: in blocks with every head, in
// quotes and without, over several lines, with blank lines and blanks at ends.
func handwritten(t *rapid.T, text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight(line, "\n")+rapid.SampledFrom([]string{"", "", " ", "  "}).Draw(t, "blanks"))
	}
	head := rapid.SampledFrom([]string{"", "\"", "'", "|", "|-", "|+", "|2", ">", ">-", ">+", "| # why"}).Draw(t, "head")
	before := rapid.SampledFrom([]string{"", "", "&x ", "!!str ", "&x !!str "}).Draw(t, "properties")
	body := strings.Join(lines, "\n"+rapid.SampledFrom([]string{"  ", "    "}).Draw(t, "indent"))
	switch head {
	case "\"":
		body = strings.NewReplacer("\\", "\\\\", "\"", "\\\"", "é", "\\u00e9").Replace(body) + "\""
	case "'":
		body = strings.ReplaceAll(body, "'", "''") + "'"
	case "":
	default:
		body = "\n  " + strings.TrimLeft(body, " ")
	}
	end := rapid.SampledFrom([]string{"", "\n", "\n\n", "\n   \n\n", "\nnext: 1\n", "\n\n# end\nnext: 1\n"}).Draw(t, "end")
	file := "key: " + before + head + body + end
	return strings.ReplaceAll(file, "\n", rapid.SampledFrom([]string{"\n", "\n", "\r\n", "\r"}).Draw(t, "end of lines"))
}

// substituted replaces a piece of a text by a variable's value.
func substituted(t *rapid.T, n *Node) *Node {
	ends := []int{0}
	for i, r := range n.Text {
		ends = append(ends, i+utf8.RuneLen(r))
	}
	start := rapid.SampledFrom(ends).Draw(t, "start of the variable")
	end := rapid.SampledFrom(ends).Draw(t, "end of the variable")
	if end < start {
		start, end = end, start
	}
	if last, _ := utf8.DecodeLastRuneInString(n.Text[start:end]); start == end || white(last) {
		return n // a variable ends with a brace
	}
	return n.Substituted([]Segment{
		{Text: n.Text[:start], Raw: 0, RawEnd: start, Literal: true},
		{Text: rapid.SampledFrom([]string{"", "v", "v w", "v\n", "\n"}).Draw(t, "value"), Raw: start, RawEnd: end},
		{Text: n.Text[end:], Raw: end, RawEnd: len(n.Text), Literal: true},
	})
}

// TestInsideAgreesWithTheFile writes random text in every style that can hold
// it, and demands that each visible character is found again, and that the end of
// the text is the column behind the last of them.
func TestInsideAgreesWithTheFile(t *testing.T) {
	checked := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab {}'\"\\#:,\n\té%&*")), 1, 40, -1).Draw(t, "text")
		write := rapid.SampledFrom([]func(*rapid.T, string) string{encoded, handwritten}).Draw(t, "writer")
		file := write(t, text)
		docs, findings := Parse("a.yaml", []byte(file), ServiceLimits())
		if len(findings) > 0 || len(docs) != 1 || docs[0].Get("key") == nil || !docs[0].Get("key").Kind.Scalar() {
			t.Skip("no style can hold this text as it was written")
		}
		n := docs[0].Get("key")
		lines := report.Lines([]byte(file))
		agrees(t, n, lines)
		endsVisibly(t, n, lines)
		if n.Text != "" {
			endsVisibly(t, substituted(t, n), lines)
		}
		checked++
	})
	if checked < 20 {
		t.Errorf("only %d texts could be written; the test looks at nothing", checked)
	}
}

func agrees(t *rapid.T, n *Node, lines []string) {
	for i, r := range n.Text {
		if white(r) || r < ' ' || strings.ContainsRune("\"\\'é", r) {
			continue // these may be written as an escape
		}
		p := n.Inside(i, i+1)
		line := []rune(lines[p.Line-1])
		if p.Column > len(line) || line[p.Column-1] != r || p.EndLine != p.Line || p.EndColumn != p.Column+1 {
			t.Fatalf("character %q at byte %d of %q found at %+v of\n%s", r, i, n.Text, p, strings.Join(lines, "\n"))
		}
	}
}

// endsVisibly demands of every start at or behind the end of the visible text
// that its place is one column, behind a visible character, on that one's line.
func endsVisibly(t *rapid.T, n *Node, lines []string) {
	visible := strings.TrimRightFunc(n.Text, white)
	if visible == "" || n.Raw() == "" {
		return
	}
	_, size := utf8.DecodeLastRuneInString(visible)
	last := n.Inside(len(visible)-size, len(visible))
	for start := len(visible); start <= len(n.Text)+1; start++ {
		p := n.Inside(start, start)
		if p.Line != last.EndLine || p.Column != last.EndColumn || p.EndLine != p.Line || p.EndColumn != p.Column+1 {
			t.Fatalf("offset %d of %q is %+v, behind %+v", start, n.Text, p, last)
		}
	}
	p := n.Inside(len(n.Text), len(n.Text))
	line := []rune(lines[p.Line-1])
	if n.made == nil && (p.Column < 2 || p.Column-2 >= len(line) || white(line[p.Column-2])) {
		t.Fatalf("the end of %q is %+v, not behind a visible character of\n%s", n.Text, p, strings.Join(lines, "\n"))
	}
	if rest := string(line[p.Column-1:]); n.made == nil && n.style.block() && strings.TrimSpace(rest) != "" {
		t.Fatalf("the end of the block %q is %+v, in front of %q", n.Text, p, rest)
	}
}
