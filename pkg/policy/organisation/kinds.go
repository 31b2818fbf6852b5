package organisation

import (
	"strings"

	"github.com/nthlayer/action/pkg/spec/document"
)

// The kinds of rules.
const (
	ApprovedExceptions Kind = "approved_exceptions"
	DependencyRule     Kind = "dependency_rule"
	Ownership          Kind = "ownership"
	RequiredFields     Kind = "required_fields"
	RequiredLabels     Kind = "required_labels"
	Runbook            Kind = "runbook"
	Thresholds         Kind = "thresholds"
	TierConstraint     Kind = "tier_constraint"
)

// kindRow is one kind of rules.
type kindRow struct {
	kind Kind
	// id is the rule id of its findings.
	id    string
	title string
	// gate is set for kinds that bind the gates of a service.
	gate bool
	// decode reads params:.
	decode func(*decoder, *document.Node) check
}

// kinds returns the one table of kinds, sorted by name.
func kinds() []kindRow {
	return []kindRow{
		{ApprovedExceptions, "policy/approved-exceptions", "A gate has an exception that the organisation has not approved", true, (*decoder).approvedExceptions},
		{DependencyRule, "policy/dependency-rule", "A service depends on others in a way that the organisation does not allow", false, (*decoder).dependencyRule},
		{Ownership, "policy/ownership", "The team of a service does not own its service file", false, (*decoder).ownership},
		{RequiredFields, "policy/required-fields", "A service lacks a field that the organisation requires", false, (*decoder).requiredFields},
		{RequiredLabels, "policy/required-labels", "A service lacks a label that the organisation requires, or gives it a wrong value", false, (*decoder).requiredLabels},
		{Runbook, "policy/runbook", "A service has no runbook that somebody can open", false, (*decoder).runbook},
		{Thresholds, "policy/thresholds", "A gate has a threshold outside of the range that the organisation allows", true, (*decoder).thresholds},
		{TierConstraint, "policy/tier-constraint", "A service lacks what the organisation asks of its tier", true, (*decoder).tierConstraint},
	}
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
