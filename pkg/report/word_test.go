package report

import "testing"

func TestAWordIsNoPartOfALongerOne(t *testing.T) {
	for _, c := range []struct {
		text, word, joining string
		want                int
	}{
		{"up", "up", "", 0},
		{"xup up", "up", "", 4},
		{"upx up_ up", "up", "_", 8},
		{"up_ up", "up", "", 0},
		{`"up" up`, "up", `"`, 5},
		{"aaa aa", "aa", "", 4},
		{"up9", "up", "", -1},
		{"äup", "up", "", 2},
		{"up", "upp", "", -1},
		{"up", "", "", -1},
		{"", "up", "", -1},
	} {
		at, found := Word(c.text, c.word, c.joining)
		if found != (c.want >= 0) || found && at != c.want {
			t.Errorf("%q in %q: at %d, %v, want %d", c.word, c.text, at, found, c.want)
		}
	}
}
