package lint

import (
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// alertForBounds reports alerts that wait shorter or longer than the policy allows.
type alertForBounds struct{ metadata organisation.Metadata }

func (alertForBounds) Rule() Rule {
	return Rule{ID: "alert/for-bounds", Severity: report.Error, Title: "An alert waits shorter or longer than the policy allows"}
}

// AnyLanguage says that the expression does not matter.
func (alertForBounds) AnyLanguage() {}

func (c alertForBounds) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	if r.Kind != rulefile.Alert {
		return nil
	}
	var out []report.Finding
	for _, d := range asked(c.metadata, r) {
		out = append(out, c.wait(r, d)...)
		out = append(out, c.tooLong("keep_firing_for", r.KeepFiringFor, d)...)
	}
	return out
}

// wait looks at for:, whose absence is a wait of nothing.
func (c alertForBounds) wait(r *rulefile.Rule, d demand) []report.Finding {
	rule := c.Rule()
	if d.ForMin != nil && *d.ForMin > 0 {
		least := promql.Duration(*d.ForMin)
		if !r.For.Set() {
			return one(r.Name.Whole(rule.ID, rule.Severity, r.Name.V+" has no for:, and the policy asks "+d.of+" to wait at least "+least, "add for: "+least))
		}
		if got, ok := waitOf(r.For); ok && got < *d.ForMin {
			return one(r.For.Whole(rule.ID, rule.Severity, "for: "+r.For.V+" is shorter than the "+least+" that the policy asks of "+d.of, "wait at least "+least))
		}
	}
	return c.tooLong("for", r.For, d)
}

func (c alertForBounds) tooLong(field string, t rulefile.Text, d demand) []report.Finding {
	got, ok := waitOf(t)
	if !ok || d.ForMax == nil || got <= *d.ForMax {
		return nil
	}
	rule, most := c.Rule(), promql.Duration(*d.ForMax)
	return one(t.Whole(rule.ID, rule.Severity, field+": "+t.V+" is longer than the "+most+" that the policy allows "+d.of, "wait at most "+most))
}

// waitOf returns the duration of a field; false when there is none. What is no
// duration is reported by rule/duration.
func waitOf(t rulefile.Text) (time.Duration, bool) {
	if !t.Set() {
		return 0, false
	}
	d, err := model.ParseDuration(t.V)
	return time.Duration(d), err == nil
}
