package lint

import (
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

// Templates reads the templates in the labels and annotations of alerts.
type Templates struct{ check alertTemplate }

// NewTemplates returns what reads templates.
func NewTemplates() Templates { return Templates{newAlertTemplate()} }

// LabelInTemplate is a label that a template prints by name, and where in the value.
type LabelInTemplate struct {
	In         rulefile.Pair
	Label      string
	Start, End int
}

// ExternalLabels returns the external labels that the templates of an alert print, in
// the order of the text. Templates that do not parse have none; alert/template says so.
func (t Templates) ExternalLabels(r *rulefile.Rule) []LabelInTemplate {
	var out []LabelInTemplate
	for _, p := range append(r.AllLabels(), r.Annotations...) {
		if !strings.Contains(p.Value.V, "xternalLabels") {
			continue
		}
		for _, ref := range t.check.read(p).external {
			start := find(p.Value.V, ref.at, ref.label)
			out = append(out, LabelInTemplate{p, ref.label, start, start + len(ref.label)})
		}
	}
	return out
}
