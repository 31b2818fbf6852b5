package organisation

import (
	"slices"
	"strconv"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// preparer is a check that has something to read once for all services.
type preparer interface {
	prepare(in Input) check
}

// Check applies the rules to services, in time linear in services times rules. A
// finding has the id of the rule's kind, tells the rule's own name, and stands at
// the place in the service file.
func (p *Policy) Check(services []*spec.Service, in Input) []report.Finding {
	rules := slices.Clone(p.Rules)
	for i := range rules {
		if c, ok := rules[i].check.(preparer); ok {
			rules[i].check = c.prepare(in)
		}
	}
	var out []report.Finding
	for _, s := range services {
		for _, r := range rules {
			out = append(out, r.findings(s, in)...)
		}
	}
	return out
}

// findings are the ways in which a service breaks the rule.
func (r Rule) findings(s *spec.Service, in Input) []report.Finding {
	var out []report.Finding
	for _, form := range r.forms(s, in) {
		for _, v := range r.check.violations(form.service, in) {
			if form.why != "" {
				v.suggestion += "; " + form.why
			}
			out = append(out, r.finding(s, v))
		}
	}
	return out
}

func (r Rule) finding(s *spec.Service, v violation) report.Finding {
	severity := r.Severity
	if v.unsure {
		severity = report.Info
	}
	f := placeIn(s, v.at).Finding(r.Kind.ID(), severity, s.Name.V, v.message+byRule(r.Name.V), v.suggestion)
	f.Value = v.value
	return f
}

// byRule is the end of the messages of a rule. Waivers that name the rule go by it.
func byRule(name string) string { return " (policy rule " + strconv.Quote(name) + ")" }
