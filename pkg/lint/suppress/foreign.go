package suppress

import (
	_ "embed" // the table of names
	"slices"
	"strings"
)

//go:embed foreign.txt
var foreignNames string

// prefix is what rows about the checks of a tool begin with; empty for ours.
func (t tool) prefix() string {
	switch t {
	case ours:
	case pint:
		return "pint "
	case promruval:
		return "promruval "
	}
	return ""
}

// foreignNamed returns the names of the checks of a tool in the table.
func foreignNamed(of tool) []string {
	var out []string
	for row := range strings.Lines(foreignNames) {
		if name, ok := strings.CutPrefix(row, of.prefix()); ok {
			name, _, _ = strings.Cut(name, " ")
			out = append(out, name)
		}
	}
	return out
}

// ourRules returns the rules of ours that look for what a check of another tool
// does; none for a check that we have no rule for.
func ourRules(of tool, name string) []string {
	if of == ours {
		return []string{name}
	}
	prefix := of.prefix() + name + " "
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
