package pipeline

import (
	"context"
	"slices"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
)

// metrics are those that a service is generated with, and what is to be said about
// how they were found.
type metrics struct {
	resolution *intent.Resolution
	findings   []report.Finding
}

// metrics says which metrics stand for what each service measures: those that the
// source has, or without one those that are common. Services with errors have none,
// and nobody is asked about them.
func (r *run) metrics(ctx context.Context, services []*spec.Service, f faults) []metrics {
	all := make([]metrics, len(services))
	src := r.o.Generation.Source
	if !slices.ContainsFunc(r.o.Generation.Kinds, bundle.ReadsMetrics) {
		src = nil
	}
	var wanted []intent.Wanted
	var at []int
	for i, s := range services {
		all[i].resolution = intent.Offline(s)
		if src != nil && !f.broken(s) {
			wanted, at = append(wanted, r.o.Generation.wanted(s, r.o.ServiceLabel)), append(at, i)
		}
	}
	if len(wanted) == 0 {
		return all
	}
	resolutions, findings := intent.Discover(ctx, src, wanted, r.o.At, source.AskOptions{Concurrency: r.o.Concurrency})
	for n, i := range at {
		all[i].resolution = resolutions[n]
	}
	findings = append(findings, r.boundaries(ctx, services, at)...)
	for _, found := range findings {
		for _, i := range at {
			if services[i].Name.V == found.Service {
				all[i].findings = append(all[i].findings, found)
				break
			}
		}
	}
	return all
}

// wanted is what is to be found out about a service: what measures itself, and what
// measures its dependencies.
func (g *Generation) wanted(s *spec.Service, label string) intent.Wanted {
	job := generate.Job{Service: s, Catalog: g.Catalog, Metrics: intent.Offline(s), Options: g.Options}
	job.Options.ServiceLabel = label
	uses, _ := job.Dependencies() // the generators say what is wrong with them
	if own, ok := job.Own(); ok {
		uses = append([]generate.Use{own}, uses...)
	}
	w := intent.Wanted{Service: s}
	for _, u := range uses {
		w.Uses = append(w.Uses, intent.Use{Technology: u.Technology, Scope: u.Scope, Guessed: u.Guessed, Origin: u.Origin})
	}
	return w
}
