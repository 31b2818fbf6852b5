package pipeline

import (
	"context"
	"slices"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/pint"
	"github.com/nthlayer/action/pkg/report"
)

// ruleOptions are those for rule files. Where they are left to pint, only rules that
// the policy locks are looked for here, and what configurations of promruval ask for.
func (r *run) ruleOptions() lint.Options {
	o := r.lintOptions()
	if r.o.Pint == nil || !r.o.Pint.Alone {
		return o
	}
	disabled := slices.Clone(o.Disabled)
	for _, c := range lint.Checks(o) {
		if id := c.Rule().ID; !slices.Contains(o.Locked, id) {
			disabled = append(disabled, id)
		}
	}
	o.Disabled = disabled
	return o
}

// askPint returns what pint finds beside us. Where it did not do its work, unanswered
// says so, and nobody knows what it would have found.
func (r *run) askPint(ctx context.Context, rules *lint.Linted, ours []report.Finding) (found, unanswered []report.Finding) {
	if r.o.Pint == nil {
		return nil, nil
	}
	theirs, err := r.o.Pint.Lint(ctx, rules.ForPrometheus(r.rules))
	if err != nil {
		return nil, []report.Finding{r.o.Pint.Unanswered(err)}
	}
	disabled := r.lintOptions().Disabled
	theirs = slices.DeleteFunc(theirs, func(f report.Finding) bool { return slices.Contains(disabled, f.Rule) })
	return pint.Only(theirs, ours), nil
}
