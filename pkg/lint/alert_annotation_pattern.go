package lint

import (
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// alertAnnotationPattern reports annotations whose text is not of the form that the
// policy asks for.
type alertAnnotationPattern struct{ metadata organisation.Metadata }

func (alertAnnotationPattern) Rule() Rule {
	return Rule{ID: "alert/annotation-pattern", Severity: report.Error, Title: "The text of an annotation is not of the form that the policy asks for"}
}

// AnyLanguage says that the expression does not matter.
func (alertAnnotationPattern) AnyLanguage() {}

func (c alertAnnotationPattern) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	if r.Kind != rulefile.Alert {
		return nil
	}
	var out []report.Finding
	for _, d := range asked(c.metadata, r) {
		out = append(out, malformed(c.Rule(), "annotation", r.Annotations, d.AnnotationPatterns, d.of)...)
	}
	return out
}
