package lint

import (
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// alertNamePattern reports alerts whose name is not of the form that the policy asks
// for.
type alertNamePattern struct{ metadata organisation.Metadata }

func (alertNamePattern) Rule() Rule {
	return Rule{ID: "alert/name-pattern", Severity: report.Error, Title: "The name of an alert is not of the form that the policy asks for"}
}

// AnyLanguage says that the expression does not matter.
func (alertNamePattern) AnyLanguage() {}

func (c alertNamePattern) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	if r.Kind != rulefile.Alert {
		return nil
	}
	return misnamed(c.Rule(), r, asked(c.metadata, r))
}

// misnamed reports a name that does not match the pattern of a demand.
func misnamed(rule Rule, r *rulefile.Rule, demands []demand) []report.Finding {
	var out []report.Finding
	for _, d := range demands {
		if d.NamePattern != nil && !d.NamePattern.MatchString(r.Name.V) {
			out = append(out, r.Name.Whole(rule.ID, rule.Severity,
				"the name "+r.Name.V+" does not match "+pattern(d.NamePattern)+", as the policy asks of "+d.of, "rename it; who routes or silences by the name has to follow"))
		}
	}
	return out
}
