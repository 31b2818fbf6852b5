package lint

import (
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// ruleLabelRequired reports recording rules without a label that the policy asks
// for. They have no annotations that could be asked for.
type ruleLabelRequired struct{ metadata organisation.Metadata }

func (ruleLabelRequired) Rule() Rule {
	return Rule{ID: "rule/label-required", Severity: report.Error, Title: "A recording rule lacks a label that the policy asks for"}
}

// AnyLanguage says that the expression does not matter.
func (ruleLabelRequired) AnyLanguage() {}

func (c ruleLabelRequired) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	if r.Kind != rulefile.Record {
		return nil
	}
	return missing(c.Rule(), r, "label", r.AllLabels(), nil, asked(c.metadata, r), func(d demand) []organisation.Text { return d.RequiredLabels })
}
