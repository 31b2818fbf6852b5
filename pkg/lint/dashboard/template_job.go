package dashboard

import (
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// templateJob finds dashboards that are written for one job.
func templateJob() rule {
	return fixedLabel(lint.Rule{ID: "dashboard/template-job", Severity: report.Info, Title: "The queries name one job"}, "job")
}

// templateInstance finds dashboards that are written for one instance.
func templateInstance() rule {
	return fixedLabel(lint.Rule{ID: "dashboard/template-instance", Severity: report.Info, Title: "The queries name one instance"}, "instance")
}

// fixedLabel finds dashboards in which every query names the same value of a label,
// and no variable stands for it. A dashboard that does not look at the label at all
// may be right: it may pick its series by another one, or read several sources.
func fixedLabel(r lint.Rule, label string) rule {
	return rule{r, func(r lint.Rule, b *board) []found {
		if b.variable(label) != nil || b.sources() > 1 {
			return nil
		}
		values := map[string]bool{}
		for _, t := range b.queries() {
			for _, s := range t.read.metrics() {
				m := matcherOn(s, label)
				if m == nil || m.Type != labels.MatchEqual || t.read.filled(s.Start, s.End) || len(uses(m.Value)) > 0 {
					return nil
				}
				values[m.Value] = true
			}
		}
		for v := range values {
			if len(values) == 1 {
				return b.of(r, "every query looks at the "+label+" "+quote(v)+" alone", "add a variable "+label+" below "+b.key("templating")+", and match "+label+`=~"$`+label+`"`)
			}
		}
		return nil
	}}
}
