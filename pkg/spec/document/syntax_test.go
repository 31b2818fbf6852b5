package document

import (
	"fmt"
	"strings"
	"testing"
)

// TestMistakesAreReportedWhereTheyAre holds the mistakes that people make, with
// the place where they must be corrected.
func TestMistakesAreReportedWhereTheyAre(t *testing.T) {
	long := strings.Repeat("key:\n  - text # with a comment\n", 30)
	for _, tt := range []struct {
		name, text   string
		line, column int
		message      string
	}{
		{"tab behind a value", "service:\n  name: svc\n\tteam: t\n", 3, 1, "a tab is used for indentation"},
		{"tab behind a list", "a:\n  - b\n  - c: 1\n    d: 1\n\td: 2\n", 5, 1, "a tab is used for indentation"},
		{"tab in the first line", "\ta: 1\n", 1, 1, "a tab is used for indentation"},
		{"tab behind spaces", "a:\n  b: 1\n  \tc: 2\n", 3, 3, "a tab is used for indentation"},
		{"tab in a literal block", "a: |\n  x\n\ty\n", 3, 1, "a tab is used for indentation"},

		{"unclosed quote in the first line", "a: \"b\nc: d\n", 1, 4, "the quote that opens here is not closed"},
		{"unclosed quote before a document", "x: 1\na: 'b\n---\nb: 1\n", 2, 4, "the quote that opens here is not closed"},
		{"unclosed quote before a document with quotes", "a: 'x\n---\nb: 'y' 'z\n", 1, 4, "the quote that opens here is not closed"},
		{"two mistakes of several kinds", "x: 'b' c\na: @foo\nfoo\n", 1, 8, "text stands behind the closing quote"},
		{"quote closed by the next one", "a: \"x\nb: \"y\"\nc: 1\n", 1, 4, "closed only at line 2"},
		{"quote inside a quoted text", "x: 'don't do'\ny: 1\n", 1, 9, "text stands behind the closing quote"},
		{"unclosed quote in brackets", "a: [x, \"y\n", 1, 8, "the quote that opens here is not closed"},
		{"unknown escape", "x: 1\na: \"foo\n  \\d+\"\n", 3, 3, `YAML knows no escape \d`},
		{"incomplete escape", `a: "\n\xZ"`, 1, 7, `YAML knows no escape \x`},

		{"comma missing behind line 60", long + "b: {x: 1 y: 2}\nc: 1\n", 61, 11, "a comma is missing"},
		{"comma missing behind a quote", "a: [\"b\" c]\n", 1, 9, "a comma is missing"},
		{"bracket never closed", long + "b: [1,\n  2\nc: 3\nd: 4\n", 61, 4, "the [ that opens here is not closed"},
		{"bracket in the first line", "a: {x: 1, y: 2\nb: 1\n", 1, 4, "the { that opens here is not closed"},
		{"bracket closed by another", "a: {b: [1, 2}\n", 1, 8, "the [ that opens here is closed by the } at line 1"},
		{"a value missing in brackets", "a: [1, , 2]\n", 1, 8, "nothing stands in front of this comma"},
		{"bracket that closes nothing", "a: }\n", 1, 4, "begins with } must stand in quotes"},
		{"bracket on a line of its own", "a: 1\n}\n", 2, 1, "this } closes nothing"},
		{"text behind a bracket", "a: {{ x }}-foo\n", 1, 11, "text stands behind the closing bracket"},

		{"space missing behind a colon", "x: 1\na:b\nc: d\n", 2, 2, "a space is missing behind the colon"},
		{"space missing below a key", "labels:\n  severity:page\n  team: x\n", 2, 11, "a space is missing behind the colon"},
		{"two colons", "a: b: c\n", 1, 5, "a second colon"},
		{"key below a value", "a: x\n  b: 1\n", 2, 3, "a key cannot stand here"},
		{"no colon", "x: 1\nfoo\nb: 1\n", 2, 1, "no key with a colon"},

		{"indentation of no level", long + "c:\n  d: 1\n e: 2\n", 63, 2, "the indentation of this line fits no line above it"},
		{"indentation in the first mapping", "  a: 1\n b: 2\n", 2, 2, "the indentation of this line fits no line above it"},
		{"indentation of a rule's field", "- alert: X\n  expr: up\n for: 5m\n", 3, 2, "the indentation of this line fits no line above it"},
		{"key among items", "a:\n  - 1\n  b: 2\n", 3, 3, "does not begin with -"},
		{"item among keys", "a:\n  b: 2\n  - 1\n", 3, 3, "an item of a list stands where a key is expected"},
		{"list behind a key", "a: - b\n", 1, 4, "the - of a list cannot stand here"},

		{"sign that begins no text", "x: 1\na: @foo\n", 2, 4, "begins with @ must stand in quotes"},
		{"star that begins no alias", "a: **bold**\n", 1, 4, "begins with * must stand in quotes"},
		{"text behind the head of a block", "a: | foo\n  b\n", 1, 4, "text stands behind the |"},
		{"alias without an anchor", "# *nope\ny: '*nope'\nx:\n  - *nope # a\n", 4, 5, "the alias *nope has no anchor &nope above it"},

		{"escape character", "a: 1\nb: x\x1b[0m\n", 2, 5, "the control character U+001B"},
		{"zero byte", "a: 1\nb: é\x00\n", 2, 5, "the control character U+0000"},
		{"control character of two bytes", "a: \u0085\u0086\n", 1, 5, "the control character U+0086"},
		{"UTF-16 without a mark", "a\x00:\x00 \x001\x00\n\x00", 1, 1, "UTF-16"},
		{"UTF-16 with a mark", "\xff\xfea\x00:\x00", 1, 1, "UTF-16"},
		{"Latin-1", "a: 1\nb: caf\xe9\n", 2, 7, "not UTF-8"},
		{"behind a byte order mark", byteOrderMark + "a: *x\n", 1, 4, "the alias *x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n", "\r"} {
				_, findings := Parse("a.yaml", []byte(strings.ReplaceAll(tt.text, "\n", eol)), ServiceLimits())
				if len(findings) != 1 {
					t.Fatalf("%d findings, want one: %v", len(findings), findings)
				}
				f := findings[0]
				if f.Line != tt.line || f.Column != tt.column || !strings.Contains(f.Message, tt.message) || f.Suggestion == "" {
					t.Errorf("lines end with %q: at %d:%d %q, fix %q; want %d:%d %q", eol, f.Line, f.Column, f.Message, f.Suggestion, tt.line, tt.column, tt.message)
				}
			}
		})
	}
}

