package organisation

import (
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Sentence is one rule of a policy in words for people.
type Sentence struct {
	// Name is the rule's name.
	Name     string
	Severity report.Severity
	// Off is set when the policy itself disables what it asks for.
	Off bool
	// Text is one sentence, with its full stop.
	Text string
	// Why is the description that the policy gives; may be empty.
	Why string
}

// Sentences returns the rules of the policy in words, in the order of the file.
func (p *Policy) Sentences() []Sentence {
	var out []Sentence
	for _, r := range p.Rules {
		severity := r.Severity
		if s, ok := p.Lint.Severities[r.Kind.ID()]; ok {
			severity = s
		}
		out = append(out, Sentence{Name: r.Name.V, Severity: severity, Off: slices.Contains(p.Lint.Disabled, r.Kind.ID()), Text: r.When.subject() + r.check.sentence() + ".", Why: r.Description})
	}
	return out
}

// WaiverSentences returns the waivers in words, in the order of the file. Today is as in
// Input.
func (p *Policy) WaiverSentences(today string) []string {
	var out []string
	for _, w := range p.Waivers {
		var of []string
		if len(w.Services) > 0 {
			of = append(of, "on "+eitherOf(w.Services))
		}
		if len(w.Files) > 0 {
			of = append(of, "in "+eitherOf(w.Files))
		}
		is, until := " is waived ", " until "
		if w.over(today) {
			is, until = " was waived ", ", which ended on "
		}
		out = append(out, w.name()+is+strings.Join(of, " ")+until+w.Until+": "+w.Reason)
	}
	return out
}

// subject says whom a rule is about, as the beginning of a sentence.
func (w When) subject() string {
	var types []string
	for _, t := range w.Types {
		types = append(types, string(t))
	}
	out := "Every service"
	if len(types) > 0 {
		out += " of type " + either(types)
	}
	if len(w.Tiers) > 0 {
		out += " of tier " + either(tierTexts(w.Tiers))
	}
	if len(w.Teams) > 0 {
		out += " of the team " + either(w.Teams)
	}
	if len(w.Environments) > 0 {
		out += ", in " + either(w.Environments) + ","
	}
	return out
}

// settings are the entries of a policy beside its rules and waivers.
func settings(top *document.Node) []string {
	var out []string
	for _, f := range top.Fields {
		switch {
		case f.Key == "version" || f.Key == "rules" || f.Key == "waivers":
		case f.Value.Kind == document.Mapping:
			for _, inner := range f.Value.Fields {
				out = append(out, f.Key+"."+inner.Key+": "+inline(inner.Value))
			}
		default:
			out = append(out, f.Key+": "+inline(f.Value))
		}
	}
	return out
}

// inline is a value in one line, for people.
func inline(n *document.Node) string {
	var parts []string
	switch n.Kind {
	case document.Mapping:
		for _, f := range n.Fields {
			parts = append(parts, f.Key+": "+inline(f.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case document.Sequence:
		for _, item := range n.Items {
			parts = append(parts, inline(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return strings.Join(strings.Fields(n.Text), " ")
	}
}
