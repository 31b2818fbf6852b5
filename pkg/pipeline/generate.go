package pipeline

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/dashboard"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// Generation says what the stage Generate makes, and what it compares that with.
type Generation struct {
	// Catalog is what is known of technologies, without the alerts of users.
	Catalog *tech.Catalog
	Kinds   []generate.Kind
	// Refresh are kinds that are made where they were made before: somebody asked for
	// them then, and they must not grow old beside the others.
	Refresh []generate.Kind
	Options generate.Options
	// Dir is the folder that has a folder for each service, and one for each
	// environment that has the same in it.
	Dir string
	// Read reads what is there now.
	Read folder.Reader
	// Check makes artefacts that differ from what is there a finding: somebody
	// changed the service file and did not generate. Environments are those that are
	// checked beside the one of the run, for the services that have artefacts there.
	Check        bool
	Environments []string
	// ByEnvironment is set for a check of a folder in which everything belongs to an
	// environment: files without one are not missed. A service that has none at all is
	// missed in each of the Environments.
	ByEnvironment bool
	// Touched reports whether the change under test touches a line of a file, so that a
	// check names the line that made the difference; nil when the lines are not known.
	Touched func(file string, line int) bool
	// Force overwrites files that were changed by hand, Prune removes those that are
	// not generated any more. Without them each such file is a finding.
	Force, Prune bool
	// Lint checks the generated rules, too.
	Lint bool
	// Resolve asks which metrics stand for what the panels measure, and Required makes
	// one that has none a finding, and one that nobody could be asked about unknown.
	Resolve, Required bool
	// Source is asked which metrics there are; nil for nobody, so that the common
	// ones are taken. A check has none: what is committed must not depend on what a
	// server has at the moment.
	Source source.Source
	// Offline leaves Source out although the run has one, which is there for something
	// else.
	Offline bool
	// Lists returns the paths of the lists of all that was generated into Dir, so that
	// what is there of services that are gone is told; nil for nobody.
	Lists func() ([]string, error)
	// Remove removes what was generated for a service that is gone, and returns the
	// files that stay because they were changed by hand; nil for a run that only looks.
	Remove func(folder.Place) ([]string, error)
	// Write writes what was generated for one service, and returns the changes with what
	// became of them; nil for a run that only looks. It may be called for several services
	// at the same time.
	Write func(Generated) ([]folder.Change, error)
	// Take is given what was generated for each service, in order; nil for nobody.
	Take func(Generated)
}

// Generated is what was made for one service.
type Generated struct {
	Service *spec.Service
	// Broken is set for a service that gives nothing because its file has errors, or
	// lint refuses its rules.
	Broken bool
	// At is where the service's files lie, Record what is to be noted beside them.
	At      folder.Place
	Record  folder.Record
	Changes []folder.Change
	LeftOut []generate.LeftOut
	// Explained says which metrics stand for what the panels measure, where Resolve
	// asks for it.
	Explained []dashboard.Explanation
}

// generate makes the artefacts of all services and compares them with those that
// are there. A service whose file has errors gives none: half of them would be
// taken for all.
func (r *run) generate(ctx context.Context) {
	g := r.o.Generation
	if !r.wants(Generate) || g == nil {
		return
	}
	orphaned := r.orphans(ctx)
	if len(orphaned) == 0 && r.idle(Generate) {
		return
	}
	own, findings := r.catalogs() //nolint:contextcheck // a few files of a bounded size, read to their end
	r.catalog, findings = own, append(findings, orphaned...)
	if slices.Contains(g.Kinds, generate.Alerts) {
		findings = append(findings, generate.Shared(g.Catalog, r.picked, r.all)...)
	}
	verdict := report.Pass
	r.makeEach(ctx, r.picked, r.faults(), func(i int, m made) {
		findings = append(findings, m.findings...)
		verdict = report.Worst(verdict, m.verdict)
		r.judge(i, m.verdict)
		for _, c := range m.out.Changes {
			r.services[i].Artifacts = append(r.services[i].Artifacts, report.Artifact{
				Path: c.Path, Action: string(c.Action), SHA256: c.SHA256(), Count: c.Artefact.Count, Unit: c.Artefact.Unit,
			})
		}
		if g.Take != nil && m.out.Service != nil {
			g.Take(m.out)
		}
	})
	if g.Check {
		findings = append(findings, r.otherEnvironments(ctx)...)
	}
	r.stage(Generate, report.Worst(verdict, report.VerdictOf(findings)), findings)
}

