package online

import (
	"context"
	"fmt"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// labelConflict reports labels of rules that are external labels of the server too.
// Prometheus keeps the label of the rule, so the external one, by which people tell
// servers apart, is lost; Thanos keeps its own.
type labelConflict struct {
	pairs []labelled
	seen  map[report.Position]bool
}

// labelled is a label that a rule sets.
type labelled struct {
	rulefile.Pair
	kind rulefile.Kind
}

func newLabelConflict() *labelConflict { return &labelConflict{seen: map[report.Position]bool{}} }

func (*labelConflict) Rule() lint.Rule {
	return lint.Rule{ID: "rule/label-conflict", Severity: report.Warning, Title: "A rule sets a label that is an external label of the server"}
}

// Note takes the labels of a rule. A label of a group is taken once, and one that is
// computed is left alone: as long as it is that of the series, nothing is lost by it.
func (c *labelConflict) Note(e *lint.Expr) {
	if e.Rule == nil {
		return
	}
	for _, p := range e.Rule.AllLabels() {
		at := p.Key.At()
		if strings.Contains(p.Value.V, "{{") || c.seen[at] {
			continue
		}
		c.seen[at] = at.Line > 0
		c.pairs = append(c.pairs, labelled{p, e.Rule.Kind})
	}
}

func (c *labelConflict) Ask(ctx context.Context, a *Asking) []report.Finding {
	known, ok := a.ExternalLabels(ctx, "label", len(c.pairs))
	if !ok {
		return nil
	}
	var out []report.Finding
	for _, p := range c.pairs {
		value, conflicts := known[p.Key.V]
		if !conflicts {
			continue
		}
		name := p.Key.V
		if value == p.Value.V {
			out = append(out, p.Key.Whole(c.Rule().ID, report.Info,
				fmt.Sprintf("%s has the external label %s=%q, so the rule need not set it", a.Name(), name, report.Clip(value, 80)), "remove it"))
			continue
		}
		out = append(out, p.Key.Whole(c.Rule().ID, c.Rule().Severity, c.message(p, a.Name(), value), "give the label of the rule another name"))
	}
	return out
}

func (c *labelConflict) message(p labelled, server, value string) string {
	of := fmt.Sprintf("%s has the external label %s=%q", server, p.Key.V, report.Clip(value, 80))
	if p.kind == rulefile.Alert {
		return of + ": the alert has the value of the rule, and nobody sees from which server it came"
	}
	return of + ": what is recorded has the value of the rule, and its series pass for those of another server"
}
