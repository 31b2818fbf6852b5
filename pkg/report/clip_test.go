package report

import (
	"strings"
	"testing"
)

func TestClipCutsCharactersAndNotBytes(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"short", 5, "short"},
		{"longer", 5, "lo..."},
		{strings.Repeat("é", 5), 5, "ééééé"},
		{strings.Repeat("é", 6), 5, "éé..."},
		{"longer", 2, "..."},
		{"", 5, ""},
	} {
		if got := Clip(c.text, c.most); got != c.want {
			t.Errorf("%q to %d: got %q, want %q", c.text, c.most, got, c.want)
		}
	}
}
