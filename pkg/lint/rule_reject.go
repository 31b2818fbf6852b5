package lint

import (
	"cmp"
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// ruleReject reports texts that the policy forbids in rules.
type ruleReject struct{ asked []organisation.Reject }

func (ruleReject) Rule() Rule {
	return Rule{ID: "rule/reject", Severity: report.Error, Title: "A rule holds a text that the policy forbids"}
}

// AnyLanguage says that the expression does not matter.
func (ruleReject) AnyLanguage() {}

func (c ruleReject) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	return c.check(r.Name, r.Labels, r.Annotations)
}

// CheckGroup looks at the labels that a group gives to all of its rules, once.
func (c ruleReject) CheckGroup(g *rulefile.Group) []report.Finding {
	return c.check(rulefile.Text{}, g.Labels, nil)
}

// check looks at the parts of a rule or a group; of a group there is no name.
func (c ruleReject) check(name rulefile.Text, labels, annotations []rulefile.Pair) []report.Finding {
	var out []report.Finding
	for _, a := range c.asked {
		reject := func(what string, t rulefile.Text) {
			if t.V == "" || !a.Pattern.MatchString(t.V) {
				return
			}
			out = append(out, t.Whole(c.Rule().ID, c.Rule().Severity, "the policy forbids this "+what, cmp.Or(a.Message, "write something else, or ask the owners of the policy for a waiver")))
		}
		looks := func(part string) bool {
			return slices.Contains(a.In, part) || len(a.In) == 0 && part != "names"
		}
		if looks("names") {
			reject("name", name)
		}
		if looks("labels") {
			rejectPairs(reject, "label", labels)
		}
		if looks("annotations") {
			rejectPairs(reject, "annotation", annotations)
		}
	}
	return out
}

func rejectPairs(reject func(what string, t rulefile.Text), what string, pairs []rulefile.Pair) {
	for _, p := range pairs {
		reject("name of a "+what, p.Key)
		reject("value of the "+what+" "+p.Key.V, p.Value)
	}
}
