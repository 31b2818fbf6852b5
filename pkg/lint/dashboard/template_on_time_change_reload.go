package dashboard

import (
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// templateOnTimeChangeReload finds variables that keep their values when another
// time is looked at.
func templateOnTimeChangeReload() rule {
	r := lint.Rule{ID: "dashboard/template-on-time-change-reload", Severity: report.Info, Title: "A variable keeps its values when the time changes"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, v := range b.vars {
			refresh := v.at.get("refresh")
			if v.typ != "query" || refresh.is("2") || b.asks(v) == otherSource {
				continue
			}
			at := bracket(v.at)
			if refresh != nil && refresh.kind == number {
				at = bracket(refresh)
			}
			out = append(out, found{about(r, at, "the variable "+v.name+" keeps its values when another time is looked at", "write "+b.key(`"refresh": 2`)+", so that Grafana asks again"), nil, -1})
		}
		return out
	}}
}
