package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/online"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
	"github.com/nthlayer/action/pkg/spec/kind"
)

// ruleFile is a Prometheus rule file among the files of a run.
type ruleFile = lint.File

// ruleSyntax is the lint rule about expressions that do not parse.
const ruleSyntax = "promql/syntax"

// load reads all files and resolves the services.
func (r *run) load(ctx context.Context) {
	services := r.split(ctx)
	loaded := spec.Load(ctx, r.o.Workspace, services, spec.Options{Environment: r.o.Environment, ServiceLabel: r.o.ServiceLabel})
	r.all, r.duplicates = loaded.Services, loaded.Duplicates
	r.rep.Environment = spec.NormaliseEnvironment(r.o.Environment)
	r.graph, r.whole = r.dependents(ctx, len(loaded.Unreadable) == 0)
	unreadable := slices.Concat(r.o.Unreadable, loaded.Unreadable)
	r.rep.Summary.Unreadable = inputs(unreadable)
	r.takePolicy(ctx)
	changes := r.goneBy(r.compare(ctx))
	r.pick()
	r.reach(ctx, lint.RunbookURLs(r.picked))
	r.askSource(ctx)
	sound := slices.Concat(loaded.Findings, lint.Services(ctx, r.all, r.lintOptions()), r.byPolicy(), r.asked.services)
	own, exprs := separate(r.suppress(sound), r.wants(Lint), r.wants(Generate))
	own = slices.DeleteFunc(own, func(f report.Finding) bool { return slices.Contains(r.lintOptions().Disabled, f.Rule) })
	validation := slices.Concat(unreadable, r.standing(r.ofPicked(own)), r.readPolicy(ctx), changes)
	r.stage(Validate, r.withoutPolicy(report.VerdictOf(validation)), validation)
	if r.wants(Lint) {
		r.expressions = r.standing(r.ofPicked(exprs))
	}
}

// pick takes the services that are looked at.
func (r *run) pick() {
	for _, s := range r.all {
		if r.touched(s) {
			r.picked = append(r.picked, s)
		}
	}
	r.services = make([]report.Service, len(r.picked))
	r.verdicts = make([][]report.Verdict, len(r.picked))
	for i, s := range r.picked {
		r.services[i] = resultOf(s)
	}
}

// resultOf returns the result for a service of which nothing was looked at yet.
func resultOf(s *spec.Service) report.Service {
	return report.Service{
		Name: s.Name.V, File: s.File, Tier: string(s.Tier.V), Team: s.Team.V, Type: string(s.Type.V),
		SLOs: []report.SLO{}, Metrics: []report.Metric{}, Artifacts: []report.Artifact{},
	}
}

// inputs counts what findings are about: one file may have several mistakes.
func inputs(findings []report.Finding) int {
	files := map[string]bool{}
	for _, f := range findings {
		files[f.File] = true
	}
	return len(files)
}

// dependents returns the graph of all services that can be seen, and whether
// these are all: the caller looked into folders and not at single files, and
// everything in them could be read.
func (r *run) dependents(ctx context.Context, readable bool) (*spec.Graph, bool) {
	all := slices.Clone(r.all)
	loaded := spec.Load(ctx, r.o.Workspace, r.o.Others, spec.Options{Environment: r.o.Environment, ServiceLabel: r.o.ServiceLabel})
	for _, s := range loaded.Services {
		if !slices.ContainsFunc(r.all, func(own *spec.Service) bool { return own.File == s.File }) {
			all = append(all, s)
		}
	}
	looked := slices.ContainsFunc(slices.Concat(r.o.Files, r.o.Others), func(f spec.Found) bool { return !f.Named })
	return spec.NewGraph(all), looked && readable && len(loaded.Unreadable) == 0
}

// radius returns who is affected when a service fails.
func (r *run) radius(name string) *report.BlastRadius {
	radius := gate.BlastRadius(r.graph, name)
	radius.Partial = !r.whole
	return radius
}

// touched reports whether a service is looked at: the change touches a file that it
// is made of, or was before, one that was made of it, or one that has its name too.
func (r *run) touched(s *spec.Service) bool {
	if r.o.Changed == nil || slices.ContainsFunc(s.Inputs, r.o.Changed) || r.ownAlertsChanged(s) {
		return true
	}
	if was, ok := r.before.services[s]; ok && (r.o.Changed(was.File) || slices.ContainsFunc(was.Inputs, r.o.Changed)) {
		return true
	}
	for _, other := range r.duplicates {
		if other.Name.V == s.Name.V && slices.ContainsFunc(other.Inputs, r.o.Changed) {
			return true
		}
	}
	g := r.o.Generation
	return r.wants(Generate) && g != nil && g.Check && g.touched(s, r.o.Changed)
}

// rulesOf returns the rule files of before the change that it touches.
func (r *run) rulesOf(base Base) []ruleFile {
	if !r.wants(Lint) {
		return nil
	}
	var out []ruleFile
	for _, f := range base.Files {
		data, err := base.Workspace.Read(f.Path, document.RuleLimits().Bytes)
		if err == nil && kind.Of(data) == kind.Rules {
			out = append(out, ruleFile{Name: f.Path, Data: data})
		}
	}
	return out
}

// separate tells findings about expressions and what a server was asked about, which
// are the lint stage's, from those about the service file itself. An expression that
// does not parse is never left out: without the lint stage nobody else would say that
// its metrics cannot be looked for. Nor is what Prometheus refuses, where rules are
// made of it.
func separate(findings []report.Finding, linted, generated bool) (file, expressions []report.Finding) {
	for _, f := range findings {
		prefix, _, _ := strings.Cut(f.Rule, "/")
		switch {
		case !linted && (f.Rule == ruleSyntax || generated && refused(f.Rule)):
			file = append(file, f)
		case slices.Contains([]string{"promql", "alert", "rule", "group", "query", "suppress", "promruval"}, prefix),
			f.Rule == online.RuleLowTraffic, f.Rule == online.RuleObjectiveHistory:
			expressions = append(expressions, f)
		default:
			file = append(file, f)
		}
	}
	return file, expressions
}

// ofPicked leaves out findings about services that are not looked at.
func (r *run) ofPicked(findings []report.Finding) []report.Finding {
	if r.o.Changed == nil {
		return findings
	}
	var out []report.Finding
	for _, f := range findings {
		if f.Service == "" && r.o.Changed(f.File) || r.index(f.Service) >= 0 {
			out = append(out, f)
		}
	}
	return out
}

// index returns the place of a service among the picked ones, or -1.
func (r *run) index(name string) int {
	for i := range r.services {
		if r.services[i].Name == name {
			return i
		}
	}
	return -1
}
