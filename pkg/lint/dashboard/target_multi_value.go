package dashboard

import (
	"regexp"
	"slices"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// targetMultiValue finds variables that may hold several values and are compared with
// = or !=: Grafana writes several values as a regular expression, which equals no value
// of the label.
func targetMultiValue() rule {
	r := lint.Rule{ID: "dashboard/target-multi-value", Severity: report.Warning, Title: "A variable of several values is compared with ="}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, t := range slices.Concat(shown(b.all(), prometheus), shown(b.all(), loki)) {
			for _, c := range comparisons(t.expr.text) {
				v := b.variable(c.name)
				if v == nil || !v.several() || slices.Contains(t.panel.repeats, c.name) {
					continue
				}
				message := "matches nothing"
				if c.operator == "!=" {
					message = "leaves nothing out"
				}
				out = append(out, t.of(t.expr.asText().Finding(r.ID, r.Severity, c.start, c.end,
					"a query of "+t.panel.where()+" compares with the variable "+c.name+" by "+c.operator+", which "+message+" when "+v.when(),
					"write "+map[string]string{"=": "=~", "!=": "!~"}[c.operator]+" in place of "+c.operator)))
			}
		}
		return out
	}}
}

// several reports whether a variable may hold more than one value.
func (v variable) several() bool {
	if v.typ != "query" && v.typ != "custom" {
		return false
	}
	// One word for all values may be a value of the label.
	word := v.at.get("allValue").str()
	return v.at.get("multi").is("true") || v.at.get("includeAll").is("true") && (word == "" || word != regexp.QuoteMeta(word))
}

// when says when a variable holds several values.
func (v variable) when() string {
	if v.at.get("multi").is("true") {
		return "several values are chosen"
	}
	return "All is chosen"
}

// comparison is one variable that a matcher is compared with.
type comparison struct {
	use
	operator string
}

var compared = regexp.MustCompile("(=|!=)\\s*[\"'`][^\"'`]*$")

// comparisons returns the variables in the matchers of a query that stand behind = or
// !=.
func comparisons(q string) []comparison {
	s := scan{q: q}
	var out []comparison
	for _, u := range uses(q) {
		if in := s.to(u.start); in.quote == 0 || in.bracket != '{' {
			continue
		}
		if m := compared.FindStringSubmatch(q[max(0, u.start-maxSample):u.start]); m != nil {
			out = append(out, comparison{u, m[1]})
		}
	}
	return out
}
