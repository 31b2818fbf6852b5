package pipeline

import (
	"fmt"
	"slices"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// elsewhere is where a run in the other layout writes what one writes to a place.
func (g *Generation) elsewhere(at folder.Place) folder.Place {
	layout := generate.ByType
	if at.Layout == generate.ByType {
		layout = generate.ByService
	}
	return folder.At(g.Dir, at.Environment, at.Service, layout)
}

// moved returns what a run in the other layout wrote of the kinds of a task: nobody
// generates it any more, and whoever loads both has each rule twice. Of a service that
// is called as a kind is, a file may have the same path in both layouts.
func (g *Generation) moved(s *spec.Service, t task, changes []folder.Change) (Generated, error) {
	out := Generated{Service: s, At: g.elsewhere(t.at)}
	left, err := folder.Compare(out.At, nil, t.record.Kinds, g.Read)
	if err != nil || len(left) == 0 {
		return out, err
	}
	// What stays is as the run before made it; its kinds are those of the files.
	out.Record, _, _, err = folder.Recorded(out.At, bundle.Kinds(), g.Read)
	out.Record.Kinds = nil
	out.Changes = slices.DeleteFunc(left, func(old folder.Change) bool {
		return slices.ContainsFunc(changes, func(c folder.Change) bool { return c.Path == old.Path })
	})
	return out, err
}

// writeAll writes the files of a service, and removes those of the other layout where
// the run prunes.
func (g *Generation) writeAll(m *made, t task) {
	left, err := g.moved(m.out.Service, t, m.out.Changes)
	if err != nil {
		message, fix := folder.Unreadable(left.At.Dir, err)
		m.add("generate/unreadable", message, fix)
	}
	m.findings = append(m.findings, g.movedFindings(left, t)...)
	m.out.Changes = g.write(m, m.out)
	if g.Prune && len(left.Changes) > 0 {
		left.Changes = g.write(m, left)
	}
	m.out.Changes = append(m.out.Changes, left.Changes...)
}

// movedFindings tells of files in the other layout, of those that stay each, else once.
func (g *Generation) movedFindings(left Generated, t task) []report.Finding {
	s, n := left.Service, len(left.Changes)
	if n == 0 {
		return nil
	}
	if g.Prune {
		var out []report.Finding
		for _, c := range left.Changes {
			out = append(out, g.inTheWay(s, c, t)...)
		}
		return out
	}
	files := fmt.Sprintf("%d files", n)
	if n == 1 {
		files = "a file"
	}
	return []report.Finding{s.At.Finding("generate/obsolete", report.Warning, s.Name.V,
		fmt.Sprintf("%s lists %s in the layout %s, and this run writes the layout %s, so that rules may be loaded twice", left.At.List, files, left.At.Layout, t.at.Layout),
		"remove "+left.At.List+" and what it lists, or run "+applyAt(t.at, " --prune"))}
}

// applyAt is the command that writes to a place again.
func applyAt(at folder.Place, flags string) string {
	out := "nthlayer apply" + flags
	if at.Layout == generate.ByType {
		out += " --layout " + string(at.Layout)
	}
	if at.Environment != "" {
		out += " --env " + at.Environment
	}
	return out
}
