package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
	"github.com/nthlayer/action/pkg/spec/kind"
)

// Base is the workspace as it was before the change under test.
type Base struct {
	Workspace *spec.Workspace
	// Files are those of which the change may have changed a service.
	Files []spec.Found
	// Moved holds the present path of files that were moved, by the path that
	// they had.
	Moved map[string]string
	// New are the files that the change brings.
	New map[string]bool
	// Unread are the files that matter and could not be read as they were.
	Unread []Unread
	// Environments are the normalised names of those that the change may loosen
	// beside the one of the run.
	Environments []string
}

// touches reports whether the change brings a file, or may have changed a service of it.
func (b Base) touches(file string) bool {
	return b.New[file] || slices.ContainsFunc(b.Files, func(f spec.Found) bool { return f.Path == file })
}

// Unread is a file that could not be read as it was before the change, and why.
type Unread struct{ File, Why string }

// before is what is known of the time before the change.
type before struct {
	// services are those of before the change by those of now.
	services map[*spec.Service]*spec.Service
	// removed are those of before the change that are in no file any more.
	removed []removed
	// unknown says why nothing at all is known, empty when something is; unread by
	// present path what is not known of single files.
	unknown string
	unread  map[string]string
	// slos are the measurements of those services.
	slos     map[ServiceKey][]report.SLO
	findings []report.Finding
	// rules are the rule files that the change touches, as they were; moved holds the
	// present paths of files by their former ones.
	rules []ruleFile
	moved map[string]string
	// policy is what the policy goes by.
	policy organisation.Before
	// leaving are the findings about what leaves the reach of the policy. They open no
	// gate, which is held to the policy by what was before.
	leaving []report.Finding
}

// compare finds what the change loosens. A base that cannot be read is a finding
// too: silence would be taken for "nothing".
func (r *run) compare(ctx context.Context) []report.Finding {
	if r.o.Base == nil {
		return nil
	}
	base, err := r.o.Base(ctx)
	if err != nil {
		r.before.unknown = err.Error()
		if len(r.all) > 0 || r.guards() {
			r.before.findings = append(r.before.findings, lint.BaseUnknown(err.Error()))
		}
		return r.before.findings
	}
	var loaded spec.Loaded
	if len(base.Files) > 0 {
		loaded = r.loadBase(ctx, base, r.o.Environment)
	}
	if more := r.namesakes(base, loaded.Services); len(more) > 0 {
		base.Files = append(slices.Clone(base.Files), more...)
		slices.SortFunc(base.Files, func(a, b spec.Found) int { return strings.Compare(a.Path, b.Path) })
		loaded = r.loadBase(ctx, base, r.o.Environment)
	}
	r.before.rules, r.before.moved = r.rulesOf(base), base.Moved
	r.lost(base, loaded.Unreadable)
	var gone []*spec.Service
	r.before.services, gone = paired(loaded.Services, r.all)
	for _, was := range gone {
		r.before.removed = append(r.before.removed, removed{was: was})
	}
	edits := since(base, r.before.services, gone, r.all)
	r.before.leaving = r.leaving(edits, r.rep.Environment)
	if !r.o.ByHead {
		edits.Brought = r.brought(ctx, base)
		r.before.policy = edits
	}
	if r.applied != nil {
		r.applied.Since(r.before.policy)
	}
	r.before.findings = append(r.before.findings, lint.Changes(loaded.Services, r.all, r.lintOptions())...)
	return r.elsewhere(ctx, base, r.before.findings)
}

// goneBy turns what a change loosens into warnings where it decides its own gate:
// somebody chose that, and everybody else has to see it.
func (r *run) goneBy(findings []report.Finding) []report.Finding {
	if !r.o.ByHead {
		return findings
	}
	out := slices.Clone(findings)
	for i := range out {
		f := &out[i]
		f.Message += "; the gate goes by this change, because policy-ref is head"
		if f.Severity == report.Error {
			f.Severity = report.Warning
		}
	}
	return out
}

// elsewhere adds what the change loosens in other environments than the one of
// the run, and only there: a pull request is looked at once, and deployed to all.
func (r *run) elsewhere(ctx context.Context, base Base, said []report.Finding) []report.Finding {
	was := map[string]bool{}
	for _, f := range base.Files {
		was[f.Path], was[base.Moved[f.Path]] = true, true
	}
	for now := range r.before.services { // it may be in another file now
		was[now.File] = true
	}
	files := slices.DeleteFunc(slices.Clone(r.o.Files), func(f spec.Found) bool { return !was[f.Path] })
	changes, leaving := saidOnce(said), saidOnce(r.before.leaving)
	for _, name := range base.Environments {
		if name == r.rep.Environment {
			continue
		}
		before := r.loadBase(ctx, base, name).Services
		now := spec.Load(ctx, r.o.Workspace, files, spec.Options{Environment: name, ServiceLabel: r.o.ServiceLabel}).Services
		changes.add(lint.Changes(before, now, r.lintOptions()), name)
		services, gone := paired(before, now)
		leaving.add(r.leaving(since(base, services, gone, now), name), name)
	}
	r.before.leaving = leaving.out
	return changes.out
}

