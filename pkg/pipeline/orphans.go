package pipeline

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// orphans tells what was generated for services that are gone: nobody generates it
// any more, and its rules may still be loaded. A run that writes looks at those of its
// environment, and removes them where it prunes; a check at those of all.
func (r *run) orphans(ctx context.Context) []report.Finding {
	g := r.o.Generation
	if g.Lists == nil || !g.Check && !slices.ContainsFunc(r.o.Files, func(f spec.Found) bool { return !f.Named }) {
		return nil // somebody named the services to look at
	}
	lists, err := g.Lists()
	if err != nil {
		return []report.Finding{report.At(report.Position{File: g.Dir}, "generate/unreadable", report.Error, "the generated files could not be looked for: "+err.Error())}
	}
	var out []report.Finding
	for _, list := range lists {
		at, ok := folder.Of(g.Dir, list)
		if !ok || ctx.Err() != nil || !g.Check && at.Environment != r.rep.Environment || r.isService(at.Service) {
			continue
		}
		out = append(out, r.orphan(at)...)
	}
	if len(out) == 0 && r.blindCheck() {
		out = r.unseen(lists)
	}
	return out
}

// blindCheck reports whether a check found no service at all, and nothing says why.
func (r *run) blindCheck() bool {
	return r.o.Generation.Check && len(r.all) == 0 && report.VerdictOf(r.findings) != report.Fail
}

// unseen tells that there is something to compare and nothing to compare it with: a
// check that looks for service files in the wrong place must not pass.
func (r *run) unseen(lists []string) []report.Finding {
	g := r.o.Generation
	for _, list := range lists {
		at, ok := folder.Of(g.Dir, list)
		if !ok {
			continue
		}
		what := list + " lists files of the service " + at.Service
		if record, wrong, _, err := folder.Recorded(at, bundle.Kinds(), g.Read); err == nil && len(wrong) == 0 {
			what += ", from " + record.Source
		}
		f := report.At(report.Position{File: list}, "generate/stale", report.Error, what+", and this run found no service file to compare it with")
		f.Service, f.Suggestion = at.Service, "name the service files in the input services, or put them into services/"
		return []report.Finding{f}
	}
	return nil
}

func (r *run) isService(name string) bool {
	return slices.ContainsFunc(r.all, func(s *spec.Service) bool { return s.Name.V == name })
}

// orphan tells what is at a place of a service that this run has not seen. Only where
// the file that it is of is gone, or was read and does not hold it, is it gone.
func (r *run) orphan(at folder.Place) []report.Finding {
	g := r.o.Generation
	record, wrong, _, err := folder.Recorded(at, bundle.Kinds(), g.Read)
	switch {
	case r.o.Changed != nil && !r.o.Changed(at.List) && !r.o.Changed(record.Source):
		return nil // not of this change
	case err != nil:
		return []report.Finding{report.At(report.Position{File: at.List}, "generate/unreadable", report.Error, "the list of generated files could not be read: "+err.Error())}
	case len(wrong) > 0 && g.Check:
		return []report.Finding{foreign(at, wrong)}
	case len(wrong) > 0 || !r.gone(record.Source):
		return nil
	}
	what := at.List + " lists files of the service " + at.Service + ", which " + record.Source + " does not define any more"
	f := report.At(report.Position{File: at.List}, "generate/obsolete", report.Warning, what+", and its rules may still be loaded")
	f.Service, f.Suggestion = at.Service, "run "+applyAt(at, " --prune")+", or remove the files"
	switch {
	case g.Check:
		f.Rule, f.Severity, f.Message, f.Suggestion = "generate/stale", report.Error, what, f.Suggestion+", and commit the result"
	case g.Prune && g.Remove != nil:
		return g.remove(at, f)
	}
	return []report.Finding{f}
}

// gone reports whether a service file is not there any more, or was read by this run.
// The caller knows that the service is not among those that were read.
func (r *run) gone(file string) bool {
	if _, err := r.o.Workspace.Read(file, 1); errors.Is(err, fs.ErrNotExist) {
		return true
	}
	read := slices.ContainsFunc(r.o.Files, func(f spec.Found) bool { return f.Path == file })
	return read && !slices.ContainsFunc(r.findings, func(f report.Finding) bool { return f.File == file && f.Severity == report.Error })
}

// remove removes what is at a place and says so.
func (g *Generation) remove(at folder.Place, f report.Finding) []report.Finding {
	left, err := g.Remove(at)
	switch {
	case err != nil:
		f.Rule, f.Severity, f.Message = "generate/unwritable", report.Error, "what was generated for "+at.Service+" could not be removed: "+err.Error()
	case len(left) > 0:
		f.Message += "; changed by hand, and left as they are: " + strings.Join(left, ", ")
		f.Suggestion = "remove these files yourself, with " + at.List
	default:
		f.Severity, f.Message, f.Suggestion = report.Info, "the files of the service "+at.Service+", which is gone, were removed with "+at.List, ""
	}
	return []report.Finding{f}
}
