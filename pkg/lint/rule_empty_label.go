package lint

import (
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// ruleEmptyLabel reports labels and annotations without a value.
type ruleEmptyLabel struct{}

func (ruleEmptyLabel) Rule() Rule {
	return Rule{ID: "rule/empty-label", Severity: report.Warning, Title: "A label or annotation is empty"}
}

// AnyLanguage says that the expression does not matter.
func (ruleEmptyLabel) AnyLanguage() {}

// CheckRule is milder with recording rules, of which some drop a label on purpose,
// and with annotations, which are only missing.
func (c ruleEmptyLabel) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	rule := c.Rule()
	var out []report.Finding
	for _, p := range r.Labels {
		if strings.TrimSpace(p.Value.V) != "" {
			continue
		}
		severity := rule.Severity
		if r.Kind == rulefile.Record {
			severity = report.Info
		}
		if p.Value.V != "" { // Prometheus drops nothing but the empty text
			out = append(out, p.Key.Whole(rule.ID, rule.Severity,
				"the label "+p.Key.V+" of "+r.Name.V+" holds blanks and nothing else, which no route matches", "give it a value, or remove it"))
			continue
		}
		out = append(out, p.Key.Whole(rule.ID, severity,
			"the label "+p.Key.V+" is empty, so the result of "+r.Name.V+" has no such label", "give it a value, or drop the label in the expression, as in sum without ("+p.Key.V+") (...)"))
	}
	for _, p := range r.Annotations {
		if strings.TrimSpace(p.Value.V) == "" {
			out = append(out, p.Key.Whole(rule.ID, report.Info, "the annotation "+p.Key.V+" of "+r.Name.V+" is empty", "write it, or remove it"))
		}
	}
	return out
}