// namesakes are the files that the change leaves alone and that have a service of the
// same name as one that it touches. Of two files with one name the first counts: a change
// that brings, removes or renames one pushes the other aside, or lets it in.
func (r *run) namesakes(base Base, was []*spec.Service) []spec.Found {
	names, read := map[string]bool{}, map[string]bool{}
	for _, s := range slices.Concat(was, r.duplicates) {
		names[s.Name.V] = true
	}
	for _, f := range base.Files {
		read[f.Path] = true
	}
	var out []spec.Found
	for _, s := range slices.Concat(r.all, r.duplicates) {
		if !names[s.Name.V] || read[s.File] {
			continue
		}
		read[s.File] = true
		if _, err := base.Workspace.Read(s.File, document.RuleLimits().Bytes); err == nil { // the change does not bring it
			out = append(out, spec.Found{Path: s.File})
		}
	}
	return out
}

// paired returns the services of before the change by those of now, and those that are
// gone.
func paired(before, now []*spec.Service) (was map[*spec.Service]*spec.Service, gone []*spec.Service) {
	was = map[*spec.Service]*spec.Service{}
	for _, c := range lint.Pair(before, now) {
		switch {
		case c.Base != nil && c.Head != nil:
			was[c.Head] = c.Base
		case c.Base != nil:
			gone = append(gone, c.Base)
		}
	}
	return was, gone
}

// once are findings of which those of other environments are told where they are new.
type once struct{ said, out []report.Finding }

func saidOnce(findings []report.Finding) *once {
	return &once{said: slices.Clone(findings), out: slices.Clone(findings)}
}

func (o *once) add(findings []report.Finding, environment string) {
	for _, f := range findings {
		if !slices.ContainsFunc(o.said, func(s report.Finding) bool { return report.Compare(s, f) == 0 }) {
			o.said = append(o.said, f)
			f.Message += " (environment " + environment + ")"
			o.out = append(o.out, f)
		}
	}
}

func (r *run) loadBase(ctx context.Context, base Base, environment string) spec.Loaded {
	files := slices.DeleteFunc(slices.Clone(base.Files), func(f spec.Found) bool {
		data, err := base.Workspace.Read(f.Path, document.RuleLimits().Bytes)
		return err == nil && kind.Of(data) == kind.Rules
	})
	loaded := spec.Load(ctx, base.Workspace, files, spec.Options{Environment: environment, ServiceLabel: r.o.ServiceLabel})
	for _, s := range loaded.Services {
		if to, moved := base.Moved[s.File]; moved {
			s.File = to
		}
	}
	return loaded
}

// measured returns the services to measure: those that are looked at and, where
// their gate is decided, what they were before the change. Those have a key of
// their own, so that the two are not taken for the same.
func (r *run) measured() []*spec.Service {
	all := slices.Clone(r.picked)
	if !r.guards() {
		return all
	}
	for _, s := range r.picked {
		if was, ok := r.before.services[s]; ok {
			all = append(all, apart(was))
		}
	}
	for _, gone := range r.before.removed {
		all = append(all, apart(gone.was))
	}
	return all
}

func apart(was *spec.Service) *spec.Service {
	other := *was
	other.File = "before:" + was.File
	return &other
}

// stricter takes the decision also with the service as it was before the change
// and returns the stricter one: no change lets itself pass, unless ByHead says so.
func (r *run) stricter(in gate.Input, after gate.Result) gate.Result {
	now := in.Service
	if r.o.ByHead {
		return after
	}
	if why := r.uncompared(now); why != "" {
		return gate.Uncompared(now, after, why)
	}
	was, ok := r.before.services[now]
	if !ok {
		return after
	}
	in.Service, in.SLOs, in.Bounds = was, r.before.slos[KeyOf(apart(was))], r.boundsBefore(was)
	b := gate.Before{Result: gate.Decide(in), At: now.At}
	for _, f := range r.before.findings {
		if f.Service != now.Name.V {
			continue
		}
		if !b.Loosened {
			b.At = spec.OriginAt(f.Position(), f.Path)
		}
		b.Loosened = b.Loosened || f.Severity != report.Info
	}
	return gate.Stricter(now.Name.V, after, b)
}
