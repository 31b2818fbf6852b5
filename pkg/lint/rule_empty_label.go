package lint

import (
	"slices"
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
		out = append(out, c.label(p, r.Name.V, r.Kind == rulefile.Record)...)
	}
	for _, p := range r.Annotations {
		if strings.TrimSpace(p.Value.V) == "" {
			out = append(out, p.Key.Whole(rule.ID, report.Info, "the annotation "+p.Key.V+" of "+r.Name.V+" is empty", "write it, or remove it"))
		}
	}
	return out
}

// CheckGroup looks at the labels that a group gives to all of its rules, once.
func (c ruleEmptyLabel) CheckGroup(g *rulefile.Group) []report.Finding {
	records := !slices.ContainsFunc(g.Rules, func(r *rulefile.Rule) bool { return r.Kind == rulefile.Alert })
	var out []report.Finding
	for _, p := range g.Labels {
		out = append(out, c.label(p, "the group "+g.Name.V, records)...)
	}
	return out
}

func (c ruleEmptyLabel) label(p rulefile.Pair, of string, records bool) []report.Finding {
	rule := c.Rule()
	severity := rule.Severity
	switch {
	case strings.TrimSpace(p.Value.V) != "":
		return nil
	case p.Value.V != "": // Prometheus drops nothing but the empty text
		return one(p.Key.Whole(rule.ID, severity, "the label "+p.Key.V+" of "+of+" holds blanks and nothing else, which no route matches", "give it a value, or remove it"))
	case records:
		severity = report.Info
	}
	return one(p.Key.Whole(rule.ID, severity, "the label "+p.Key.V+" is empty, so the result of "+of+" has no such label",
		"give it a value, or drop the label in the expression, as in sum without ("+p.Key.V+") (...)"))
}
