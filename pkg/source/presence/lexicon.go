package presence

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// maxCandidates is how many similar names of one are looked at closely.
const maxCandidates = 5

// Lexicon holds names with the words that they are made of.
type Lexicon []entry

type entry struct {
	name  string
	words []string
}

// NewLexicon returns the lexicon of names.
func NewLexicon(names []string) Lexicon {
	out := make(Lexicon, len(names))
	for i, n := range names {
		out[i] = entry{name: n, words: words(n)}
	}
	return out
}

// words returns the words of a name that say what it is about: in lower case,
// in the singular, without those that say in which form or unit, each once.
func words(name string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '_' || r == ':' || r == '.' }) {
		switch w {
		case "total", "count", "sum", "bucket", "created", "info", "seconds", "milliseconds", "ms", "bytes", "ratio", "percent":
		default:
			out = append(out, strings.TrimSuffix(w, "s"))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Similar returns at most five names most like one, best first: a few letters apart,
// then of the same words, then of mostly the same words.
func (l Lexicon) Similar(name string, except []string) []string {
	type match struct {
		name           string
		class, letters int
	}
	own := words(name)
	limit := min(3, max(1, len(name)/4))
	var matches []match
	for _, e := range l {
		if slices.Contains(except, e.name) {
			continue
		}
		letters := report.Distance(name, e.name, limit)
		class := 0
		if letters > limit {
			if class = likeness(own, e.words); class == 0 {
				continue
			}
			letters = report.Distance(name, e.name, len(name)+len(e.name))
		}
		matches = append(matches, match{e.name, class, letters})
	}
	slices.SortFunc(matches, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.letters, b.letters), strings.Compare(a.name, b.name))
	})
	out := make([]string, 0, maxCandidates)
	for _, m := range matches[:min(len(matches), maxCandidates)] {
		out = append(out, m.name)
	}
	return out
}

// likeness returns 1 for the same words, 2 when at least two words and three
// fifths of all words are shared, else 0.
func likeness(a, b []string) int {
	shared := 0
	for _, w := range a {
		if slices.Contains(b, w) {
			shared++
		}
	}
	all := len(a) + len(b) - shared
	switch {
	case shared == 0:
		return 0
	case shared == all:
		return 1
	case shared >= 2 && shared*5 >= all*3:
		return 2
	}
	return 0
}