// makeAll makes the artefacts of services, in their order.
func (r *run) makeAll(ctx context.Context, services []*spec.Service, f faults) []made {
	all := make([]made, len(services))
	r.makeEach(ctx, services, f, func(i int, m made) { all[i] = m })
	return all
}

// atOnce is how many services are made before they are handed on: enough to keep all
// cores busy, and few enough that memory does not grow with the services.
const atOnce = 64

// makeEach makes the artefacts of services, several at a time, and hands each on in
// their order.
func (r *run) makeEach(ctx context.Context, services []*spec.Service, f faults, take func(i int, m made)) {
	metrics, known := r.metrics(ctx, services, f), memo.New()
	for from := 0; from < len(services); from += atOnce {
		part := services[from:min(from+atOnce, len(services))]
		results := make([]made, len(part))
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for i, s := range part {
			if f.broken(s) {
				results[i] = made{verdict: report.Fail, out: Generated{Service: s, Broken: true}}
				continue
			}
			group.Go(func() error {
				if ctx.Err() == nil {
					results[i] = r.o.Generation.make(ctx, s, r.catalog.of(s), metrics[from+i], known, r.lintOptions())
				}
				return nil
			})
		}
		_ = group.Wait() // its functions return no error
		for i, m := range results {
			take(from+i, m)
		}
	}
}

// faults say which services and files have errors.
type faults struct{ services, files map[string]bool }

// faults looks at what was found so far. What a change loosens is no fault of the
// file, and of what lint finds only that counts which makes Prometheus refuse a file:
// whether the rest are findings of a run at all depends on the stages that it has.
func (r *run) faults() faults {
	return newFaults(slices.Concat(r.findings, slices.DeleteFunc(slices.Clone(r.expressions), func(f report.Finding) bool { return !refused(f.Rule) })))
}

// refused reports whether Prometheus refuses a rule file in which lint finds this.
func refused(rule string) bool {
	return slices.Contains([]string{ruleSyntax, "alert/template", "group/duplicate", "rule/duration", "rule/label-name", "rule/name", "rule/structure"}, rule)
}

func newFaults(findings []report.Finding) faults {
	f := faults{services: map[string]bool{}, files: map[string]bool{}}
	for _, found := range findings {
		switch {
		case found.Severity != report.Error || strings.HasPrefix(found.Rule, "change/"):
		case found.Service != "":
			f.services[found.Service] = true
		default:
			f.files[found.File] = true
		}
	}
	return f
}

// broken reports whether a service, or a file that it is made of, has errors. An
// error in another service of the same file is none of its own.
func (f faults) broken(s *spec.Service) bool {
	return f.services[s.Name.V] || slices.ContainsFunc(s.Inputs, func(file string) bool { return f.files[file] })
}

// made is the result of one service.
type made struct {
	out      Generated
	findings []report.Finding
	verdict  report.Verdict
}

// add adds a finding at the service itself.
func (m *made) add(rule, message, suggestion string) {
	s := m.out.Service
	m.findings = append(m.findings, s.At.Finding(rule, report.Error, s.Name.V, message, suggestion))
}

// lintable reports whether a file holds Prometheus rules.
func lintable(c folder.Change) bool {
	return strings.HasSuffix(c.Path, ".yaml") && strings.TrimSuffix(c.Artefact.Unit, "s") == "rule" && c.Artefact.Kind != generate.Loki
}

// linted checks generated rules. What is wrong with one is told at the place that
// it came from, where it can be changed.
func linted(ctx context.Context, s *spec.Service, c folder.Change, o lint.Options) []report.Finding {
	found, _ := lint.Files{{Name: c.Path, Data: c.New}}.Lint(ctx, o)
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
