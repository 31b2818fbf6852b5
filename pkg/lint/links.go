package lint

import (
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/spec"
)

// RunbookURLs returns the addresses of runbooks that the rules link to, sorted and
// each once. Those that a template makes are not known.
func (s *RuleSet) RunbookURLs() []string { return runbookURLs(slices.Concat(s.rules, s.logs)) }

// RunbookURLs returns the addresses of runbooks that alerts of services link to.
func RunbookURLs(services []*spec.Service) []string {
	var rules []*rulefile.Rule
	for _, s := range services {
		for _, a := range s.Alerts {
			rules = append(rules, alertRule(s, a))
		}
	}
	return runbookURLs(rules)
}

func runbookURLs(rules []*rulefile.Rule) []string {
	var out []string
	for _, r := range rules {
		for _, p := range runbooks(r) {
			if why, _ := WrongLink(p.Value.V); why == "" && !templated(p.Value.V) {
				out = append(out, p.Value.V)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
