package online

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// verdict is what is to be said of a selector.
type verdict struct {
	severity     report.Severity
	message, fix string
}

// say returns the findings about a selector, one for each place where it stands.
func (s *series) say(w *want, a *Asking) []report.Finding {
	if w.live || w.alive && w.healthy() {
		return nil
	}
	v := w.verdict(a)
	out := make([]report.Finding, 0, len(w.uses))
	for _, u := range w.uses {
		severity := v.severity
		if u.optional {
			severity = milder(severity)
		}
		out = append(out, u.expr.Finding(s.Rule().ID, severity, u.start, u.end, v.message, v.fix))
	}
	return out
}

// milder is the severity where an expression does without the series.
func milder(s report.Severity) report.Severity {
	if s == report.Error {
		return report.Warning
	}
	return report.Info
}

func (w *want) verdict(a *Asking) verdict {
	text := report.Clip(w.selector.String(), 200)
	switch {
	case !w.lastSeen.IsZero():
		return verdict{
			report.Warning,
			fmt.Sprintf("%s has no series in %s; the last sample was %s before", text, a.info.Name, promql.Duration(a.at.Sub(w.lastSeen).Truncate(time.Minute))),
			"look whether its target is still scraped, or take what is no longer exported out of the expression",
		}
	case w.alive:
		return w.unmatched(a)
	case w.loaded:
		return verdict{
			report.Info, fmt.Sprintf("%s has no series in %s, but a rule that is loaded there records it", text, a.info.Name),
			"look whether that rule has a result",
		}
	case w.forgotten != nil:
		return verdict{
			report.Warning, fmt.Sprintf("%s has no series in %s, and whether it ever had could not be asked: %v", text, a.info.Name, w.forgotten),
			"look whether its target is scraped",
		}
	case !a.info.History:
		return verdict{report.Error, fmt.Sprintf("%s has no series in %s", text, a.info.Name), w.suggestion()}
	}
	return verdict{report.Error, fmt.Sprintf("%s has no series in %s, and had none in the last %s", text, a.info.Name, promql.Duration(history)), w.suggestion()}
}

func (w *want) suggestion() string {
	switch {
	case w.near != "":
		return "did you mean " + w.near + "?"
	case w.selector.Name == "":
		return "correct the matchers"
	}
	return "correct the name, or export the metric before the rule is deployed"
}

// unmatched says which matcher keeps a metric that is there from being matched.
func (w *want) unmatched(a *Asking) verdict {
	name := w.selector.Name
	for _, m := range w.selector.Matchers {
		values := w.values[m.Name]
		if slices.ContainsFunc(values, m.Matches) {
			continue
		}
		if !slices.ContainsFunc(values, notEmpty) {
			return verdict{
				report.Warning, fmt.Sprintf("%s has no label %s in %s, so %s matches nothing", name, m.Name, a.info.Name, report.Clip(m.String(), 100)),
				"take the matcher out, or name the label that the metric has",
			}
		}
		return verdict{
			report.Warning, fmt.Sprintf("%s has no series in %s with %s", name, a.info.Name, report.Clip(m.String(), 100)), choices(m, values),
		}
	}
	return verdict{
		report.Warning, fmt.Sprintf("%s has series in %s for each matcher, but none for all of %s", name, a.info.Name, report.Clip(w.selector.String(), 200)),
		"take out the matcher that does not belong to the others",
	}
}

// choices names the values that a label has, the nearest first where one is near.
func choices(m *labels.Matcher, values []string) string {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	if near := report.Nearest(m.Value, values); near != "" && m.Type == labels.MatchEqual {
		return fmt.Sprintf("did you mean %s=%q?", m.Name, near)
	}
	const most = 5
	more := ""
	if n := len(values) - most; n > 0 {
		values, more = values[:most], fmt.Sprintf(" and %d more", n)
	}
	for i, v := range values {
		values[i] = report.Clip(v, 40)
	}
	return "its values are " + strings.Join(values, ", ") + more
}
