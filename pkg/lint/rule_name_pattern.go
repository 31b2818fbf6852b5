package lint

import (
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// ruleNamePattern reports recording rules whose name is not of the form that the
// policy asks for.
type ruleNamePattern struct{ metadata organisation.Metadata }

func (ruleNamePattern) Rule() Rule {
	return Rule{ID: "rule/name-pattern", Severity: report.Error, Title: "The name of a recording rule is not of the form that the policy asks for"}
}

// AnyLanguage says that the expression does not matter.
func (ruleNamePattern) AnyLanguage() {}

func (c ruleNamePattern) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	if r.Kind != rulefile.Record {
		return nil
	}
	return misnamed(c.Rule(), r, asked(c.metadata, r))
}
