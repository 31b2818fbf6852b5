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
// it reports what is one letter away from a word that everybody uses, and what most of
// the alerts write in another case.
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

// misspelt reports a word that is one letter away from a longer one of those that
// everybody uses, or has two letters of a short one in each other's place. A plural, and
// anything else that is near a short word, may be a word of its own: pager is no page.
func (c alertSeverity) misspelt(p rulefile.Pair) []report.Finding {
	word := strings.TrimSuffix(strings.ToLower(p.Value.V), "s")
	known := usualSeverities()
	if slices.Contains(known, word) {
		return nil
	}
	for _, k := range known {
		if report.Distance(word, k, 1) == 1 && (len(k) > 4 || sorted(word) == sorted(k)) {
			return one(p.Value.Whole(c.Rule().ID, report.Warning, "severity "+p.Value.V+" looks misspelt: a route for "+k+" does not match it", "did you mean "+k+"?"))
		}
	}
	return nil
}

// usualSeverities are the words of which others may be a misspelling.
func usualSeverities() []string {
	return []string{"info", "warn", "page", "none", "high", "critical", "warning", "error", "ticket", "major", "minor", "medium", "notice", "debug", "fatal", "emergency", "disaster", "informational", "information", "paging"}
}

func sorted(word string) string {
	letters := []byte(word)
	slices.Sort(letters)
	return string(letters)
}

// keptSeverity is the severity of an alert, which may be that of its group.
type keptSeverity struct {
	group, alert string
	value        rulefile.Spot
	ofGroup      bool
}

func (k *keptSeverity) text() rulefile.Text {
	if k.ofGroup {
		return k.value.Text(k.group, "labels", severityLabel)
	}
	return k.value.Text(k.group, k.alert, "labels", severityLabel)
}

// Keep keeps the severities where no policy lists them.
func (c alertSeverity) Keep(f *rulefile.File, to *Kept) {
	if len(c.metadata.Alerts.Severities) > 0 {
		return
	}
	for _, r := range rulesOfFile(f) {
		if p, ok := labelOf(r, severityLabel); ok && r.Kind == rulefile.Alert && !templated(p.Value.V) {
			own := slices.ContainsFunc(r.Labels, func(p rulefile.Pair) bool { return p.Key.V == severityLabel })
			to.severities = append(to.severities, keptSeverity{r.Group.Name.V, r.Name.V, p.Value.Spot(), !own})
		}
	}
}

// CheckFiles reports severities that most of the alerts write in another case. A
// policy that lists them says so by itself.
func (c alertSeverity) CheckFiles(kept []*Kept) []report.Finding {
	spellings := map[string]map[string]int{}
	for _, k := range kept {
		for i := range k.severities {
			s := &k.severities[i]
			word := strings.ToLower(s.value.V)
			if spellings[word] == nil {
				spellings[word] = map[string]int{}
			}
			spellings[word][s.value.V]++
		}
	}
	var out []report.Finding
	for _, k := range kept {
		for i := range k.severities {
			s := &k.severities[i]
			all := spellings[strings.ToLower(s.value.V)]
			usual, times := mostOf(all)
			if here := all[s.value.V]; here < times {
				out = append(out, s.text().Whole(c.Rule().ID, report.Warning,
					fmt.Sprintf("severity %s of %s is written %s in most alerts here (%d of %d): a route for the one does not match the other", s.value.V, s.alert, usual, times, times+here),
					"write "+usual))
			}
		}
	}
	return out
}

// mostOf returns the spelling that is there most often, and how often.
func mostOf(spellings map[string]int) (spelling string, times int) {
	for s, n := range spellings {
		if n > times || n == times && s < spelling {
			spelling, times = s, n
		}
	}
	return spelling, times
}
