package organisation

import (
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// Sentence is one rule of a policy in words for people.
type Sentence struct {
	// Name is the rule's name; empty for what is no rule of its own.
	Name     string
	Severity report.Severity
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
		out = append(out, Sentence{Name: r.Name.V, Severity: severity, Text: r.When.subject() + r.check.sentence() + ".", Why: r.Description})
	}
	return out
}

// WaiverSentences returns the waivers in words, in the order of the file.
func (p *Policy) WaiverSentences() []string {
	var out []string
	for _, w := range p.Waivers {
		var of []string
		if len(w.Services) > 0 {
			of = append(of, "on "+eitherOf(w.Services))
		}
		if len(w.Files) > 0 {
			of = append(of, "in "+eitherOf(w.Files))
		}
		out = append(out, w.name()+" is waived "+strings.Join(of, " ")+" until "+w.Until+": "+w.Reason)
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
