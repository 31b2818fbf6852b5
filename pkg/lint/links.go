package lint

import (
	"slices"
	"strconv"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/transport/pages"
)

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

// UnaskedLinks tells that links were not looked at, be they twice in the list.
func UnaskedLinks(urls []string) []report.Finding {
	slices.Sort(urls)
	n := len(slices.Compact(urls))
	if n == 0 {
		return nil
	}
	links := strconv.Itoa(n) + " links to runbooks were"
	if n == 1 {
		links = "1 link to a runbook was"
	}
	f := report.At(report.Position{}, alertRunbookURL{}.Rule().ID, report.Warning,
		links+" not asked for: a run asks for "+strconv.Itoa(pages.Max)+" pages, and for none once its time is over; whether theirs are there is not known")
	f.Suggestion = "lint a part of the files at a time, or raise --timeout"
	return one(f)
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
	return sortedOnce(out)
}

func sortedOnce(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
