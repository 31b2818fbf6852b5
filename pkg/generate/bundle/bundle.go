// Package bundle knows all generators: it makes every artefact of a service, in one
// order, and picks kinds by name.
package bundle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/alert"
	"github.com/nthlayer/action/pkg/generate/alertmanager"
	"github.com/nthlayer/action/pkg/generate/backstage"
	"github.com/nthlayer/action/pkg/generate/dashboard"
	"github.com/nthlayer/action/pkg/generate/deploygate"
	"github.com/nthlayer/action/pkg/generate/exporter"
	"github.com/nthlayer/action/pkg/generate/loki"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/generate/openslo"
	"github.com/nthlayer/action/pkg/generate/pagerduty"
	"github.com/nthlayer/action/pkg/generate/prometheusrule"
	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/generate/ruletests"
	"github.com/nthlayer/action/pkg/report"
)

// generators returns all generators, in the order in which they run.
func generators() []generate.Generator {
	return []generate.Generator{
		openslo.Documents{},
		openslo.Sloth{},
		openslo.Pyrra{},
		record.Rules{},
		record.BurnRate{},
		ruletests.Tests{},
		alert.Alerts{},
		prometheusrule.Object{},
		dashboard.Dashboard{},
		loki.Alerts{},
		pagerduty.Documents{},
		alertmanager.Routes{},
		alertmanager.Operator{},
		exporter.Exporters{},
		backstage.Entity{},
		deploygate.Gates{},
	}
}

// optional are the kinds that are made only when they are named.
func optional() []generate.Kind {
	return []generate.Kind{generate.Sloth, generate.Pyrra, generate.PrometheusRule, generate.AlertmanagerConfig, generate.Exporters, generate.Backstage, generate.Gate}
}

// ByDefault reports whether a kind is made without being named.
func ByDefault(k generate.Kind) bool { return !slices.Contains(optional(), k) }

// ReadsMetrics reports whether what is made of a kind depends on which metrics there are.
func ReadsMetrics(k generate.Kind) bool {
	return slices.Contains([]generate.Kind{generate.Recording, generate.RuleTests, generate.Alerts, generate.PrometheusRule, generate.Dashboard}, k)
}

// Kinds returns the names of all kinds that there are generators for, in their
// order.
func Kinds() []generate.Kind {
	var out []generate.Kind
	for _, g := range generators() {
		out = append(out, g.Kind())
	}
	return out
}

// Select returns the kinds to make: those named by only (without it, all that are
// not optional), those named by with, less those named by skip. An unknown name is
// an error.
func Select(only, skip []string, with ...string) ([]generate.Kind, error) {
	known := Kinds()
	for _, name := range slices.Concat(only, skip, with) {
		if !slices.Contains(known, generate.Kind(name)) {
			return nil, fmt.Errorf("there is no kind of artefact %q: %s", name, hint(name, known))
		}
	}
	return slices.DeleteFunc(known, func(k generate.Kind) bool {
		wanted := len(only) == 0 && ByDefault(k) || slices.Contains(only, string(k)) || slices.Contains(with, string(k))
		return !wanted || slices.Contains(skip, string(k))
	}), nil
}

// Flags are those that make a command make the kinds: none for those that are made
// by default, and the shorter way to say it otherwise.
func Flags(kinds []generate.Kind) []string {
	var only, with, skip []string
	for _, k := range Kinds() {
		wanted := slices.Contains(kinds, k)
		switch {
		case wanted && ByDefault(k):
			only = append(only, string(k))
		case wanted:
			only, with = append(only, string(k)), append(with, string(k))
		case ByDefault(k):
			skip = append(skip, string(k))
		}
	}
	var out []string
	switch {
	case len(only) == 0:
	case len(skip)+len(with) > len(only):
		out = append(out, "--only "+strings.Join(only, ","))
	default:
		if len(with) > 0 {
			out = append(out, "--with "+strings.Join(with, ","))
		}
		if len(skip) > 0 {
			out = append(out, "--skip "+strings.Join(skip, ","))
		}
	}
	return out
}

func hint(name string, known []generate.Kind) string {
	var names []string
	for _, k := range known {
		names = append(names, string(k))
	}
	return cmp.Or(report.DidYouMean(name, names), "the kinds are "+strings.Join(names, ", "))
}

// Generate makes the artefacts of the kinds, sorted by path, with the findings of
// all generators; what several of them found is there once.
func Generate(job generate.Job, kinds []generate.Kind) generate.Result {
	var out generate.Result
	job.Shared = memo.New()
	if slices.ContainsFunc(kinds, ReadsMetrics) {
		out.Findings = job.Mixed()
	}
	for _, g := range generators() {
		if !slices.Contains(kinds, g.Kind()) {
			continue
		}
		r := g.Generate(job)
		out.Artefacts = append(out.Artefacts, r.Artefacts...)
		out.LeftOut = append(out.LeftOut, r.LeftOut...)
		for _, f := range r.Findings {
			if !slices.Contains(out.Findings, f) {
				out.Findings = append(out.Findings, f)
			}
		}
	}
	slices.SortFunc(out.Artefacts, func(a, b generate.Artefact) int { return strings.Compare(a.Path, b.Path) })
	return out
}
