package lint

import (
	"fmt"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// ruleLabelName reports names of labels and annotations that Prometheus refuses.
type ruleLabelName struct{}

func (ruleLabelName) Rule() Rule {
	return Rule{ID: "rule/label-name", Severity: report.Error, Title: "The name of a label or annotation is not valid"}
}

// AnyLanguage says that the expression does not matter.
func (ruleLabelName) AnyLanguage() {}

func (c ruleLabelName) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	out := c.labels(r.Labels)
	for _, l := range r.Labels {
		if r.Kind == rulefile.Alert && l.Key.V == model.AlertNameLabel {
			out = append(out, l.Key.Whole(c.Rule().ID, report.Warning, "Prometheus writes the name of the alert over the label alertname, so this value is lost",
				"rename the alert, or give the label another name"))
		}
	}
	for _, a := range r.Annotations {
		out = append(out, c.name(a.Key, "an annotation")...)
	}
	return out
}

func (c ruleLabelName) CheckGroup(g *rulefile.Group) []report.Finding { return c.labels(g.Labels) }

func (c ruleLabelName) labels(labels []rulefile.Pair) []report.Finding {
	var out []report.Finding
	for _, l := range labels {
		if l.Key.V == model.MetricNameLabel {
			out = append(out, l.Key.Whole(c.Rule().ID, report.Error, "a rule cannot set the label __name__", "name the result with record:"))
			continue
		}
		out = append(out, c.name(l.Key, "a label")...)
	}
	return out
}

func (c ruleLabelName) name(t rulefile.Text, what string) []report.Finding {
	const fix = "use letters, digits and _, and begin with a letter"
	switch {
	case !model.UTF8Validation.IsValidLabelName(t.V):
		return one(t.Whole(c.Rule().ID, report.Error, fmt.Sprintf("%q is not a name of %s", t.V, what), fix))
	case !model.LegacyValidation.IsValidLabelName(t.V):
		return one(t.Whole(c.Rule().ID, report.Warning, fmt.Sprintf("%q is a name of %s that only Prometheus 3 reads", t.V, what), fix))
	}
	return nil
}
