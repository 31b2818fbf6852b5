package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/online"
	"github.com/nthlayer/action/pkg/report"
)

// asked is what the source of metrics said about expressions.
type asked struct {
	// services are the findings about service files, rules all others.
	services, rules []report.Finding
	// silent says why nothing is known, where the source answered nothing at all.
	silent []report.Finding
	// checks are those that got all of their answers.
	checks []lint.Check
}

// askSource compares all expressions with the source in one go, so that what stands
// in rule files and in service files is asked once.
func (r *run) askSource(ctx context.Context) {
	if !r.wants(Lint) || len(r.picked)+len(r.rules) == 0 {
		return
	}
	if r.o.Source == nil {
		r.policy.Findings = append(r.policy.Findings, r.policy.Promruval.Unasked()...)
		return
	}
	o := online.Options{
		ServiceLabel: r.o.ServiceLabel, At: r.o.At, Concurrency: r.o.Concurrency,
		Disabled: r.lintOptions().Disabled, Verified: r.wants(Verify), CountAlerts: r.o.CountAlerts,
		FastBurn: online.FastBurn{Window: time.Hour, Factor: record.Factor},
		More:     r.policy.Promruval.Live(r.lintOptions().Locked),
	}
	if p := r.policy.Policy; p != nil {
		o.Noisy, o.Cost, o.Metadata = p.Lint.Checks.MaxAlertCount, p.Lint.Checks.Cost, p.Metadata
	}
	found, silent := online.Run(ctx, r.o.Source, online.Input{
		Rules: lint.Files(r.rules).Exprs(ctx), Services: lint.ServiceExprs(r.picked), Owners: r.picked, Recorded: r.recorded(ctx),
	}, o)
	for _, f := range found {
		switch {
		case silent && f.Rule == online.RuleUnanswered:
			r.asked.silent = append(r.asked.silent, f)
		case f.Service != "":
			r.asked.services = append(r.asked.services, f)
		default:
			r.asked.rules = append(r.asked.rules, f)
		}
	}
	if !slices.ContainsFunc(found, func(f report.Finding) bool { return f.Rule == online.RuleUnanswered }) {
		r.asked.checks = online.Checks(o)
	}
}

// recorded returns the names that rules of the repository record, also those that
// the change leaves alone.
func (r *run) recorded(ctx context.Context) []string {
	return lint.Files(r.ruleFiles).Recorded(ctx)
}
