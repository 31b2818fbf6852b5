package lint

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlSelector reports selectors without a matcher on a label that the policy
// asks for.
type promqlSelector struct{ asked []organisation.Selector }

func (promqlSelector) Rule() Rule {
	return Rule{ID: "promql/selector", Severity: report.Warning, Title: "A selector lacks a label that the policy asks for"}
}

func (c promqlSelector) CheckExpr(e *Expr) []report.Finding {
	r := c.Rule()
	var out []report.Finding
	for _, a := range c.asked {
		for _, s := range e.Selectors {
			if a.Function != "" && a.Function != s.Func || a.Metrics != nil && !a.Metrics.MatchString(s.Name) {
				continue
			}
			for _, label := range a.Labels {
				if selects(s, label) {
					continue
				}
				where := ""
				if a.Function != "" {
					where = " inside of " + a.Function
				}
				out = append(out, e.Finding(r.ID, r.Severity, s.Start, s.End, "the policy asks for a matcher on "+label+where+", which this selector does not have",
					"add "+label+`="..." to the selector`))
			}
		}
	}
	return out
}

// selects reports whether a selector has a matcher on a label that leaves anything
// out.
func selects(s promql.Selector, label string) bool {
	return slices.ContainsFunc(s.Matchers, func(m *labels.Matcher) bool { return m.Name == label && m.Value != ".*" })
}
