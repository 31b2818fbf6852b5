package organisation

import (
	"slices"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Before is what a change made of services and files. A change that edits what a rule
// or a waiver goes by leaves the reach of neither: what held before it holds until it
// is merged, and what did not hold begins after that. The zero value is no change.
type Before struct {
	// Services are those of before by those of now.
	Services map[*spec.Service]*spec.Service
	// Names are the former names of services, Files the former paths of files, by the
	// present ones, where they differ.
	Names map[string]string
	Files map[string][]string
}

// binds reports whether a rule is about a service in an environment, and whether that
// is only so because of what the service was before the change.
func (r Rule) binds(s *spec.Service, in Input) (binds, before bool) {
	if r.When.holds(s, in.Environment) {
		return true, false
	}
	was, ok := in.Before.Services[s]
	before = ok && r.When.holds(was, in.Environment)
	return before, before
}

// covered reports whether a waiver was for a finding before the change, too.
func (b Before) covered(w Waiver, f report.Finding) bool {
	service := f.Service
	if was, ok := b.Names[service]; ok {
		service = was
	}
	files := b.Files[f.File]
	if len(files) == 0 {
		files = []string{f.File}
	}
	return !slices.ContainsFunc(files, func(file string) bool { return !w.covers(service, file) })
}
