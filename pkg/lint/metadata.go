package lint

import (
	"fmt"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// severityLabel is the label by which alerts are routed.
const severityLabel = "severity"

// demand is what the policy asks of a rule, and of which rules it asks that.
type demand struct {
	organisation.RuleMetadata
	// of names the rules: "alerts", "alerts of severity critical".
	of string
}

// asked returns what the policy asks of a rule: what it asks of its kind, and beside
// that of its severity.
func asked(m organisation.Metadata, r *rulefile.Rule) []demand {
	switch r.Kind {
	case rulefile.Record:
		if asksNothing(&m.Records) {
			return nil
		}
		return []demand{{m.Records, "recording rules"}}
	case rulefile.Alert:
	}
	if asksNothing(&m.Alerts) {
		return nil
	}
	out := []demand{{m.Alerts, "alerts"}}
	if p, ok := labelOf(r, severityLabel); ok {
		if own, ok := m.Alerts.BySeverity[p.Value.V]; ok {
			out = append(out, demand{own, "alerts of severity " + p.Value.V})
		}
	}
	return out
}

// asksNothing reports whether a sort of rules need not carry anything, as without a
// policy.
func asksNothing(m *organisation.RuleMetadata) bool {
	return len(m.RequiredLabels)+len(m.RequiredAnnotations)+len(m.Severities)+len(m.LabelPatterns)+len(m.AnnotationPatterns)+len(m.BySeverity) == 0 &&
		m.NamePattern == nil && m.ForMin == nil && m.ForMax == nil && m.MaxRange == 0 && m.Retention == 0
}

// labelOf returns the label that the rule or its group sets.
func labelOf(r *rulefile.Rule, name string) (rulefile.Pair, bool) {
	for _, p := range r.Labels {
		if p.Key.V == name {
			return p, true
		}
	}
	if r.Group != nil {
		for _, p := range r.Group.Labels {
			if p.Key.V == name {
				return p, true
			}
		}
	}
	return rulefile.Pair{}, false
}

// missing returns findings for the names that a rule does not set, or sets to
// nothing. What the alerts of a service get when they are generated is there. Each
// name is told once, for the first demand.
func missing(rule Rule, r *rulefile.Rule, what string, set []rulefile.Pair, added []string, demands []demand, wanted func(demand) []organisation.Text) []report.Finding {
	if len(demands) == 0 {
		return nil
	}
	has := map[string]bool{}
	for _, name := range added {
		has[name] = true
	}
	for _, p := range set {
		has[p.Key.V] = strings.TrimSpace(p.Value.V) != ""
	}
	var out []report.Finding
	for _, d := range demands {
		for _, name := range wanted(d) {
			if has[name.V] {
				continue
			}
			has[name.V] = true
			out = append(out, r.Name.Whole(rule.ID, rule.Severity,
				fmt.Sprintf("%s has no %s %s, which the policy asks of %s", r.Name.V, what, name.V, d.of),
				fmt.Sprintf("add %s: below %ss:", name.V, what)))
		}
	}
	return out
}

// generatedLabels are the labels that the alerts of a service get when they are
// generated, whatever stands in the file.
func generatedLabels(s *spec.Service) []string {
	if s == nil {
		return nil
	}
	out := []string{severityLabel, "managed_by", "service"}
	if s.Team.V != "" {
		out = append(out, "team")
	}
	if s.Tier.V != "" {
		out = append(out, "tier")
	}
	return out
}

// generatedAnnotations are the annotations that such alerts get.
func generatedAnnotations(s *spec.Service) []string {
	if s == nil {
		return nil
	}
	out := []string{"summary"}
	if s.Runbook.V != "" {
		out = append(out, "runbook_url")
	}
	return out
}

// templated reports whether the text of a label or annotation is known only once the
// alert fires.
func templated(text string) bool { return strings.Contains(text, "{{") }
