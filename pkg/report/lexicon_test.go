package report

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestALexiconFindsWhatNearestFinds(t *testing.T) {
	name := rapid.StringMatching(`[ab]{0,3}[abc]{0,5}`)
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		names, words := rapid.SliceOfN(name, 0, 12).Draw(t, "names"), rapid.SliceOfN(name, 20, 20).Draw(t, "words")
		lexicon := NewLexicon(names)
		for _, word := range words {
			want := Nearest(word, names)
			if got := lexicon.Nearest(word); got != want {
				t.Fatalf("%q: got %q, want %q", word, got, want)
			}
			if want != "" && want != word {
				found++
			}
		}
	})
	if found == 0 {
		t.Error("no name was near a word")
	}
}

// What thousands of services depend on is looked up among thousands of names.
func TestALexiconPassesOverWhatIsFar(t *testing.T) {
	var names []string
	for i := range 4000 {
		names = append(names, fmt.Sprintf("service-%05d", i))
	}
	lexicon := NewLexicon(names)
	for word, want := range map[string]string{"gone-00042": "", "service-03a42": "service-03042", "sevrice-02000": "service-02000", "servicf-00000": "service-00000"} {
		near, steps := lexicon.nearest(word)
		if near != want || steps > 400 {
			t.Errorf("%s: %q after %d steps, want %q", word, near, steps, want)
		}
	}
}
