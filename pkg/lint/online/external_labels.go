package online

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// externalLabelsUsed reports templates of alerts that print an external label which
// the server does not have: Prometheus puts nothing in its place.
type externalLabelsUsed struct {
	templates lint.Templates
	used      []lint.LabelInTemplate
	seen      map[report.Position]bool
}

func newExternalLabels() *externalLabelsUsed {
	return &externalLabelsUsed{templates: lint.NewTemplates(), seen: map[report.Position]bool{}}
}

func (*externalLabelsUsed) Rule() lint.Rule {
	return lint.Rule{ID: "alert/external-labels", Severity: report.Warning, Title: "A template prints an external label that the server does not have"}
}

// Note takes the external labels that the templates of an alert print, those in the
// labels of its group once.
func (c *externalLabelsUsed) Note(e *lint.Expr) {
	if e.Rule == nil || e.Rule.Kind != rulefile.Alert {
		return
	}
	for _, u := range c.templates.ExternalLabels(e.Rule) {
		at := u.In.Value.Inside(u.Start, u.End)
		if !c.seen[at] {
			c.seen[at] = at.Line > 0
			c.used = append(c.used, u)
		}
	}
}

func (c *externalLabelsUsed) Ask(ctx context.Context, a *Asking) []report.Finding {
	known, ok := a.ExternalLabels(ctx, "template label", len(c.used))
	if !ok {
		return nil
	}
	var out []report.Finding
	for _, u := range c.used {
		if _, has := known[u.Label]; has {
			continue
		}
		out = append(out, u.In.Value.Finding(c.Rule().ID, c.Rule().Severity, u.Start, u.End,
			fmt.Sprintf("the template of %s prints the external label %s, which %s does not have: nothing stands in its place", u.In.Key.V, u.Label, a.Name()),
			c.fix(u.Label, slices.Sorted(maps.Keys(known)))))
	}
	return out
}

func (c *externalLabelsUsed) fix(label string, known []string) string {
	if question := report.DidYouMean(label, known); question != "" {
		return question
	}
	if len(known) == 0 {
		return "add it to external_labels of the server, or take it out of the template; the server has none"
	}
	return "add it to external_labels of the server, or print one of " + strings.Join(known, ", ")
}
