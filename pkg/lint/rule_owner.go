package lint

import (
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// ruleOwner reports rules of rule files that name nobody who answers for them, or
// somebody the policy does not know. An alert of a service file has the owner of
// its service.
type ruleOwner struct{ asked organisation.Owner }

func (ruleOwner) Rule() Rule {
	return Rule{ID: "rule/owner", Severity: report.Error, Title: "A rule has no owner"}
}

// AnyLanguage says that the expression does not matter.
func (ruleOwner) AnyLanguage() {}

func (c ruleOwner) CheckRule(r *rulefile.Rule, e *Expr) []report.Finding {
	if !c.asked.Asked() || e.Owner != nil {
		return nil
	}
	id, severity := c.Rule().ID, c.Rule().Severity
	owner, at := c.ownerOf(r)
	switch {
	case owner == "":
		return one(r.Name.Whole(id, severity, r.Kind.String()+": "+r.Name.V+" names no owner", c.fix()))
	case len(c.asked.Allowed) > 0 && !slices.Contains(c.asked.Allowed, owner) && !strings.Contains(owner, "{{"):
		fix := report.DidYouMean(owner, c.asked.Allowed)
		if fix == "" {
			fix = "use one of " + strings.Join(c.asked.Allowed, ", ")
		}
		return one(at.Whole(id, severity, "the owner "+owner+" of "+r.Name.V+" is none that the policy knows", fix))
	}
	return nil
}

// ownerOf returns the owner that a rule names, and where a finding about it stands.
func (c ruleOwner) ownerOf(r *rulefile.Rule) (string, rulefile.Text) {
	for _, l := range r.AllLabels() {
		if c.asked.Label != "" && l.Key.V == c.asked.Label && strings.TrimSpace(l.Value.V) != "" {
			return l.Value.V, l.Value
		}
	}
	if c.asked.Comments {
		return r.Owner, r.Name
	}
	return "", r.Name
}

func (c ruleOwner) fix() string {
	switch {
	case c.asked.Label == "":
		return "write # pint rule/owner NAME above it, or # pint file/owner NAME once in the file"
	case c.asked.Comments:
		return "add the label " + c.asked.Label + ", or write # pint rule/owner NAME above it"
	}
	return "add the label " + c.asked.Label + " with the name of the team"
}
