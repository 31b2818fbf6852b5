package diff_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/host/diff"
)

func TestOldLine(t *testing.T) {
	const patch = "@@ -3,4 +3,5 @@ spec:\n a\n-b\n+B\n+C\n c\n d\n@@ -20,2 +21,1 @@\n-x\n y\n\\ No newline at end of file\n"
	for line, want := range map[int]int{1: 1, 2: 2, 3: 3, 4: 0, 5: 0, 6: 5, 7: 6, 8: 7, 20: 19, 21: 21, 22: 22} {
		got, was, err := diff.OldLine(patch, line)
		if err != nil || was != (want > 0) || got != want {
			t.Errorf("line %d was %d (%v, %v), want %d", line, got, was, err, want)
		}
	}
	if _, was, err := diff.OldLine("@@ -0,0 +1,2 @@\n+a\n+b\n", 2); was || err != nil {
		t.Errorf("a new file has no old line: %v, %v", was, err)
	}
	for _, broken := range []string{"+a", "@@ -1 +1 @@\n*", "@@ -1,2 +1,1 @@\n+a\n+b"} {
		if _, _, err := diff.OldLine(broken, 9); err == nil {
			t.Errorf("%q was read", broken)
		}
	}
}

// Whatever is changed, the old line that is found holds the same text.
func TestOldLineIsTheSameLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom([]byte(" +-")), 1, 40).Draw(t, "lines")
		context := rapid.IntRange(0, 3).Draw(t, "context")
		patch, old, current := unified(kinds, context)
		for i, text := range current {
			line, was, err := diff.OldLine(patch, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if was != (text[0] == ' ') || was && old[line-1] != text {
				t.Fatalf("line %d (%s): old line %d, %v, of\n%s", i+1, text, line, was, patch)
			}
		}
	})
}

// unified writes a diff with so many lines of context, and returns the lines of
// both files.
func unified(kinds []byte, context int) (patch string, old, current []string) {
	var b strings.Builder
	for from := 0; from < len(kinds); {
		if kinds[from] == ' ' && !near(kinds, from, context) {
			old, current, from = append(old, text(kinds, from)), append(current, text(kinds, from)), from+1
			continue
		}
		var body strings.Builder
		o, c := len(old), len(current)
		for ; from < len(kinds) && (kinds[from] != ' ' || near(kinds, from, context)); from++ {
			body.WriteString(text(kinds, from) + "\n")
			if kinds[from] != '+' {
				old = append(old, text(kinds, from))
			}
			if kinds[from] != '-' {
				current = append(current, text(kinds, from))
			}
		}
		fmt.Fprintf(&b, "@@ -%s +%s @@\n%s", span(o, len(old)), span(c, len(current)), body.String())
	}
	return b.String(), old, current
}

// near reports whether a changed line is at most so many lines away.
func near(kinds []byte, i, context int) bool {
	return strings.Trim(string(kinds[max(i-context, 0):min(i+context+1, len(kinds))]), " ") != ""
}

func text(kinds []byte, i int) string { return fmt.Sprintf("%c%d", kinds[i], i) }

// span is the place of lines in a hunk's header; a gap is named by the line before.
func span(from, to int) string {
	if from == to {
		return fmt.Sprintf("%d,0", from)
	}
	return fmt.Sprintf("%d,%d", from+1, to-from)
}
