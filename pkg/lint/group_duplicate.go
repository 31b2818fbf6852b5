package lint

import (
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// groupDuplicate reports group names that a file has twice, which Prometheus
// refuses.
type groupDuplicate struct{}

func (groupDuplicate) Rule() Rule {
	return Rule{ID: "group/duplicate", Severity: report.Error, Title: "A file has two groups of the same name"}
}

func (c groupDuplicate) CheckFile(f *rulefile.File) []report.Finding {
	r := c.Rule()
	type id struct {
		document int
		name     string
	}
	seen := map[id]bool{}
	var out []report.Finding
	for _, g := range f.Groups {
		k := id{g.Document, g.Name.V}
		if seen[k] && g.Name.V != "" {
			out = append(out, g.Name.Whole(r.ID, r.Severity, "the file has two groups named "+g.Name.V, "rename one of the two, or put their rules together"))
		}
		seen[k] = true
	}
	return out
}
