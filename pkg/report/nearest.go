package report

import "slices"

// Nearest returns the candidate that a person who wrote word most likely meant,
// or "" when none is close. Close is at most a third of the word's letters
// changed, dropped, added or swapped, and at most three. Ties go to the first
// candidate in sorted order.
func Nearest(word string, candidates []string) string {
	limit := min(3, max(1, len(word)/3))
	best, bestDistance := "", limit+1
	sorted := slices.Clone(candidates)
	slices.Sort(sorted)
	for _, c := range sorted {
		if d := Distance(word, c, limit); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// DidYouMean asks for the candidate nearest to word, as in "did you mean tier?",
// and is empty when none is close.
func DidYouMean(word string, candidates []string) string {
	if near := Nearest(word, candidates); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// Distance returns how many letters must be changed, dropped, added or swapped
// with their neighbour to turn a into b (optimal string alignment). A distance
// above limit is returned as limit+1, without being worked out.
func Distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		fillRow(row, last, before, a[:i], b)
		if slices.Min(row) > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}

// fillRow fills the distances of a name to the beginnings of a word: last and before are
// those of the name without its last letter and its last two.
func fillRow(row, last, before []int, name, word string) {
	i := len(name)
	row[0] = i
	for j := 1; j <= len(word); j++ {
		cost := 1
		if name[i-1] == word[j-1] {
			cost = 0
		}
		row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
		if i > 1 && j > 1 && name[i-1] == word[j-2] && name[i-2] == word[j-1] {
			row[j] = min(row[j], before[j-2]+1)
		}
	}
}
