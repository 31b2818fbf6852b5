package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// ruleManifest is the rule about lists of generated files that no run wrote.
const ruleManifest = "generate/manifest"

// task is what is made of a service at one place.
type task struct {
	at      folder.Place
	options generate.Options
	record  folder.Record
}

// task is what a run that writes makes of a service. A list that cannot be read says
// nothing of what was made before: the comparison with the files tells of it.
func (g *Generation) task(s *spec.Service, label string) task {
	o := g.Options
	o.ServiceLabel = label
	t := task{
		at: folder.At(g.Dir, s.Environment, s.Name.V, o.Layout), options: o,
		record: folder.Record{Source: s.File, Kinds: g.Kinds, Choices: folder.ChoicesOf(o)},
	}
	if len(g.Refresh) == 0 {
		return t
	}
	here, _ := folder.Made(t.at, g.Read)
	moved, _ := folder.Made(g.elsewhere(t.at), g.Read)
	before := slices.Concat(here, moved)
	slices.Sort(before)
	more := slices.DeleteFunc(slices.Compact(before), func(k generate.Kind) bool { return !slices.Contains(g.Refresh, k) })
	t.record.Kinds = slices.Concat(g.Kinds, more)
	return t
}

// layouts are all that there are.
func layouts() []generate.Layout { return []generate.Layout{generate.ByService, generate.ByType} }

// checks are what a check makes of a service: the same as the run that wrote the
// files, in each layout that there are files in. Where there are none it is what
// apply makes without any flag.
func (g *Generation) checks(s *spec.Service, label string) ([]task, []report.Finding) {
	var tasks []task
	var findings []report.Finding
	for _, layout := range layouts() {
		at := folder.At(g.Dir, s.Environment, s.Name.V, layout)
		record, wrong, there, err := folder.Recorded(at, bundle.Kinds(), g.Read)
		used := cmp.Or(record.Choices.ServiceLabel, spec.DefaultServiceLabel)
		switch {
		case err != nil:
			message, fix := folder.Unreadable(at.List, err)
			findings = append(findings, s.At.Finding("generate/unreadable", report.Error, s.Name.V, message, fix))
		case len(wrong) > 0:
			findings = append(findings, foreign(at, wrong))
		case there && used != label:
			findings = append(findings, s.At.Finding("generate/stale", report.Error, s.Name.V,
				"the files of "+at.List+" were generated with the service label "+used+", and this run has "+label, "give apply and this run the same --service-label"))
		case there && record.Source != s.File:
			findings = append(findings, s.At.Finding("generate/stale", report.Error, s.Name.V, at.List+" is of "+record.Source, applyIt(s, "", task{})+" and commit the result"))
			fallthrough
		case there:
			o := record.Choices.Into(g.Options)
			o.Layout, o.ServiceLabel = layout, label
			tasks = append(tasks, task{at, o, record})
		}
	}
	if len(tasks)+len(findings) == 0 && (s.Environment != "" || !g.ByEnvironment) {
		return []task{g.task(s, label)}, nil
	}
	return tasks, findings
}

// foreign tells that a list is not as a run writes it.
func foreign(at folder.Place, wrong []string) report.Finding {
	f := report.At(report.Position{File: at.List}, ruleManifest, report.Error, "the list of generated files was changed by hand: "+strings.Join(wrong, "; "))
	f.Service, f.Suggestion = at.Service, "remove "+at.List+", run nthlayer apply --force and commit the result"
	return f
}

// make makes the artefacts of a service, compares them with what is there and writes
// them, or only checks what is there.
func (g *Generation) make(ctx context.Context, s *spec.Service, catalog *tech.Catalog, has metrics, known *memo.Memo, o lint.Options) made {
	m := made{findings: slices.Clone(has.findings), verdict: report.Pass, out: Generated{Service: s}}
	tasks := []task{g.task(s, o.ServiceLabel)}
	if g.Check {
		var found []report.Finding
		tasks, found = g.checks(s, o.ServiceLabel)
		m.findings = append(m.findings, found...)
	}
	if has.resolution.Doubt() != "" {
		// What was found out before must not be replaced by what is assumed.
		m.verdict = report.Undecidable
		g.resolve(&m, generate.Job{Service: s, Catalog: catalog, Metrics: has.resolution, Options: tasks[0].options})
		return m
	}
	for i, t := range tasks {
		job := generate.Job{Service: s, Catalog: catalog, Metrics: has.resolution.Remembering(known), Options: t.options, Memo: known}
		result := bundle.Generate(job, t.record.Kinds)
		g.resolve(&m, job)
		if i == 0 { // what a service file is told does not depend on the place
			m.findings, m.out.LeftOut = append(m.findings, result.Findings...), result.LeftOut
		}
		changes, err := folder.Compare(t.at, result.Artefacts, t.record.Kinds, g.Read)
		if err != nil {
			message, fix := folder.Unreadable(t.at.Dir, err)
			m.add("generate/unreadable", message, fix)
			return m
		}
		if len(result.Artefacts) == 0 && len(t.record.Kinds) > 1 {
			m.findings = append(m.findings, s.At.Finding("generate/nothing", report.Warning, s.Name.V,
				"nothing is generated for "+s.Name.V+": it has no SLO and no dependency that anything is known of", "add an SLO, or a dependency with its type"))
		}
		m.out.At, m.out.Record, m.out.Changes = t.at, t.record, append(m.out.Changes, changes...)
		g.judge(ctx, &m, t, changes, o)
	}
	if !m.out.Broken && !g.Check {
		g.writeAll(&m, tasks[0])
	}
	return m
}

// write writes files of a service, and returns what became of them.
func (g *Generation) write(m *made, out Generated) []folder.Change {
	if g.Write == nil {
		return out.Changes
	}
	done, err := g.Write(out)
	if err != nil {
		m.add("generate/unwritable", "the generated files could not be written: "+err.Error(), "make "+out.At.Dir+" writable, or choose another folder with --output-dir")
	}
	return done
}

// judge adds what there is to say about the files of a place. Rules that lint refuses
// make the service give nothing, as one whose file has errors.
func (g *Generation) judge(ctx context.Context, m *made, t task, changes []folder.Change, o lint.Options) {
	s := m.out.Service
	if g.Check {
		m.findings = append(m.findings, g.stale(s, changes, t)...)
	}
	for _, c := range changes {
		if !g.Check {
			m.findings = append(m.findings, g.inTheWay(s, c, t)...)
		}
		if g.Lint && lintable(c) {
			found := linted(ctx, s, c, o)
			m.findings = append(m.findings, found...)
			m.out.Broken = m.out.Broken || report.VerdictOf(found) == report.Fail
		}
	}
	if m.out.Broken {
		m.out.Changes = nil
	}
}

// flags are those that make apply write what a run wrote before.
func (t task) flags() string {
	flags := append(bundle.Flags(t.record.Kinds), t.record.Choices.Flags()...)
	if t.at.Layout == generate.ByType {
		flags = append(flags, "--layout "+string(generate.ByType))
	}
	if len(flags) == 0 {
		return ""
	}
	return " " + strings.Join(flags, " ")
}
