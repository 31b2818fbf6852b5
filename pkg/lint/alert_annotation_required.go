package lint

import (
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// alertAnnotationRequired reports alerts without an annotation that the policy asks
// for.
type alertAnnotationRequired struct{ metadata organisation.Metadata }

func (alertAnnotationRequired) Rule() Rule {
	return Rule{ID: "alert/annotation-required", Severity: report.Error, Title: "An alert lacks an annotation that the policy asks for"}
}

// AnyLanguage says that the expression does not matter.
func (alertAnnotationRequired) AnyLanguage() {}

func (c alertAnnotationRequired) CheckRule(r *rulefile.Rule, e *Expr) []report.Finding {
	if r.Kind != rulefile.Alert {
		return nil
	}
	return missing(c.Rule(), r, "annotation", r.Annotations, generatedAnnotations(e.Owner), asked(c.metadata, r), func(d demand) []organisation.Text { return d.RequiredAnnotations })
}
