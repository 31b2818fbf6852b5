package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	for text, want := range map[string]struct {
		starts []int
		lines  []string
	}{
		"":                 {[]int{0}, []string{""}},
		"a":                {[]int{0}, []string{"a"}},
		"a\nb\n":           {[]int{0, 2, 4}, []string{"a", "b", ""}},
		"a\r\nb\r\n":       {[]int{0, 3, 6}, []string{"a", "b", ""}},
		"a\rb\r":           {[]int{0, 2, 4}, []string{"a", "b", ""}},
		"a\n\r\n\rb\r\r\n": {[]int{0, 2, 4, 5, 7, 9}, []string{"a", "", "", "b", "", ""}},
		"\n\n":             {[]int{0, 1, 2}, []string{"", "", ""}},
		"é\u2028b\u0085c":  {[]int{0}, []string{"é\u2028b\u0085c"}},
	} {
		if diff := cmp.Diff(want.starts, LineStarts([]byte(text))); diff != "" {
			t.Errorf("%q begins lines at (-want +got):\n%s", text, diff)
		}
		if diff := cmp.Diff(want.lines, Lines([]byte(text))); diff != "" {
			t.Errorf("%q has the lines (-want +got):\n%s", text, diff)
		}
	}
}
