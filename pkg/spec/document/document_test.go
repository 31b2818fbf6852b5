package document

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
)

func parseOne(t *testing.T, text string) *Node {
	t.Helper()
	docs, findings := Parse("a.yaml", []byte(text), ServiceLimits())
	if len(findings) > 0 || len(docs) != 1 {
		t.Fatalf("Parse: %d documents, findings %v", len(docs), findings)
	}
	return docs[0]
}

func TestParseKeepsPlacesAndPaths(t *testing.T) {
	n := parseOne(t, "service:\n  name: pay\n  tags: [a, b]\n\"odd.key\": {x: 1}\n")
	for _, tt := range []struct {
		node *Node
		path string
		line int
		col  int
		kind Kind
	}{
		{n.Get("service").Get("name"), "service.name", 2, 9, String},
		{n.Get("service").Get("tags").Items[1], "service.tags[1]", 3, 13, String},
		{n.Get("odd.key").Get("x"), `["odd.key"].x`, 4, 16, Int},
	} {
		if tt.node.Path != tt.path || tt.node.At.Line != tt.line || tt.node.At.Column != tt.col || tt.node.Kind != tt.kind {
			t.Errorf("%s: got %s at %d:%d kind %v, want %d:%d kind %v", tt.path, tt.node.Path, tt.node.At.Line, tt.node.At.Column, tt.node.Kind, tt.line, tt.col, tt.kind)
		}
	}
}

func TestYAML11BooleansStayText(t *testing.T) {
	n := parseOne(t, "a: yes\nb: on\nc: true\nd: NO\n")
	want := []Kind{String, String, Bool, String}
	for i, f := range n.Fields {
		if f.Value.Kind != want[i] {
			t.Errorf("%s: kind %v, want %v", f.Key, f.Value.Kind, want[i])
		}
	}
}

func TestParseReadsEveryDocument(t *testing.T) {
	docs, findings := Parse("a.yaml", []byte("a: 1\n---\n# nothing\n---\nb: 2\n"), ServiceLimits())
	if len(findings) != 0 || len(docs) != 2 || !docs[1].Has("b") {
		t.Errorf("got %d documents, findings %v; want a and b", len(docs), findings)
	}
}

func TestParseRefusesHostileInput(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'i'; c++ {
		p := string(c - 1)
		bomb += fmt.Sprintf("%c: &%c [*%s,*%s,*%s,*%s,*%s,*%s,*%s,*%s,*%s,*%s]\n", c, c, p, p, p, p, p, p, p, p, p, p)
	}
	for _, tt := range []struct {
		name, text, rule, message string
		line, column              int
	}{
		{"duplicate key", "a: 1\nb: 2\na: 3\n", RuleDuplicateKey, `the key "a" stands here a second time; the first is at line 1`, 3, 1},
		{"alias bomb", bomb, RuleLimit, "more than 100000 values", 5, 29},
		{"alias inside its own anchor", "a: &a\n  b: *a\n", RuleAlias, "stands inside the value that it repeats", 2, 6},
		{"unknown anchor", "a: *nope\n", RuleAlias, "unknown anchor", 1, 0},
		{"10,000 levels", strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), RuleLimit, "levels inside one another", 0, 0},
		{"80 levels", strings.Repeat("[", 80) + strings.Repeat("]", 80), RuleLimit, "more than 64 levels", 1, 66},
		{"5 MB", "a: " + strings.Repeat("x", 5<<20), RuleLimit, "more than the 1048576 that are read", 1, 1},
		{"tab", "a:\n\tb: 1\n", RuleSyntax, "a tab is used for indentation", 2, 0},
		{"unclosed quote", "a: \"b\nc: d\n", RuleSyntax, "invalid YAML", 0, 0},
		{"not UTF-8", "a: 1\nb: \xff\xfe\n", RuleSyntax, "not UTF-8", 2, 1},
		{"a list as key", "? [a]\n: b\n", RuleKey, "a key must be text", 1, 3},
		{"merge of a list item", "a: &a 1\nb:\n  <<: *a\n", RuleAlias, "<< merges mappings", 3, 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, findings := Parse("a.yaml", []byte(tt.text), ServiceLimits())
			if len(findings) != 1 {
				t.Fatalf("got %d findings, want one: %v", len(findings), findings)
			}
			f := findings[0]
			if f.Rule != tt.rule || !strings.Contains(f.Message, tt.message) || f.Severity != report.Error || f.Suggestion == "" {
				t.Errorf("got %+v, want rule %s with %q and a suggestion", f, tt.rule, tt.message)
			}
			if tt.line > 0 && f.Line != tt.line || tt.column > 0 && f.Column != tt.column || f.Line < 1 || f.Column < 1 {
				t.Errorf("at %d:%d, want %d:%d", f.Line, f.Column, tt.line, tt.column)
			}
		})
	}
}

