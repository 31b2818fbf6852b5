package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// stale says which files of a service are not what the service file generates, at
// the lines that made the difference.
func (g *Generation) stale(s *spec.Service, changes []folder.Change, t task) []report.Finding {
	whole := slices.ContainsFunc(changes, allDiffer)
	var out []report.Finding
	for _, c := range changes {
		message, fix := c.Path+" is not what this file generates: ", applyIt(s, "", t)+" and commit the result"
		found := []difference{{at: s.At}}
		switch c.Action {
		case folder.Unchanged:
			continue
		case folder.Create:
			message = c.Path + " is generated from this file and is missing"
		case folder.Obsolete:
			message, fix = c.Path+" is not generated from this file any more", applyIt(s, " --prune", t)+" and commit the result"
		case folder.Update:
			found = differences(s, c, whole)
			if c.Artefact.Kind == generate.RuleTests {
				found = follow(found, causes(s, changes, whole))
			}
		case folder.Edited:
			found = differences(s, c, false)
			if c.Gone() {
				message, fix = c.Path+" is not generated from this file any more, and was changed by hand", "remove "+c.Path+", "+applyIt(s, "", t)+" and commit the result"
				break
			}
			message = c.Path + " was changed by hand: "
			fix = "make the change in the service file, or " + applyIt(s, " --force", t) + ", and commit the result"
		case folder.Overwritten, folder.Removed, folder.Failed: // a check writes nothing
		}
		for _, d := range found {
			f := d.at.Finding("generate/stale", report.Error, s.Name.V, message+d.what, fix)
			if c.Action != folder.Edited {
				f = g.atChange(f, d.at.Equal(s.At))
			}
			out = append(out, f)
		}
	}
	return out
}

// causes are the places from which files other than unit tests differ.
func causes(s *spec.Service, changes []folder.Change, whole bool) []difference {
	var out []difference
	for _, c := range changes {
		if c.Action == folder.Update && c.Artefact.Kind != generate.RuleTests {
			out = append(out, differences(s, c, whole)...)
		}
	}
	return out
}

