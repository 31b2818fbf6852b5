package lint

import (
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// changeSLORemeasured tells that an SLO is measured differently. Nobody can say
// from the text whether that is stricter, so it is for people to look at.
type changeSLORemeasured struct{}

func (changeSLORemeasured) Rule() Rule {
	return Rule{ID: "change/slo-remeasured", Severity: report.Info, Title: "The change measures an SLO differently"}
}

func (k changeSLORemeasured) CheckChange(c Change) []report.Finding {
	var out []report.Finding
	to, _ := matchSLOs(c)
	for i, j := range to {
		if j < 0 {
			continue
		}
		was, is := c.Base.SLOs[i].Indicator, c.Head.SLOs[j].Indicator
		if formula(was, "") == formula(is, "") || c.renamedOnly(was, is) {
			continue
		}
		out = append(out, c.finding(indicatorPlace(c.Head.SLOs[j]), k.Rule(),
			"the SLO "+c.Head.SLOs[j].Name.V+" is measured differently: it was "+short(formula(was, ""))+" and is now "+short(formula(is, "")),
			"check that the new query counts what the old one counted"))
	}
	return out
}

// renamedOnly reports whether two indicators differ in the service's name alone.
func (c Change) renamedOnly(was, is spec.Indicator) bool {
	old, name := c.Base.Name.V, c.Head.Name.V
	return old != name && formula(was, old) == formula(is, name)
}

// formula is what an indicator computes, as text; without a name of the service
// where one is given.
func formula(i spec.Indicator, service string) string {
	parts := []string{string(i.Kind)}
	for _, e := range i.Expressions() {
		text := strings.Join(strings.Fields(e.Text.V), " ")
		if service != "" {
			text = strings.ReplaceAll(text, `"`+service+`"`, `"${service}"`)
		}
		parts = append(parts, e.Field+": "+text)
	}
	if i.Op.V != "" {
		parts = append(parts, i.Op.V)
	}
	return strings.Join(parts, ", ")
}

// short cuts a text that is too long to be read in a message.
func short(text string) string {
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:119]) + "…"
	}
	return text
}

// indicatorPlace is the first expression that somebody wrote, else the SLO.
func indicatorPlace(s spec.SLO) spec.Origin {
	for _, e := range s.Indicator.Expressions() {
		if e.Text.Set() {
			return e.Text.At
		}
	}
	return s.At
}
