package organisation

import (
	"strings"

	"github.com/nthlayer/action/pkg/spec/document"
)

// The kinds of rules.
const (
	RequiredFields Kind = "required_fields"
)

// kindRow is one kind of rules.
type kindRow struct {
	kind Kind
	// id is the rule id of its findings.
	id    string
	title string
	// decode reads params:.
	decode func(*decoder, *document.Node) check
}

// kinds returns the one table of kinds, sorted by name.
func kinds() []kindRow {
	return []kindRow{
		{RequiredFields, "policy/required-fields", "A service lacks a field that the organisation requires", (*decoder).requiredFields},
	}
}

// Kinds returns the kinds of rules, sorted by name.
func Kinds() []Kind {
	var out []Kind
	for _, row := range kinds() {
		out = append(out, row.kind)
	}
	return out
}

func kindNames() []string {
	var out []string
	for _, row := range kinds() {
		out = append(out, string(row.kind))
	}
	return out
}

func kindList() string { return strings.Join(kindNames(), ", ") }

func kindNamed(name string) (kindRow, bool) {
	for _, row := range kinds() {
		if string(row.kind) == name {
			return row, true
		}
	}
	return kindRow{}, false
}

func (k Kind) row() kindRow {
	row, _ := kindNamed(string(k))
	return row
}
