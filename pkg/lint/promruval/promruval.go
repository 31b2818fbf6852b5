// Package promruval applies configurations in the form of FUSAKLA/promruval: its
// validators by their names, with their parameters. Each validation of a
// configuration becomes a check of lint, so that severities, waivers, comments and
// locks hold for it as for every rule. A finding has the id of its validator:
// hasLabels is promruval/has-labels.
package promruval

import (
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// RuleConfig is the id of everything that is wrong with a configuration.
const RuleConfig = "promruval/config"

// Set is what one or several configurations ask for. The zero Set asks for nothing.
type Set struct {
	rules []*rule
	// exclude is the annotation in which an alert names the rules of the
	// configuration that are left out for it.
	exclude string
	// unasked are about the validators that ask a source, for a run without one.
	unasked []report.Finding
}

// rule is one entry of validationRules.
type rule struct {
	name  string
	scope scope
	// onlyIf have to hold for the rule to count.
	onlyIf      []validation
	validations []validation
}

// suffix names the rule behind a message; empty for a rule without a name.
func (r *rule) suffix() string {
	if r.name == "" {
		return ""
	}
	return " (rule " + r.name + ")"
}

// validation is one validator with its parameters.
type validation struct {
	row     row
	check   check
	live    asker
	details string
}

// target is what a validation looks at. The rule is nil for a group, the group for
// an alert of a service file.
type target struct {
	group *rulefile.Group
	rule  *rulefile.Rule
	expr  *lint.Expr
}

// check returns what breaks a validation.
type check func(t target) []fault

// fault is one way in which a validation is broken, and where in a text.
type fault struct {
	at         rulefile.Text
	start, end int
	message    string
	fix        string
}

func whole(at rulefile.Text, message, fix string) []fault {
	return []fault{{at: at, end: len(at.V), message: message, fix: fix}}
}

// Checks returns the checks of a set, in the order of the configurations. No
// annotation leaves out rules of ours that are locked.
func (s *Set) Checks(locked []string) []lint.Check {
	if s == nil {
		return nil
	}
	var out []lint.Check
	for _, r := range s.rules {
		for _, v := range r.validations {
			b := base{rule: r, validation: v}
			switch {
			case v.check == nil || v.row.ours != "":
			case r.scope == groups:
				out = append(out, groupCheck{b})
			default:
				c := s.ruleCheck(b, locked)
				if v.row.anyLanguage {
					out = append(out, anyCheck{c})
				} else {
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// Names returns the ids of what each rule of the configurations validates, by the
// name of the rule.
func (s *Set) Names() map[string][]string {
	if s == nil {
		return nil
	}
	out := map[string][]string{}
	for _, r := range s.rules {
		for _, v := range r.validations {
			if v.row.id != "" && r.name != "" {
				out[r.name] = append(out[r.name], v.row.id)
			}
		}
	}
	return out
}

func (s *Set) ruleCheck(b base, locked []string) ruleCheck {
	c := ruleCheck{base: b, exclude: s.exclude}
	if slices.Contains(locked, b.validation.row.id) {
		c.exclude = ""
	}
	return c
}

// base is what checks of groups and of rules share.
type base struct {
	rule       *rule
	validation validation
}

// Rule is the validator. Titles are on the pages of docs/rules.
func (b base) Rule() lint.Rule {
	return lint.Rule{ID: b.validation.row.id, Severity: report.Error, Title: b.validation.row.name}
}

// holds reports whether all of onlyIf hold.
func (b base) holds(t target) bool {
	for _, v := range b.rule.onlyIf {
		if v.row.scope == groups && t.group == nil || t.rule == nil && v.row.scope != groups {
			continue
		}
		if v.check != nil && len(v.check(t)) > 0 {
			return false
		}
	}
	return true
}

// findings runs the validation where all of onlyIf hold.
func (b base) findings(t target) []report.Finding {
	if !b.holds(t) {
		return nil
	}
	return b.tell(b.validation.check(t))
}

// tell returns the findings about faults.
func (b base) tell(faults []fault) []report.Finding {
	var out []report.Finding
	for _, f := range faults {
		fix := f.fix
		if b.validation.details != "" {
			fix += " (" + b.validation.details + ")"
		}
		out = append(out, f.at.Finding(b.validation.row.id, report.Error, f.start, f.end, f.message+b.rule.suffix(), fix))
	}
	return out
}

type groupCheck struct{ base }

// CheckGroup looks at a group of a rule file.
func (c groupCheck) CheckGroup(g *rulefile.Group) []report.Finding {
	return c.findings(target{group: g})
}

type ruleCheck struct {
	base
	exclude string
}

// CheckRule looks at a rule of the scope.
func (c ruleCheck) CheckRule(r *rulefile.Rule, e *lint.Expr) []report.Finding {
	if !c.covers(r) {
		return nil
	}
	return c.findings(target{group: r.Group, rule: r, expr: e})
}

func (c ruleCheck) covers(r *rulefile.Rule) bool { return c.rule.scope.holds(r) && !c.excluded(r) }

// excluded reports whether the alert names the rule among those left out for it.
func (c ruleCheck) excluded(r *rulefile.Rule) bool {
	for _, a := range r.Annotations {
		if c.exclude == "" || a.Key.V != c.exclude {
			continue
		}
		for name := range strings.SplitSeq(a.Value.V, ",") {
			if name = strings.TrimSpace(name); name != "" && name == c.rule.name {
				return true
			}
		}
	}
	return false
}

// anyCheck is a ruleCheck that looks at rules for Loki too.
type anyCheck struct{ ruleCheck }

// AnyLanguage says that the expression does not have to be PromQL.
func (anyCheck) AnyLanguage() {}

// scope says what a rule of a configuration is about.
type scope string

// The scopes, as they are written.
const (
	groups     scope = "Group"
	alerts     scope = "Alert"
	recordings scope = "Recording rule"
	allRules   scope = "All rules"
)

func (s scope) holds(r *rulefile.Rule) bool {
	switch s {
	case groups:
		return false
	case alerts:
		return r.Kind == rulefile.Alert
	case recordings:
		return r.Kind == rulefile.Record
	case allRules:
	}
	return true
}
