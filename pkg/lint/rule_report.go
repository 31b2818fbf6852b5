package lint

import (
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// ruleReport tells what the policy has to say about rules of some names, whatever
// they look like.
type ruleReport struct{ asked []organisation.ReportRule }

func (ruleReport) Rule() Rule {
	return Rule{ID: "rule/report", Severity: report.Info, Title: "The policy has something to say about this rule"}
}

// AnyLanguage says that the expression does not matter.
func (ruleReport) AnyLanguage() {}

func (c ruleReport) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	var out []report.Finding
	for _, a := range c.asked {
		if a.Rules.MatchString(r.Name.V) {
			out = append(out, r.Name.Whole(c.Rule().ID, c.Rule().Severity, r.Kind.String()+": "+r.Name.V+": "+a.Message, "see lint: report: in the policy"))
		}
	}
	return out
}
