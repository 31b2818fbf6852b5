package lint

import "github.com/nthlayer/action/pkg/report"

// changeServiceRenamed tells that a service has another name: its metrics are
// looked for under the new one.
type changeServiceRenamed struct{}

func (changeServiceRenamed) Rule() Rule {
	return Rule{ID: "change/service-renamed", Severity: report.Info, Title: "The change renames a service"}
}

func (k changeServiceRenamed) CheckChange(c Change) []report.Finding {
	if c.Base.Name.V == c.Head.Name.V {
		return nil
	}
	return one(c.finding(c.Head.Name.At, k.Rule(), wasAndIs("the name of the service", c.Base.Name.V, c.Head.Name.V),
		"make sure that its metrics carry the new name before this is merged"))
}