func TestUTF16SaysHowToSaveIt(t *testing.T) {
	_, findings := Parse("a.yaml", []byte("a\x00:\x00 \x001\x00"), ServiceLimits())
	if len(findings) != 1 || findings[0].Suggestion != "save it as UTF-8" || findings[0].Snippet != "" {
		t.Errorf("got %+v", findings)
	}
}

func TestAByteOrderMarkIsNeverShownNorCounted(t *testing.T) {
	_, findings := Parse("a.yaml", []byte(byteOrderMark+"a: 1\na: 2\n"), ServiceLimits())
	if len(findings) != 1 || findings[0].Line != 2 {
		t.Errorf("second line: %+v", findings)
	}
	n := parseOne(t, byteOrderMark+"a: x BAD\n").Get("a")
	if p := n.Inside(2, 5); p.Column != 6 || n.SourceLine(1) != "a: x BAD" {
		t.Errorf("at column %d of %q, want 6 of a line without the mark", p.Column, n.SourceLine(1))
	}
	_, findings = Parse("a.yaml", []byte(byteOrderMark+"{a: 1, a: 2}\n"), ServiceLimits())
	if len(findings) != 1 || findings[0].Column != 8 || findings[0].Snippet != "{a: 1, a: 2}" {
		t.Errorf("first line: %+v", findings)
	}
}

// TestLineBreaksOfTheLibraryAreNoLines guards that lines are those of editors:
// the library also ends a line at Unicode's breaks.
func TestLineBreaksOfTheLibraryAreNoLines(t *testing.T) {
	for _, odd := range []string{"\u0085", "\u2028", "\u2029"} {
		n := parseOne(t, "# a"+odd+"# b\nq: BAD\n").Get("q")
		if n.At.Line != 2 || n.At.Column != 4 || n.SourceLine(2) != "q: BAD" {
			t.Errorf("%q: value at %d:%d of %q, want 2:4", odd, n.At.Line, n.At.Column, n.SourceLine(n.At.Line))
		}
	}
}

func TestDeepFilesAreRefusedBeforeTheyAreParsed(t *testing.T) {
	var deep strings.Builder
	for i := range 3000 {
		deep.WriteString(strings.Repeat(" ", i+1) + "a:\n")
	}
	for name, text := range map[string]string{
		"block":    deep.String(),
		"brackets": strings.Repeat("[", 3000),
		"dashes":   strings.Repeat("- ", 3000),
	} {
		if s := newScan([]byte(text), 256, false); !s.tooDeep || len(s.open) != 257 {
			t.Errorf("%s: the scan went on to %d levels, want it to stop at 257", name, len(s.open))
		}
		_, findings := Parse("a.yaml", []byte(text), RuleLimits())
		if len(findings) != 1 || findings[0].Rule != RuleLimit || !strings.Contains(findings[0].Message, "more than 64 levels") {
			t.Errorf("%s: findings %v", name, findings)
		}
	}
}

// TestTextIsNoDepth holds files whose text, unlike their structure, is deep.
func TestTextIsNoDepth(t *testing.T) {
	var stairs, calls strings.Builder
	for i := range 400 {
		fmt.Fprintf(&stairs, "%sa:\n", strings.Repeat(" ", i+2))
		fmt.Fprintf(&calls, "%s- [{ x\n", strings.Repeat(" ", i+2))
	}
	brackets := strings.Repeat("[", 400)
	for name, text := range map[string]string{
		"literal block":       "a: |\n" + stairs.String() + "b: 1\n",
		"folded block":        "- k: &x >-\n  " + strings.ReplaceAll(stairs.String(), "\n", "\n  ") + "b: 1\n",
		"block of a list":     "a:\n- |\n" + stairs.String() + "- b\n",
		"block with a number": "a: |1\n" + stairs.String() + "b: 1\n",
		"text without quotes": "a: x\n" + calls.String() + "b: 1\n",
		"double quotes":       "a: \"\n" + stairs.String() + brackets + "\\\"" + brackets + "\"\nb: 1\n",
		"single quotes":       "a: '" + brackets + "''" + brackets + "'\nb: 1\n",
		"quotes in brackets":  "{a: '" + brackets + "', b: \"" + brackets + "\"}\n",
		"comments":            "a: 1 # " + brackets + "\n# " + brackets + "\nb: 1\n",
		"siblings":            strings.Repeat("- a:\n    b: [x, {y: z}]\n", 500),
		"documents":           strings.Repeat("---\na:\n  b:\n    c: [1]\n", 300),
	} {
		docs, findings := Parse("a.yaml", []byte(text), ServiceLimits())
		if len(findings) > 0 || len(docs) == 0 {
			t.Errorf("%s: %d documents, findings %v", name, len(docs), findings)
		}
	}
}