// follow leaves those differences of unit tests that are where the tested rules differ,
// too, if there are any: one figure that needs more digits changes those beside it.
func follow(found, causes []difference) []difference {
	var out []difference
	for _, d := range found {
		if slices.ContainsFunc(causes, func(c difference) bool { return c.at.Equal(d.at) }) {
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		return found
	}
	return out
}

// applyIt is the command that generates a service as it was generated before.
func applyIt(s *spec.Service, flag string, t task) string {
	flag = t.flags() + flag
	if s.Environment != "" {
		flag += " --env " + s.Environment
	}
	return "run nthlayer apply" + flag
}

// difference is one place of a service file from which a file differs, and what
// of the file.
type difference struct {
	at   spec.Origin
	what string
}

// maxPlaces is from how many places of a service file one file may differ before
// the service as a whole is named.
const maxPlaces = 3

// differing are the parts of a file that have differing lines, in their order.
func differing(c folder.Change) []generate.Trace {
	lines := changedLines(c.Old, c.New)
	var out []generate.Trace
	for _, t := range c.Artefact.Trace {
		if slices.ContainsFunc(lines, func(line int) bool { return t.Line <= line && line <= t.EndLine }) {
			out = append(out, t)
		}
	}
	return out
}

// allDiffer reports whether every part of a file differs, and they came from several
// places: something changed that they share, as the tier or the team.
func allDiffer(c folder.Change) bool {
	trace := c.Artefact.Trace
	return c.Action == folder.Update && len(trace) > 0 && len(differing(c)) == len(trace) &&
		slices.ContainsFunc(trace, func(t generate.Trace) bool { return !t.Origin.Equal(trace[0].Origin) })
}

// differences returns the places that the differing lines of a file came from, in
// the order of the lines. It returns at least one. With whole set it is the service.
func differences(s *spec.Service, c folder.Change, whole bool) []difference {
	var places []spec.Origin
	var parts [][]string
	if c.Gone() {
		return []difference{{at: s.At}}
	}
	all := differing(c)
	for _, t := range all {
		i := slices.IndexFunc(places, t.Origin.Equal)
		if i < 0 {
			i, places, parts = len(places), append(places, t.Origin), append(parts, nil)
		}
		parts[i] = append(parts[i], t.What)
	}
	switch {
	case len(all) == 0:
		return []difference{{s.At, "lines differ that belong to no part of it"}}
	case whole || len(places) > maxPlaces:
		return []difference{{s.At, differ(slices.Concat(parts...))}}
	}
	out := make([]difference, 0, len(places))
	for i, at := range places {
		out = append(out, difference{at, differ(parts[i])})
	}
	return out
}

// unrepeated returns each name once, in order: a part may be in several pieces.
func unrepeated(names []string) []string {
	var out []string
	for _, name := range names {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// differ says that parts differ, and names a few of them.
func differ(parts []string) string {
	parts = unrepeated(parts)
	switch n := len(parts); n {
	case 1:
		return parts[0] + " differs"
	case 2:
		return parts[0] + " and " + parts[1] + " differ"
	default:
		return fmt.Sprintf("%s and %d more differ", parts[0], n-1)
	}
}

// changedLines returns the lines of the new text, from 1, that are not in the old
// one; where lines are only gone, the one that now stands there.
func changedLines(old, wanted []byte) []int {
	var l lines
	before, after := l.encode(old), l.encode(wanted)
	var out []int
	at, line := 0, 1 // line is that of the new text where the old one is at
	for _, e := range udiff.Strings(before, after) {
		line += utf8.RuneCountInString(before[at:e.Start])
		at = e.End
		for range e.New {
			out = append(out, line)
			line++
		}
		if e.New == "" {
			out = append(out, line)
		}
	}
	return out
}

// lines writes texts with one character for each line, equal ones for equal lines,
// so that what compares characters compares lines.
type lines struct{ known map[string]rune }

func (l *lines) encode(text []byte) string {
	if l.known == nil {
		l.known = map[string]rune{}
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		r, ok := l.known[line]
		if !ok {
			r = firstRune + rune(len(l.known))
			l.known[line] = r
		}
		b.WriteRune(r)
	}
	return b.String()
}

// firstRune is behind the surrogates, which are no characters. There is room for a
// million different lines.
const firstRune = 0xE000

// inTheWay reports files that are not touched: somebody's work would be lost.
func (g *Generation) inTheWay(s *spec.Service, c folder.Change, t task) []report.Finding {
	switch {
	case c.Action == folder.Edited && c.Gone() && (!g.Force || !g.Prune):
		return []report.Finding{s.At.Finding("generate/obsolete", report.Warning, s.Name.V, c.Path+" is not generated from this file any more and was changed by hand, so that it stays, and its rules may still be loaded",
			"remove it, or run "+applyAt(t.at, " --prune --force"))}
	case c.Action == folder.Edited && !c.Gone() && !g.Force:
		d := differences(s, c, false)[0]
		return []report.Finding{d.at.Finding("generate/edited", report.Error, s.Name.V, c.Path+" was changed by hand, or is not of our making: "+d.what,
			"make the change in the service file and remove that file, or overwrite it with --force")}
	case c.Action == folder.Obsolete && !g.Prune:
		return []report.Finding{s.At.Finding("generate/obsolete", report.Warning, s.Name.V, c.Path+" is not generated from this file any more, and its rules may still be loaded",
			"remove it, or run "+applyAt(t.at, " --prune"))}
	}
	return nil
}

// otherEnvironments checks the artefacts of environments that the run is not for:
// a pull request is looked at once, and deployed to all.
func (r *run) otherEnvironments(ctx context.Context) []report.Finding {
	var out []report.Finding
	g := r.o.Generation
	for _, name := range g.Environments {
		if name == r.rep.Environment || ctx.Err() != nil {
			continue
		}
		files := make([]spec.Found, 0, len(r.picked))
		for _, s := range r.picked {
			files = append(files, spec.Found{Path: s.File, Named: true})
		}
		slices.SortFunc(files, func(a, b spec.Found) int { return strings.Compare(a.Path, b.Path) })
		loaded := spec.Load(ctx, r.o.Workspace, slices.Compact(files), spec.Options{Environment: name, ServiceLabel: r.o.ServiceLabel})
		services := slices.DeleteFunc(loaded.Services, func(s *spec.Service) bool {
			return r.index(s.Name.V) < 0 || !g.has(s.Name.V, name) && !g.isNew(s.Name.V)
		})
		for i, m := range r.makeAll(ctx, services, newFaults(slices.Concat(loaded.Unreadable, loaded.Findings))) {
			if s := services[i]; m.out.Broken {
				m.add("generate/stale", folder.At(g.Dir, s.Environment, s.Name.V, "").Dir+" cannot be checked: the file has errors in the environment "+name, "run nthlayer validate --env "+name)
			}
			out = append(out, comparisons(m.findings)...)
		}
	}
	return out
}

// comparisons leaves out what generators found themselves, which was told in the
// environment of the run.
func comparisons(findings []report.Finding) []report.Finding {
	return slices.DeleteFunc(findings, func(f report.Finding) bool { return f.Rule != "generate/stale" && f.Rule != "generate/unreadable" })
}

// has reports whether something was generated for a service in an environment.
func (g *Generation) has(service, environment string) bool {
	return slices.ContainsFunc(layouts(), func(l generate.Layout) bool {
		_, err := g.Read(folder.At(g.Dir, environment, service, l).List)
		return err == nil
	})
}

// isNew reports whether nothing was generated for a service where everything belongs
// to an environment.
func (g *Generation) isNew(service string) bool {
	return g.ByEnvironment && !slices.ContainsFunc(g.Environments, func(name string) bool { return g.has(service, name) })
}

// touched reports whether a change touches what was generated for a service.
func (g *Generation) touched(s *spec.Service, changed func(string) bool) bool {
	for _, environment := range append([]string{s.Environment}, g.Environments...) {
		for _, layout := range layouts() {
			names, err := folder.Files(folder.At(g.Dir, environment, s.Name.V, layout), g.Read)
			if err != nil || slices.ContainsFunc(names, changed) {
				return true
			}
		}
	}
	return false
}
