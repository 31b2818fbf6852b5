package lint

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// ruleLabelPattern reports labels whose value is not of the form that the policy
// asks for.
type ruleLabelPattern struct{ metadata organisation.Metadata }

func (ruleLabelPattern) Rule() Rule {
	return Rule{ID: "rule/label-pattern", Severity: report.Error, Title: "The value of a label is not of the form that the policy asks for"}
}

// AnyLanguage says that the expression does not matter.
func (ruleLabelPattern) AnyLanguage() {}

func (c ruleLabelPattern) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	var out []report.Finding
	for _, d := range asked(c.metadata, r) {
		out = append(out, malformed(c.Rule(), "label", r.AllLabels(), d.LabelPatterns, d.of)...)
	}
	return out
}

// malformed reports values that do not match the pattern for their name. What a
// template makes of a value is not known.
func malformed(rule Rule, what string, pairs []rulefile.Pair, patterns map[string]*regexp.Regexp, of string) []report.Finding {
	var out []report.Finding
	for _, p := range pairs {
		re, ok := patterns[p.Key.V]
		if !ok || templated(p.Value.V) || re.MatchString(p.Value.V) {
			continue
		}
		out = append(out, p.Value.Whole(rule.ID, rule.Severity,
			fmt.Sprintf("the %s %s: %s does not match %s, as the policy asks of %s", what, p.Key.V, report.Clip(p.Value.V, 80), pattern(re), of),
			"write a value that matches as a whole"))
	}
	return out
}

// pattern returns a pattern as it stands in the policy.
func pattern(re *regexp.Regexp) string {
	text := re.String()
	text = strings.TrimSuffix(strings.TrimPrefix(text, "^(?:"), ")$")
	return text
}
