// Package online holds the checks that ask a source of metrics what offline checks
// cannot know. One check is one file, named after its rule: series.go is
// promql/series.
//
// A check first notes what it wants to know of every expression, then asks for all
// of them together. What a source cannot say is no finding of the check: it is
// counted, and one finding tells how much was not looked at.
package online

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
	"github.com/nthlayer/action/pkg/spec"
)

const (
	// history is how far back a source is asked what there was.
	history = 7 * 24 * time.Hour
	// queryBytes is how long a query may be unless the source takes less. A server
	// that refuses such a length is asked again in halves.
	queryBytes = 60_000
	// concurrency is how many queries run at once, unless the caller says.
	concurrency = 4
)

// Options say how to ask.
type Options struct {
	// ServiceLabel is the label that carries the service's name; empty means
	// service.
	ServiceLabel string
	// At is the evaluation time of every question.
	At time.Time
	// Concurrency is how many requests run at once; 0 is the default.
	Concurrency int
	// Disabled are the ids of rules that are left out and not asked about.
	Disabled []string
	// Verified says that somebody else looks whether the metrics of SLOs and alerts
	// of services are there.
	Verified bool
	// CountAlerts asks how often each alert would have fired, with a query for each.
	CountAlerts bool
	// FastBurn is the alert that fires first on an SLO.
	FastBurn FastBurn
	// Noisy is how often an alert may have fired in a week before that is a warning;
	// 0 is 50 times.
	Noisy int
	// Metadata is what the policy asks of rules: what is too long for its retention is
	// told without asking.
	Metadata organisation.Metadata
	// Cost is what a query may take; the zero value asks for nothing.
	Cost organisation.Cost
	// More are checks beside those of this package.
	More []Check
}

// Input is what the checks look at.
type Input struct {
	// Rules are the expressions of rule files, Services those of service files.
	Rules, Services iter.Seq[*lint.Expr]
	// Recorded are the names that rules of the repository record, which a server has
	// once the rules are deployed.
	Recorded []string
	// Owners are the services.
	Owners []*spec.Service
}

// Check is one check. Its Rule makes it a lint.Check, which says that it ran.
type Check interface {
	lint.Check
	// Note takes what the check wants to know of an expression that parses.
	Note(e *lint.Expr)
	// Ask asks the source and returns what was found.
	Ask(ctx context.Context, a *Asking) []report.Finding
}

func checks(in Input, o Options) []Check {
	weeks := &past{label: o.ServiceLabel, owners: in.Owners}
	known := newSeries(in, o)
	all := []Check{
		known, &counterType{}, &rateInterval{}, &absentFor{}, newVectorMatchingSampled(in, known),
		newLabelConflict(), newExternalLabels(),
		lowTraffic{weeks, o.FastBurn},
		objectiveHistory{weeks},
		&beyondRetention{policy: o.Metadata, owners: in.Owners},
	}
	if o.CountAlerts {
		all = append(all, &alertCount{noisy: cmp.Or(o.Noisy, defaultNoisy)})
	}
	if o.Cost != (organisation.Cost{}) {
		all = append(all, &queryCost{limits: o.Cost})
	}
	all = append(all, o.More...)
	return slices.DeleteFunc(all, func(c Check) bool { return slices.Contains(o.Disabled, c.Rule().ID) })
}

// Checks returns the rules that are looked for, so that comments which leave
// nothing of them out can be told.
func Checks(o Options) []lint.Check {
	var out []lint.Check
	for _, c := range checks(Input{}, o) {
		out = append(out, c)
	}
	return out
}

// Run runs the checks. The findings are sorted and have fingerprints. It returns no
// error: what the source could not say is a finding of query/unanswered. It is silent
// when the source was asked and answered nothing at all: then nobody knows what would
// have been found, and the findings of query/unanswered, which say why, are not left
// out. When ctx ends early the result is incomplete, so callers look at ctx.Err.
func Run(ctx context.Context, src source.Source, in Input, o Options) (findings []report.Finding, silent bool) {
	o.ServiceLabel = cmp.Or(o.ServiceLabel, spec.DefaultServiceLabel)
	info := src.Info()
	watch := &watched{Source: src, at: o.At}
	a := &Asking{source: watch, info: info, at: o.At, missed: map[string][]missed{}, untold: map[string][]missed{}, intervals: map[string]interval{}}
	if !info.TargetLabels {
		return a.page(ctx, o)
	}
	a.Asker = presence.Asker{Source: watch, At: o.At, Label: o.ServiceLabel, Budget: queryBytes, Concurrency: concurrency}
	if info.QueryBytes > 0 {
		a.Budget = min(a.Budget, info.QueryBytes)
	}
	if o.Concurrency > 0 {
		a.Concurrency = o.Concurrency
	}
	all := checks(in, o)
	for _, exprs := range []iter.Seq[*lint.Expr]{in.Rules, in.Services} {
		noteAll(all, exprs)
	}
	for _, c := range all {
		if ctx.Err() != nil {
			break
		}
		findings = append(findings, c.Ask(ctx, a)...)
	}
	return a.finish(ctx, findings, o)
}

func noteAll(all []Check, exprs iter.Seq[*lint.Expr]) {
	if exprs == nil {
		return
	}
	for e := range exprs {
		if e.AST == nil {
			continue
		}
		for _, c := range all {
			c.Note(e)
		}
	}
}
