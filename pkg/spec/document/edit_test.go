package document

import "testing"

// Only what stands in the file as it would be written can be replaced: the rest is
// somebody's choice.
func TestEditLeavesOtherWritingsAlone(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		from, to   int
		want       bool
	}{
		{"letters", "q: \"abc\"\n", 1, 2, true},
		{"a letter as an escape", "q: \"a\\u00e9c\"\n", 1, 3, false},
		{"letters beside an escape", "q: \"a\\u00e9c\"\n", 3, 4, true},
		{"a quote as it would be written", "q: \"a\\\"c\"\n", 1, 2, true},
		{"lines that go on", "q: \"ab\\\n  cd\"\n", 1, 3, false},
		{"a folded line break", "q: >-\n  ab\n  cd\n", 1, 4, false},
		{"an insertion", "q: >-\n  ab\n  cd\n", 1, 1, true},
	} {
		n := parseOne(t, tt.text).Get("q")
		if _, ok := n.Edit(tt.from, tt.to, "x"); ok != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, ok, tt.want)
		}
	}
}
