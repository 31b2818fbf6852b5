package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		{"unknown anchor", "a: *nope\n", RuleAlias, "the alias *nope has no anchor &nope above it", 1, 4},
		{"10,000 levels", strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), RuleLimit, "levels inside one another", 0, 0},
		{"80 levels", strings.Repeat("[", 80) + strings.Repeat("]", 80), RuleLimit, "more than 64 levels", 1, 66},
		{"5 MB", "a: " + strings.Repeat("x", 5<<20), RuleLimit, "the file has more than 1048576 bytes", 1, 1},
		{"tab", "a:\n\tb: 1\n", RuleSyntax, "a tab is used for indentation", 2, 1},
		{"unclosed quote", "a: \"b\nc: d\n", RuleSyntax, "the quote that opens here is not closed", 1, 4},
		{"not UTF-8", "a: 1\nb: \xff\xfe\n", RuleSyntax, "not UTF-8", 2, 4},
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

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: 1", "a: &x [*x]", "? a\n: b", "<<: *a", "- |\n  x\n- >-\n  y", "\"\\u12", "%YAML 1.1\n---\n", "a: !!binary x", "a: {b: 1 c: [2}\n", "a: \"x\nb: \"y\"\n", "a: b: c\n\td: e", "  a: 1\n b: *x", "a: @b\u2028c\r- d", "a: !b {c: 'd'e}"} {
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
