package document

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

func TestInsideFindsThePlaceInTheFile(t *testing.T) {
	for _, tt := range []struct {
		name, text, word string
		line, column     int
	}{
		{"plain", "q: sum(BAD)\n", "BAD", 1, 8},
		{"plain over two lines", "q: sum(x)\n  + BAD\n", "BAD", 2, 5},
		{"single quoted", "q: 'it''s BAD'\n", "BAD", 1, 11},
		{"double quoted with escapes", `q: "a\tb\"\u00e9BAD"` + "\n", "BAD", 1, 17},
		{"double quoted over lines", "q: \"a\\\n   BAD\"\n", "BAD", 2, 4},
		{"literal block", "q: |\n  sum(x)\n  / BAD\n", "BAD", 3, 5},
		{"literal block with comment in its head", "q: |- # why\n    sum(x)\n    / BAD\n", "BAD", 3, 7},
		{"literal block with deeper lines", "q: |\n  a\n      BAD\n", "BAD", 3, 7},
		{"a block that begins deeper than it says", "q: |2-\n        BAD\n", "      BAD", 2, 9},
		{"folded block", "q: >\n  sum(x)\n  / BAD\n", "BAD", 3, 5},
		{"folded block with a blank line", "q: >\n  a\n\n  BAD\n", "BAD", 4, 3},
		{"anchor in front", "q: &e\n  - &x \"a BAD\"\n", "BAD", 2, 11},
		{"tag in front", "q: !!str 'a BAD'\n", "BAD", 1, 13},
		{"CRLF", "q: |\r\n  a\r\n  BAD\r\n", "BAD", 3, 3},
		{"CR alone", "q: |\r  a\r  BAD\r", "BAD", 3, 3},
		{"CR alone in a folded block", "a: 1\rq: >\r  a\r\r  BAD\r", "BAD", 5, 3},
		{"CR alone in quotes", "q: 'a\r  b\r\r  BAD'\r", "BAD", 4, 3},
		{"all ends of lines", "a: 1\r\nb: 2\rc: 3\nq: BAD\r", "BAD", 4, 4},
		{"wide characters", "q: \"äöü BAD\"\n", "BAD", 1, 9},
		{"byte order mark", "\xef\xbb\xbfq: a BAD\n", "BAD", 1, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := parseOne(t, tt.text).Get("q")
			if n.Kind == Sequence {
				n = n.Items[0]
			}
			at := strings.Index(n.Text, tt.word)
			p := n.Inside(at, at+len(tt.word))
			want := report.Position{File: "a.yaml", Line: tt.line, Column: tt.column, EndLine: tt.line, EndColumn: tt.column + len(strings.TrimSpace(tt.word))}
			if diff := cmp.Diff(want, p); diff != "" {
				t.Errorf("text %q: %s", n.Text, diff)
			}
		})
	}
}

func TestInsideSubstitutedText(t *testing.T) {
	n := parseOne(t, "q: |\n  up{s=\"${service}\"} / BAD\n").Get("q")
	v := strings.Index(n.Text, "${")
	end := v + len("${service}")
	s := n.Substituted([]Segment{
		{Text: n.Text[:v], Raw: 0, RawEnd: v, Literal: true},
		{Text: "pay", Raw: v, RawEnd: end},
		{Text: n.Text[end:], Raw: end, RawEnd: len(n.Text), Literal: true},
	})
	if want := "up{s=\"pay\"} / BAD\n"; s.Text != want {
		t.Fatalf("text %q, want %q", s.Text, want)
	}
	bad := strings.Index(s.Text, "BAD")
	if p := s.Inside(bad, bad+3); p.Line != 2 || p.Column != 24 || p.EndColumn != 27 {
		t.Errorf("BAD at %+v, want line 2 columns 24 to 27", p)
	}
	pay := strings.Index(s.Text, "pay")
	if p := s.Inside(pay+1, pay+2); p.Column != 9 || p.EndColumn != 19 {
		t.Errorf("inside the variable: %+v, want the whole ${service}, columns 9 to 19", p)
	}
}

