package pipeline

import (
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// suppress leaves out the findings that comments in service files leave out, and
// adds what is wrong with the comments. Only the files of services that are looked
// at are read.
func (r *run) suppress(findings []report.Finding) []report.Finding {
	var files []lint.File
	seen := map[string]bool{}
	for _, s := range r.picked {
		for _, name := range s.Inputs {
			if seen[name] {
				continue
			}
			seen[name] = true
			data, err := r.o.Workspace.Read(name, document.ServiceLimits().Bytes)
			if err == nil { // one that went away since is no longer asked about
				files = append(files, lint.File{Name: name, Data: data})
			}
		}
	}
	kept, suppressed := lint.SuppressServices(r.picked, files, findings, r.lintOptions())
	r.rep.Summary.Suppressed += suppressed
	return kept
}
