package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// alertSeverity reports severities that the policy does not know. Without a policy
// it reports what is one letter away from a word that everybody uses.
type alertSeverity struct{ metadata organisation.Metadata }

func (alertSeverity) Rule() Rule {
	return Rule{ID: "alert/severity", Severity: report.Error, Title: "The severity of an alert is none that routes know"}
}

// AnyLanguage says that the expression does not matter.
func (alertSeverity) AnyLanguage() {}

func (c alertSeverity) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	p, ok := labelOf(r, severityLabel)
	if r.Kind != rulefile.Alert || !ok || p.Value.V == "" || templated(p.Value.V) {
		return nil
	}
	if len(c.metadata.Alerts.Severities) == 0 {
		return c.misspelt(p)
	}
	var known []string
	for _, s := range c.metadata.Alerts.Severities {
		known = append(known, s.V)
	}
	if slices.Contains(known, p.Value.V) {
		return nil
	}
	return one(p.Value.Whole(c.Rule().ID, report.Error,
		fmt.Sprintf("severity %s of %s is none that the policy knows", p.Value.V, r.Name.V),
		cmp.Or(report.DidYouMean(p.Value.V, known), "use one of "+strings.Join(known, ", "))))
}

func (c alertSeverity) misspelt(p rulefile.Pair) []report.Finding {
	word := strings.ToLower(p.Value.V)
	known := usualSeverities()
	if slices.Contains(known, word) {
		return nil
	}
	for _, k := range known {
		if len(k) > 3 && report.Distance(word, k, 1) == 1 {
			return one(p.Value.Whole(c.Rule().ID, report.Warning, "severity "+p.Value.V+" looks misspelt: a route for "+k+" does not match it", "did you mean "+k+"?"))
		}
	}
	return nil
}

// usualSeverities are the words of which others may be a misspelling. Those that are
// one letter away from each other are all here.
func usualSeverities() []string {
	return []string{
		"critical", "warning", "warnings", "warn", "info", "infos", "page", "pages", "paging", "ticket", "tickets", "none", "error", "errors",
		"high", "medium", "low", "major", "minor", "notice", "debug", "fatal", "emergency", "disaster", "informational", "information", "alert", "alerts",
	}
}
