package lint

import (
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// maxFor is how long an alert may wait before it is taken for a mistake.
const maxFor = 7 * 24 * time.Hour

// alertFor reports durations of alerts that say nothing, or too much.
type alertFor struct{}

func (alertFor) Rule() Rule {
	return Rule{ID: "alert/for", Severity: report.Warning, Title: "The alert waits for too long, or for no time at all"}
}

// AnyLanguage says that the expression does not matter.
func (alertFor) AnyLanguage() {}

func (c alertFor) CheckRule(r *rulefile.Rule, e *Expr) []report.Finding {
	id := c.Rule().ID
	var out []report.Finding
	for _, field := range []struct {
		name string
		text rulefile.Text
	}{{"for", r.For}, {"keep_firing_for", r.KeepFiringFor}} {
		if !field.text.Set() {
			continue
		}
		d, err := model.ParseDuration(field.text.V)
		switch {
		case err != nil: // rule/duration reports it
		case d == 0 && field.text.Covers(): // leaving it out would bring the other one
		case d == 0:
			f := field.text.Whole(id, report.Info, field.name+": "+field.text.V+" is the same as leaving it out", "remove the line, or give a duration")
			out = append(out, withoutLine(f, e, field.text))
		case time.Duration(d) > maxFor:
			out = append(out, field.text.Whole(id, report.Warning,
				field.name+": "+field.text.V+" is longer than a week; nobody hears of the alert until then", "shorten it, or look back in the expression, as in avg_over_time(...[7d])"))
		}
	}
	return out
}

// withoutLine adds the fix that removes the line of a value, or why there is none.
func withoutLine(f report.Finding, e *Expr, t rulefile.Text) report.Finding {
	switch edit, err := t.RemoveLine(); {
	case overrides(e, f):
	case err == nil:
		f.Fix = &report.Fix{Edits: []report.Edit{edit}}
	default:
		f.Fix = &report.Fix{Why: err.Error()}
	}
	return f
}

// overrides reports whether a value may stand over one of another file or of the
// same service in every environment, so that leaving it out says something else.
func overrides(e *Expr, f report.Finding) bool {
	return e.Owner != nil && (f.File != e.Owner.File || !strings.HasPrefix(f.Path, "resources["))
}