// TestTheEndOfATextIsBehindItsLastVisibleCharacter guards the place of errors
// about an unfinished expression: the line breaks at the end of a block are no
// line to point at.
func TestTheEndOfATextIsBehindItsLastVisibleCharacter(t *testing.T) {
	for _, tt := range []struct {
		name, text   string
		line, column int
	}{
		{"literal block", "q: |\n  sum(x > 3\nr: 1\n", 2, 12},
		{"literal block that keeps its line breaks", "q: |+\n  sum(x >\n\n\nr: 1\n", 2, 10},
		{"literal block that drops them", "q: |-\n  sum(x >\nr: 1\n", 2, 10},
		{"literal block at the end of the file", "q: |\n  x >\n", 2, 6},
		{"literal block without a line break behind it", "q: |\n  x >", 2, 6},
		{"literal block with blanks at its end", "q: |\n  x >  \n   \nr: 1\n", 2, 6},
		{"folded block", "q: >\n  sum(x\n  > 3\n\nr: 1\n", 3, 6},
		{"plain over two lines", "q: sum(x\n  > 3\n\n# end\nr: 1\n", 2, 6},
		{"plain with a comment", "q: sum(x # what\nr: 1\n", 1, 9},
		{"double quoted", "q: \"sum(x \\n\"\nr: 1\n", 1, 10},
		{"double quoted over lines", "q: \"sum(\n  x\n  \"\nr: 1\n", 2, 4},
		{"double quoted with escaped line breaks", "q: \"sum(\\\n  \\ x\\\n  \"\nr: 1\n", 2, 6},
		{"single quoted", "q: 'it''s'''\n", 1, 12},
		{"flow", "{q: x >, r: 1}\n", 1, 8},
		{"anchor and comment in front", "q: &x # why\n  x >\nr: 1\n", 2, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n", "\r"} {
				n := parseOne(t, strings.ReplaceAll(tt.text, "\n", eol)).Get("q")
				want := report.Position{File: "a.yaml", Line: tt.line, Column: tt.column, EndLine: tt.line, EndColumn: tt.column + 1}
				for start := len(strings.TrimRightFunc(n.Text, white)); start <= len(n.Text)+1; start++ {
					if diff := cmp.Diff(want, n.Inside(start, len(n.Text))); diff != "" {
						t.Errorf("lines end with %q: byte %d of %q: %s", eol, start, n.Text, diff)
					}
				}
			}
		})
	}
}

func TestATextWithoutVisibleCharactersIsWhereItBegins(t *testing.T) {
	for _, text := range []string{"q: |+\n\n\n", "q: ''\n", "q: ' '\n", "q: ~\n"} {
		n := parseOne(t, text).Get("q")
		if p := n.Inside(0, len(n.Text)); p.Line != 1 || p.Column != 4 {
			t.Errorf("%q: %+v, want 1:4", text, p)
		}
	}
}

func TestARangeEndsWithItsLastVisibleCharacter(t *testing.T) {
	n := parseOne(t, "q: |\n  sum(x)\n  / y\n\nr: 1\n").Get("q")
	for _, tt := range []struct{ start, end, line, endLine, endColumn int }{
		{0, len(n.Text), 2, 3, 6},
		{0, 7, 2, 2, 9},
		{7, len(n.Text) + 5, 3, 3, 6},
	} {
		if p := n.Inside(tt.start, tt.end); p.Line != tt.line || p.EndLine != tt.endLine || p.EndColumn != tt.endColumn {
			t.Errorf("%d to %d is %+v, want lines %d to %d, end column %d", tt.start, tt.end, p, tt.line, tt.endLine, tt.endColumn)
		}
	}
}

func TestTheEndOfSubstitutedText(t *testing.T) {
	n := parseOne(t, "q: |\n  x > ${a}\nr: 1\n").Get("q")
	for value, column := range map[string]int{"5": 11, "5\n\n": 11, "": 6, "  ": 6, "a b": 11} {
		s := n.Substituted([]Segment{
			{Text: "x > ", Raw: 0, RawEnd: 4, Literal: true},
			{Text: value, Raw: 4, RawEnd: 8},
			{Text: "\n", Raw: 8, RawEnd: 9, Literal: true},
		})
		if p := s.Inside(len(s.Text), len(s.Text)); p.Line != 2 || p.Column != column || p.EndColumn != column+1 {
			t.Errorf("%q: %+v, want column %d", s.Text, p, column)
		}
	}
}