func TestMergeKeysFillWhatIsMissing(t *testing.T) {
	n := parseOne(t, "base: &b {x: 1, y: 2}\nmore: &m {z: 3}\nall:\n  <<: [*b, *m]\n  y: 9\n")
	all := n.Get("all")
	got := map[string]string{}
	for _, f := range all.Fields {
		got[f.Key] = f.Value.Text
	}
	if diff := cmp.Diff(map[string]string{"x": "1", "y": "9", "z": "3"}, got); diff != "" {
		t.Error(diff)
	}
}

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
		{"folded block", "q: >\n  sum(x)\n  / BAD\n", "BAD", 3, 5},
		{"folded block with a blank line", "q: >\n  a\n\n  BAD\n", "BAD", 4, 3},
		{"anchor in front", "q: &e\n  - &x \"a BAD\"\n", "BAD", 2, 11},
		{"tag in front", "q: !!str 'a BAD'\n", "BAD", 1, 13},
		{"CRLF", "q: |\r\n  a\r\n  BAD\r\n", "BAD", 3, 3},
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
			want := report.Position{File: "a.yaml", Line: tt.line, Column: tt.column, EndLine: tt.line, EndColumn: tt.column + len(tt.word)}
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

// TestInsideAgreesWithTheFile writes random text in every style that can hold it
// and demands that each character that is no white space is found again.
func TestInsideAgreesWithTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab {}'\"\\#:,\n\té%&*")), 1, 40, -1).Draw(t, "text")
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
		docs, findings := Parse("a.yaml", []byte(file.String()), ServiceLimits())
		if len(findings) > 0 || len(docs) != 1 {
			t.Skip("the encoder wrote something that it cannot read")
		}
		n := docs[0].Get("key")
		lines := strings.Split(file.String(), "\n")
		for i, r := range n.Text {
			if white(r) || r == '"' || r == '\\' || r == '\'' || r == utf8.RuneError || r > 0x7f {
				continue
			}
			p := n.Inside(i, i+1)
			line := []rune(lines[p.Line-1])
			if p.Column > len(line) || line[p.Column-1] != r {
				t.Fatalf("character %q at byte %d of %q found at %d:%d of\n%s", r, i, n.Text, p.Line, p.Column, file.String())
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: 1", "a: &x [*x]", "? a\n: b", "<<: *a", "- |\n  x\n- >-\n  y", "\"\\u12", "%YAML 1.1\n---\n", "a: !!binary x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, findings := Parse("a.yaml", data, Limits{Bytes: 1 << 16, Depth: 32, Nodes: 5000})
		for _, finding := range findings {
			if finding.Line < 1 || finding.Column < 1 || finding.Message == "" {
				t.Fatalf("a finding without a place or words: %+v", finding)
			}
		}
		for _, d := range docs {
			walk(d, func(n *Node) { n.Inside(0, len(n.Text)) })
		}
	})
}

func walk(n *Node, visit func(*Node)) {
	if n.Kind.Scalar() {
		visit(n)
	}
	for _, f := range n.Fields {
		walk(f.Value, visit)
	}
	for _, item := range n.Items {
		walk(item, visit)
	}
}
