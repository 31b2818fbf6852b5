package lint

import (
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// alertLabelRequired reports alerts without a label that the policy asks for.
type alertLabelRequired struct{ metadata organisation.Metadata }

func (alertLabelRequired) Rule() Rule {
	return Rule{ID: "alert/label-required", Severity: report.Error, Title: "An alert lacks a label that the policy asks for"}
}

// AnyLanguage says that the expression does not matter.
func (alertLabelRequired) AnyLanguage() {}

func (c alertLabelRequired) CheckRule(r *rulefile.Rule, e *Expr) []report.Finding {
	if r.Kind != rulefile.Alert {
		return nil
	}
	return missing(c.Rule(), r, "label", r.AllLabels(), generatedLabels(e.Owner), asked(c.metadata, r), func(d demand) []organisation.Text { return d.RequiredLabels })
}
