package dashboard

import (
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// targetJob finds queries that the variable job does not reach.
func targetJob() rule {
	return unreached(lint.Rule{ID: "dashboard/target-job", Severity: report.Info, Title: "A query does not look at the variable job"}, "job")
}

// targetInstance finds queries that the variable instance does not reach.
func targetInstance() rule {
	return unreached(lint.Rule{ID: "dashboard/target-instance", Severity: report.Info, Title: "A query does not look at the variable instance"}, "instance")
}

// unreached finds selectors without a matcher on a label in dashboards that have a
// variable for its values: whoever picks a value sees that the panel stays as it is.
// Where a dashboard reads several sources, their labels differ, and nothing is said.
// Nor is it of recorded series, which have lost the label most often.
func unreached(r lint.Rule, label string) rule {
	return rule{r, func(r lint.Rule, b *board) []found {
		v := b.variable(label)
		if v == nil || v.typ == "constant" || b.sources() > 1 {
			return nil
		}
		var out []found
		for _, t := range b.queries() {
			for _, s := range t.read.metrics() {
				if strings.Contains(s.Name, ":") || matcherOn(s, label) != nil {
					continue
				}
				out = append(out, t.of(t.read.text.Finding(r.ID, r.Severity, s.Start, s.End,
					"a query of "+t.panel.where()+" does not look at the variable "+label, `add the matcher `+label+`=~"$`+label+`"`)))
			}
		}
		return out
	}}
}

func matcherOn(s promql.Selector, label string) *labels.Matcher {
	for _, m := range s.Matchers {
		if m.Name == label {
			return m
		}
	}
	return nil
}

// sources returns how many kinds of sources the panels ask, where each variable for
// data sources beyond the first counts as one, too.
func (b *board) sources() int {
	variables := 0
	for _, v := range b.vars {
		if v.typ == "datasource" {
			variables++
		}
	}
	kinds := map[sourceKind]bool{}
	for _, p := range b.panels {
		for _, t := range p.targets {
			kinds[t.kind] = true
		}
	}
	return max(variables, len(kinds))
}
