package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// changeAlertRemoved tells which alerts of rule files are gone. Those of services are
// told by changeCheckDropped.
type changeAlertRemoved struct{}

func (changeAlertRemoved) Rule() Rule {
	return Rule{ID: "change/alert-removed", Severity: report.Warning, Title: "The change removes alerts from the rule files"}
}

// check compares the files that a change touches with all that there are now: an alert
// that is in another file now is not removed, nor is one of another name that asks the
// same. What a file that cannot be read has now is not known.
func (k changeAlertRemoved) check(was, now *RuleSet, moved map[string]string) []report.Finding {
	unread := map[string]bool{}
	for _, f := range now.problems {
		unread[f.File] = unread[f.File] || strings.HasPrefix(f.Rule, "yaml/")
	}
	there := map[string]bool{}
	for _, f := range slices.Concat(now.files, now.forLoki) {
		there[f.Name] = true
	}
	left := alertsOf(slices.Concat(now.rules, now.logs))
	var out []report.Finding
	for _, f := range slices.Concat(was.files, was.forLoki) {
		name := cmp.Or(moved[f.Name], f.Name)
		if gone := removed(alertsOf(rulesIn([]*rulefile.File{f})), left); len(gone) > 0 && !unread[name] {
			out = append(out, k.finding(f.Name, name, there[name], gone))
		}
	}
	return out
}

// alertsOf returns the alerts among rules, of each name the first.
func alertsOf(rules []*rulefile.Rule) []*rulefile.Rule {
	seen := map[string]bool{}
	var out []*rulefile.Rule
	for _, r := range rules {
		if r.Kind == rulefile.Alert && r.Name.V != "" && !seen[r.Name.V] {
			seen[r.Name.V] = true
			out = append(out, r)
		}
	}
	return out
}

// removed returns the names of the alerts that nobody has any more, sorted.
func removed(was, left []*rulefile.Rule) []string {
	to, _ := match(was, left, func(r *rulefile.Rule) string { return r.Name.V }, func(r *rulefile.Rule) string { return r.Expr.V })
	var out []string
	for i, j := range to {
		if j < 0 {
			out = append(out, was[i].Name.V)
		}
	}
	slices.Sort(out)
	return out
}

// maxNamed is how many alerts are named; the others are counted.
const maxNamed = 10

// finding gives the file without a line where it is none of the rule files any more.
func (k changeAlertRemoved) finding(was, name string, there bool, gone []string) report.Finding {
	r := k.Rule()
	alerts := "the alert " + gone[0]
	if n := len(gone); n > 1 {
		shown := gone[:min(n, maxNamed)]
		alerts = fmt.Sprintf("%d alerts: %s", n, strings.Join(shown, ", "))
		if n > len(shown) {
			alerts += fmt.Sprintf(" and %d more", n-len(shown))
		}
	}
	at, message := report.Position{File: name}, was+" is none of the rule files any more, and with it go "+alerts
	if there {
		at.Line, at.Column = 1, 1
		message = "this change removes " + alerts
	}
	f := report.At(at, r.ID, r.Severity, message+"; no other rule file has the same")
	f.Suggestion = "keep what somebody still has to be woken for; else say in the change what replaces it"
	return f
}
