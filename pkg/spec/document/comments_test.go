package document

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

func TestCommentsAreToldFromText(t *testing.T) {
	file := `# head
a: 1 # behind é
b: "# no" # behind quotes
c: | # behind a block's sign
  # no
  text # no
d: x#no
e: [1, # in brackets
  # own in brackets
  2]
f: 'it''s # no'
g: plain
  goes on # behind the last line
`
	var got strings.Builder
	for _, c := range Comments([]byte("\xef\xbb\xbf" + file)) {
		fmt.Fprintf(&got, "%d:%d own=%t%s\n", c.Line, c.Column, c.Own, c.Text)
		if file[c.Start] != '#' {
			t.Errorf("no comment begins at %d", c.Start)
		}
	}
	want := `1:1 own=true head
2:6 own=false behind é
3:11 own=false behind quotes
4:6 own=false behind a block's sign
8:8 own=false in brackets
9:3 own=true own in brackets
13:11 own=false behind the last line
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// remarksOf returns the comments that the library finds, which it keeps beside its
// nodes.
func remarksOf(n *yaml.Node) string {
	text := n.HeadComment + n.LineComment + n.FootComment
	for _, c := range n.Content {
		text += remarksOf(c)
	}
	return text
}

var strange = regexp.MustCompile(`\r|[^ \n]#|\n +\n`)

// What is taken for a comment can say something else, and the values stay the same;
// no comment of the library then says what it did.
func TestCommentsHoldNoValues(t *testing.T) {
	checked := 0
	rapid.Check(t, func(t *rapid.T) {
		var file strings.Builder
		for i := range rapid.IntRange(1, 6).Draw(t, "keys") {
			text := rapid.StringOfN(rapid.SampledFrom([]rune("ab #'\"|>:-\n")), 1, 12, -1).Draw(t, "text")
			value := strings.TrimPrefix(handwritten(t, text), "key: ")
			fmt.Fprintf(&file, "k%d: %s", i, strings.TrimRight(value, "\n"))
			file.WriteString(rapid.SampledFrom([]string{"\n", " # c\n", "\n# c\n", "\n  # c\n"}).Draw(t, "end"))
		}
		data := []byte(file.String())
		var before, after yaml.Node
		if yaml.Unmarshal(data, &before) != nil || regexp.MustCompile(`["']#`).Match(data) {
			t.Skip("no YAML, though the library may read it")
		}
		said := bytes.Clone(data)
		for _, c := range Comments(data) {
			copy(said[c.Start+1:], strings.Repeat("x", len(c.Text)))
		}
		if err := yaml.Unmarshal(said, &after); err != nil {
			t.Fatalf("with other comments it is no YAML: %v\n%s", err, data)
		}
		var was, is any
		_, _ = before.Decode(&was), after.Decode(&is)
		if diff := cmp.Diff(was, is); diff != "" {
			t.Fatalf("a value was taken for a comment in\n%s\n%s", data, diff)
		}
		// The library takes some # for comments that are none: in blocks where lines
		// end with CR LF or hold blanks alone, and behind anything but white space.
		if left := strings.Trim(remarksOf(&after), "#x\n"); left != "" && !strange.Match(data) {
			t.Fatalf("the comment %q was not found in\n%s", left, data)
		}
		checked++
	})
	if checked < 20 {
		t.Errorf("only %d files were YAML; the test looks at nothing", checked)
	}
}
