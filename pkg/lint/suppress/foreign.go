package suppress

import (
	_ "embed" // the table of names
	"slices"
	"strings"
)

//go:embed foreign.txt
var foreignNames string

// ourRules returns the rules of ours that look for what a check of another tool
// does; none for a check that we have no rule for.
func ourRules(of tool, name string) []string {
	prefix := ""
	switch of {
	case ours:
		return []string{name}
	case pint:
		prefix = "pint " + name + " "
	case promruval:
		prefix = "promruval " + name + " "
	}
	for row := range strings.Lines(foreignNames) {
		if ids, ok := strings.CutPrefix(row, prefix); ok {
			return strings.Fields(ids)
		}
	}
	return nil
}

// Ours returns the rules of ours that look for what a check of pint does, sorted as
// in the table; none for a check that we have no rule for.
func Ours(check string) []string { return ourRules(pint, check) }

func contains(list []string, word string) bool { return slices.Contains(list, word) }
