package pint

import (
	_ "embed" // the table of checks
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/suppress"
)

// RuleOther is the rule of what pint finds with a check that we have no rule for.
const RuleOther = "pint/other"

//go:embed checks.txt
var table string

// rows returns the rows of the table that begin with a word, cut into words.
func rows(first string) [][]string {
	var out [][]string
	for line := range strings.Lines(table) {
		if words := strings.Fields(line); len(words) > 2 && words[0] == first {
			out = append(out, words[1:])
		}
	}
	return out
}

// online returns the checks that ask a server.
func online() []string {
	var out []string
	for _, row := range rows("online") {
		out = append(out, row...)
	}
	return out
}

// Ours returns the rules of ours that look for what a check of pint finds. Those that
// comments for pint leave out come first.
func Ours(check string) []string {
	out := slices.Clone(suppress.Ours(check))
	for _, row := range rows("finds") {
		if row[0] == check && !slices.Contains(out, row[1]) {
			out = append(out, row[1])
		}
	}
	return out
}

// RuleOf returns the rule of ours under which a problem of pint is told.
func RuleOf(check, problem string) string {
	for _, row := range rows("finds") {
		if row[0] == check && strings.Contains(strings.ToLower(problem), strings.Join(row[2:], " ")) {
			return row[1]
		}
	}
	if ids := Ours(check); len(ids) > 0 {
		return ids[0]
	}
	return RuleOther
}
