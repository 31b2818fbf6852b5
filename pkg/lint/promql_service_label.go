package lint

import (
	"fmt"

	"github.com/nthlayer/action/pkg/report"
)

// promqlServiceLabel reports selectors that are not limited to the service: they
// read the metrics of every service that exports the same name.
type promqlServiceLabel struct {
	label string
	// everywhere asks for the label in rule files too, where nothing says whose
	// rules they are.
	everywhere bool
}

func (promqlServiceLabel) Rule() Rule {
	return Rule{ID: "promql/service-label", Severity: report.Warning, Title: "A selector is not limited to the service"}
}

func (c promqlServiceLabel) CheckExpr(e *Expr) []report.Finding {
	if e.Owner == nil && !c.everywhere {
		return nil
	}
	value := "..."
	if e.Owner != nil {
		value = e.Owner.Name.V
	}
	var out []report.Finding
	for _, s := range e.Selectors {
		if s.Matcher(c.label) != nil {
			continue
		}
		r := c.Rule()
		message := fmt.Sprintf("%s reads every service: it has no matcher on the label %s", s.String(), c.label)
		out = append(out, e.Finding(r.ID, r.Severity, s.Start, s.End, message, fmt.Sprintf("add %s=%q", c.label, value)))
	}
	return out
}
