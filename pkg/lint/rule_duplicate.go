package lint

import (
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// ruleDuplicate reports two recording rules that write the same series, and
// alerts that are repeated word for word. One map over all files keeps it
// linear.
type ruleDuplicate struct{}

func (ruleDuplicate) Rule() Rule {
	return Rule{ID: "rule/duplicate", Severity: report.Warning, Title: "Two rules do the same"}
}

func (c ruleDuplicate) CheckFiles(files []*rulefile.File) []report.Finding {
	r := c.Rule()
	first := map[string]*rulefile.Rule{}
	var out []report.Finding
	for _, f := range files {
		for _, g := range f.Groups {
			for _, rule := range g.Rules {
				key := identity(rule)
				other, ok := first[key]
				if !ok {
					first[key] = rule
					continue
				}
				message, fix := "the alert "+rule.Name.V+" is the same as the one at "+where(other), "remove one of the two"
				if rule.Kind == rulefile.Record {
					message = "the recording rule at " + where(other) + " writes the same series as " + rule.Name.V
					fix = "remove one of the two, or give them different labels"
				}
				out = append(out, rule.Name.Whole(r.ID, r.Severity, message, fix))
			}
		}
	}
	return out
}

func where(r *rulefile.Rule) string { return r.Name.Whole("", "", "", "").Position().String() }

// identity is equal for rules that do the same: the series that a recording rule
// writes, and everything that decides when an alert fires and as what.
func identity(r *rulefile.Rule) string {
	parts := []string{r.Kind.String(), r.Name.V}
	for _, l := range r.AllLabels() {
		parts = append(parts, l.Key.V, l.Value.V)
	}
	if r.Kind == rulefile.Alert {
		parts = append(parts, "", strings.Join(strings.Fields(r.Expr.V), " "), r.For.V)
	}
	return strings.Join(parts, "\x00")
}
