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
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/lint"
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

// check is one check. Its Rule makes it a lint.Check, which says that it ran.
type check interface {
	lint.Check
	// note takes what the check wants to know of an expression that parses.
	note(e *lint.Expr)
	// ask asks the source and returns what was found.
	ask(ctx context.Context, a *asking) []report.Finding
}

func checks(in Input, o Options) []check {
	weeks := &past{label: o.ServiceLabel, owners: in.Owners}
	all := []check{newSeries(in, o), &counterType{}, &rateInterval{}, &absentFor{}, lowTraffic{weeks, o.FastBurn}, objectiveHistory{weeks}}
	if o.CountAlerts {
		all = append(all, &alertCount{})
	}
	return slices.DeleteFunc(all, func(c check) bool { return slices.Contains(o.Disabled, c.Rule().ID) })
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
// error: what the source could not say is a finding of query/unanswered. When ctx
// ends early the result is incomplete, so callers look at ctx.Err.
func Run(ctx context.Context, src source.Source, in Input, o Options) []report.Finding {
	o.ServiceLabel = cmp.Or(o.ServiceLabel, spec.DefaultServiceLabel)
	info := src.Info()
	a := &asking{source: src, info: info, at: o.At, missed: map[string][]missed{}, intervals: map[string]interval{}}
	if !info.TargetLabels {
		a.skip("it is the page of one service at one moment, and the rules are about others too")
		return a.finish(nil, o)
	}
	a.Asker = presence.Asker{Source: src, At: o.At, Label: o.ServiceLabel, Budget: queryBytes, Concurrency: concurrency}
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
	var findings []report.Finding
	for _, c := range all {
		if ctx.Err() != nil {
			break
		}
		findings = append(findings, c.ask(ctx, a)...)
	}
	return a.finish(findings, o)
}

func noteAll(all []check, exprs iter.Seq[*lint.Expr]) {
	if exprs == nil {
		return
	}
	for e := range exprs {
		if e.AST == nil {
			continue
		}
		for _, c := range all {
			c.note(e)
		}
	}
}

// asking is one Run's view of the source.
type asking struct {
	presence.Asker
	source source.Source
	info   source.Info
	at     time.Time
	// intervals are those of the metrics that somebody asked about.
	intervals map[string]interval
	// missed counts what could not be asked, by the reason.
	missed map[string][]missed
	// skipped says why the source was not asked at all.
	skipped string
}

// missed is a number of things that the source said nothing about.
type missed struct {
	what   string
	number int
}

// String returns the number with the thing: 1 selector, 2 selectors.
func (m missed) String() string {
	if m.number == 1 {
		return "1 " + m.what
	}
	return strconv.Itoa(m.number) + " " + m.what + "s"
}

func (a *asking) skip(why string) { a.skipped = why }

// miss notes that the source could not say something, of which what is the singular.
func (a *asking) miss(what string, reason error) {
	why := reason.Error()
	for i := range a.missed[why] {
		if a.missed[why][i].what == what {
			a.missed[why][i].number++
			return
		}
	}
	a.missed[why] = append(a.missed[why], missed{what: what, number: 1})
}

// RuleUnanswered is the rule about questions that a source did not answer.
const RuleUnanswered = "query/unanswered"

// finish adds what is to be said about the source.
func (a *asking) finish(findings []report.Finding, o Options) []report.Finding {
	if a.skipped != "" {
		findings = append(findings, report.Finding{
			Rule: RuleUnanswered, Severity: report.Info, Message: "the rules were not compared with " + a.info.Name + ": " + a.skipped,
			Suggestion: "give the address of a Prometheus, or a snapshot file:PATH.yaml",
		})
	}
	for why, list := range a.missed {
		var things []string
		for _, m := range list {
			things = append(things, m.String())
		}
		findings = append(findings, report.Finding{
			Rule: RuleUnanswered, Severity: report.Warning,
			Message:    fmt.Sprintf("%s could not be asked of %s: %s", strings.Join(things, ", "), a.info.Name, why),
			Suggestion: "run it again when the server answers; what was found without it stands",
		})
	}
	findings = slices.DeleteFunc(findings, func(f report.Finding) bool { return slices.Contains(o.Disabled, f.Rule) })
	return report.Normalise(findings)
}
