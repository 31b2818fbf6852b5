package report

import "testing"

func TestNearestFindsWhatWasMeant(t *testing.T) {
	candidates := []string{"tier", "team", "type", "criticality"}
	for word, want := range map[string]string{
		"teir":        "tier", // swapped
		"tem":         "team", // dropped
		"typpe":       "type", // added
		"critcalitty": "criticality",
		"owner":       "",
		"":            "",
	} {
		if got := Nearest(word, candidates); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
	if got := Nearest("cap", []string{"cat", "car"}); got != "car" {
		t.Errorf("of two that are as close, got %q, want the first in order", got)
	}
	if got := DidYouMean("teir", candidates); got != "did you mean tier?" {
		t.Errorf("got %q", got)
	}
	if got := DidYouMean("owner", candidates); got != "" {
		t.Errorf("asked %q about a word that is near to none", got)
	}
}

func TestDistanceStopsAtItsLimit(t *testing.T) {
	for _, c := range []struct {
		a, b        string
		limit, want int
	}{
		{"abc", "abc", 3, 0}, {"abc", "acb", 3, 1}, {"abc", "", 3, 3}, {"abc", "xyz", 2, 3}, {"abc", "abcdefgh", 2, 3},
	} {
		if got := Distance(c.a, c.b, c.limit); got != c.want {
			t.Errorf("%q to %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
