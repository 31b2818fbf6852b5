package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// Generation says what the stage Generate makes, and what it compares that with.
type Generation struct {
	Catalog *tech.Catalog
	Kinds   []generate.Kind
	// All is set when Kinds are all that a service's folder holds: what else was
	// written there before is obsolete then.
	All     bool
	Options generate.Options
	// Dir is the folder of the workspace that has a folder for each service.
	Dir string
	// Read reads what is there now.
	Read folder.Reader
	// Check makes artefacts that differ from what is there a finding: somebody
	// changed the service file and did not generate.
	Check bool
	// Force overwrites files that were changed by hand, Prune removes those that are
	// not generated any more. Without them each such file is a finding.
	Force, Prune bool
	// Lint checks the generated rules, too.
	Lint bool
	// Take is given what was generated for each service, in order; nil for nobody.
	Take func(Generated)
}

// Generated is what was made for one service.
type Generated struct {
	Service *spec.Service
	// Dir is the service's folder in the workspace.
	Dir     string
	Changes []folder.Change
	LeftOut []generate.LeftOut
}

// generate makes the artefacts of all services and compares them with those that
// are there. A service whose file has errors gives none: half of them would be
// taken for all.
func (r *run) generate(ctx context.Context) {
	g := r.o.Generation
	if !r.wants(Generate) || g == nil || r.idle(Generate) {
		return
	}
	made := make([]made, len(r.picked))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range r.picked {
		if r.broken(s) {
			made[i].verdict = report.Fail
			continue
		}
		group.Go(func() error {
			if ctx.Err() == nil {
				made[i] = g.make(ctx, s, r.lintOptions())
			}
			return nil
		})
	}
	_ = group.Wait() // its functions return no error
	var findings []report.Finding
	verdict := report.Pass
	for i := range made {
		findings = append(findings, made[i].findings...)
		verdict = report.Worst(verdict, made[i].verdict)
		r.judge(i, made[i].verdict)
		for _, c := range made[i].out.Changes {
			r.services[i].Artifacts = append(r.services[i].Artifacts, report.Artifact{Path: c.Path, Action: string(c.Action), SHA256: c.SHA256()})
		}
		if g.Take != nil && made[i].out.Service != nil {
			g.Take(made[i].out)
		}
	}
	r.stage(Generate, report.Worst(verdict, report.VerdictOf(findings)), findings)
}

// broken reports whether a service's file has errors.
func (r *run) broken(s *spec.Service) bool {
	return slices.ContainsFunc(r.findings, func(f report.Finding) bool {
		return f.Severity == report.Error && (f.Service == s.Name.V && f.Service != "" || slices.Contains(s.Inputs, f.File))
	})
}

// made is the result of one service.
type made struct {
	out      Generated
	findings []report.Finding
	verdict  report.Verdict
}

func (g *Generation) make(ctx context.Context, s *spec.Service, o lint.Options) made {
	job := generate.Job{Service: s, Catalog: g.Catalog, Metrics: intent.Offline(s), Options: g.Options}
	result := bundle.Generate(job, g.Kinds)
	m := made{findings: result.Findings, verdict: report.Pass, out: Generated{Service: s, Dir: path.Join(g.Dir, s.Name.V), LeftOut: result.LeftOut}}
	changes, err := folder.Compare(m.out.Dir, result.Artefacts, g.All, g.Read)
	if err != nil {
		m.findings = append(m.findings, s.At.Finding("generate/unreadable", report.Error, s.Name.V, "the generated files could not be read: "+err.Error(), ""))
		return m
	}
	m.out.Changes = changes
	for _, c := range changes {
		if g.Check {
			m.findings = append(m.findings, stale(s, c)...)
		} else {
			m.findings = append(m.findings, g.inTheWay(s, c)...)
		}
		if g.Lint && c.Action != folder.Obsolete && strings.HasSuffix(c.Path, ".yaml") && c.Artefact.Unit == "rules" && c.Artefact.Kind != generate.Loki {
			m.findings = append(m.findings, linted(ctx, s, c, o)...)
		}
	}
	return m
}

// stale says that a file is not what the service file generates, at the line that
// made the difference.
func stale(s *spec.Service, c folder.Change) []report.Finding {
	message, at := "", s.At
	switch c.Action {
	case folder.Unchanged:
		return nil
	case folder.Create:
		message = c.Path + " is generated from this file and is missing"
	case folder.Obsolete:
		message = c.Path + " is not generated from this file any more"
	case folder.Update, folder.Edited:
		line := firstDifference(c.Old, c.New)
		message = fmt.Sprintf("%s is not what this file generates, from line %d on", c.Path, line)
		if t, ok := c.Artefact.At(line); ok {
			message, at = message+": "+t.What, t.Origin
		}
		if c.Action == folder.Edited {
			message += "; it was changed by hand"
		}
	}
	fix := "run nthlayer apply and commit the result"
	switch c.Action {
	case folder.Edited:
		fix = "make the change in the service file, or run nthlayer apply --force, and commit the result"
	case folder.Obsolete:
		fix = "run nthlayer apply --prune and commit the result"
	case folder.Create, folder.Update, folder.Unchanged:
	}
	return []report.Finding{at.Finding("generate/stale", report.Error, s.Name.V, message, fix)}
}

// inTheWay reports files that are not touched: somebody's work would be lost.
func (g *Generation) inTheWay(s *spec.Service, c folder.Change) []report.Finding {
	switch {
	case c.Action == folder.Edited && !g.Force:
		at, what := s.At, ""
		if t, ok := c.Artefact.At(firstDifference(c.Old, c.New)); ok {
			at, what = t.Origin, ", first at "+t.What
		}
		return []report.Finding{at.Finding("generate/edited", report.Error, s.Name.V, c.Path+" was changed by hand, or is not of our making"+what,
			"make the change in the service file and remove that file, or overwrite it with --force")}
	case c.Action == folder.Obsolete && !g.Prune:
		return []report.Finding{s.At.Finding("generate/obsolete", report.Warning, s.Name.V, c.Path+" is not generated from this file any more, and its rules may still be loaded",
			"remove it, or run nthlayer apply --prune")}
	}
	return nil
}

// firstDifference returns the first line, from 1, of the new text that is not in
// the old one at that place.
func firstDifference(old, wanted []byte) int {
	was, is := bytes.SplitAfter(old, []byte("\n")), bytes.SplitAfter(wanted, []byte("\n"))
	for i := range is {
		if i >= len(was) || !bytes.Equal(was[i], is[i]) {
			return i + 1
		}
	}
	return len(is)
}

// linted checks generated rules. What is wrong with one is told at the place that
// it came from, where it can be changed.
func linted(ctx context.Context, s *spec.Service, c folder.Change, o lint.Options) []report.Finding {
	found := lint.ReadRules(ctx, []lint.File{{Name: c.Path, Data: c.New}}).Lint(ctx, o)
	out := make([]report.Finding, 0, len(found))
	for _, f := range found {
		at, what := s.At, ""
		if t, ok := c.Artefact.At(f.Line); ok {
			at, what = t.Origin, t.What+" "
		}
		out = append(out, at.Finding(f.Rule, f.Severity, s.Name.V, fmt.Sprintf("%sin line %d of %s: %s", what, f.Line, c.Path, f.Message), f.Suggestion))
	}
	return out
}
