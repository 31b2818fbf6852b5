package report

import (
	"slices"
	"sort"
	"strings"
)

// Lexicon holds names among which many words are looked for. It answers as Nearest does,
// without measuring the distance to each name.
type Lexicon struct{ sorted []string }

// NewLexicon returns the lexicon of names.
func NewLexicon(names []string) Lexicon {
	return Lexicon{sorted: slices.Compact(slices.Sorted(slices.Values(names)))}
}

// Nearest returns the name that a person who wrote word most likely meant, as Nearest
// does.
func (l Lexicon) Nearest(word string) string {
	near, _ := l.nearest(word)
	return near
}

// nearest also returns how many names and letters of them were looked at. Names that begin alike
// share the rows of the table of distances, and all that begin with letters too far from
// the word are passed over together.
func (l Lexicon) nearest(word string) (best string, steps int) {
	limit := min(3, max(1, len(word)/3))
	rows := [][]int{firstRow(len(word))}
	last := ""
	for at := 0; at < len(l.sorted) && limit >= 0; {
		name := l.sorted[at]
		steps++
		// There is a row for each letter that is shared: where they ended early, all names
		// that begin as the last one did up to there have been passed over.
		from := shared(last, name)
		rows, last = rows[:from+1], name
		for i := from + 1; i <= len(name) && slices.Min(rows[i-1]) <= limit; i++ {
			steps++
			rows = append(rows, nextRow(rows, name[:i], word))
		}
		far := slices.Min(rows[len(rows)-1]) > limit
		if distance := rows[len(rows)-1][len(word)]; !far && distance <= limit {
			best, limit = name, distance-1
		}
		at++
		if far {
			dead := name[:len(rows)-1]
			at += sort.Search(len(l.sorted)-at, func(i int) bool { return !strings.HasPrefix(l.sorted[at+i], dead) })
		}
	}
	return best, steps
}

// shared returns how many letters two names begin with alike.
func shared(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// firstRow are the distances of the empty name to the beginnings of a word.
func firstRow(letters int) []int {
	row := make([]int, letters+1)
	for j := range row {
		row[j] = j
	}
	return row
}

// nextRow returns the distances of a name to the beginnings of a word, from the rows of
// what the name begins with.
func nextRow(rows [][]int, name, word string) []int {
	i := len(name)
	row := make([]int, len(word)+1)
	fillRow(row, rows[i-1], rows[max(0, i-2)], name, word)
	return row
}
