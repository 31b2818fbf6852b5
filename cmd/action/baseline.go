package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/lint/pint"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// addBaseline adds the flag that writes what is found into the baseline before the
// command runs.
func (c *check) addBaseline(cmd *cobra.Command) {
	write := cmd.Flags().Bool("write-baseline", false, "Write all findings into the baseline that the policy names, or "+organisation.DefaultBaseline+", and lint with it.")
	c.prepare = func(ctx context.Context, o pipeline.Options, s entrypoint.Settings) error {
		if !*write {
			return nil
		}
		return c.writeBaseline(ctx, o, s)
	}
}

// writeBaseline runs the stages without a baseline and without a source, which other runs
// may not have, and writes what they find. A run that
// found nothing to look at, or could not read all of it, writes nothing: what it did not
// see would be gone from the baseline.
func (c *check) writeBaseline(ctx context.Context, o pipeline.Options, s entrypoint.Settings) error {
	var policy pipeline.Policy
	o.Policy = func(ctx context.Context, ws *spec.Workspace) pipeline.Policy {
		reader := newPolicyReader(s, ws)
		reader.withoutBaseline, reader.promruvals = true, c.flags.promruval
		policy = reader.read(ctx)
		return policy
	}
	rep := pipeline.Run(ctx, o)
	if err := ctx.Err(); err != nil {
		return err
	}
	if policy.Unknown != "" || report.VerdictOf(policy.Findings) == report.Fail {
		return errors.New("the baseline was not written, because the policy has mistakes: run nthlayer lint and correct them first")
	}
	if policy.Above != "" {
		return errors.New("the baseline was not written, because it is that of the whole folder " + policy.Above + ", where the policy is: run this there")
	}
	if err := c.somethingFound(rep, o); err != nil {
		return err
	}
	if unseen := unseen(rep); len(unseen) > 0 {
		return errors.New("the baseline was not written, because not all could be looked at, and what was not seen would be missing in it:\n  " + strings.Join(unseen, "\n  "))
	}
	name, named := organisation.DefaultBaseline, false
	if policy.Policy != nil && policy.Policy.Baseline.Set() {
		name, named = policy.Policy.Baseline.V, true
	}
	judged := judgedRules()
	text, held := organisation.WriteBaseline(rep.Findings, func(id string) bool { return slices.Contains(judged, id) })
	if err := c.replaceable(o, s, policy.Policy, name); err != nil {
		return fmt.Errorf("the baseline was not written: %w", err)
	}
	if err := o.Workspace.Write(name, text); err != nil {
		return fmt.Errorf("the baseline was not written: %w", err)
	}
	hint, plural := "", "s"
	if held == 1 {
		plural = ""
	}
	if !named {
		hint = "; it counts once the policy has baseline: " + name
	}
	if s.Prometheus.URL != "" {
		hint += "; what only a Prometheus can tell is not in it"
	}
	_, err := fmt.Fprintf(c.p.stderr, "nthlayer: the baseline %s holds %d finding%s%s\n", name, held, plural, hint)
	return err
}

// replaceable refuses a baseline in place of a link, which a CI job would not follow,
// and of what the run reads otherwise.
func (c *check) replaceable(o pipeline.Options, s entrypoint.Settings, policy *organisation.Policy, name string) error {
	if via := newTrusted(s, o.Workspace).linked(name); via != "" {
		return fmt.Errorf("%s is a link: put the file itself where %s is, or name another baseline in the policy", via, name)
	}
	reads := c.inputs(o, s)
	reads.Except(organisation.DefaultBaseline)
	if policy != nil {
		for _, file := range policy.Promruval {
			reads.Add(file.V, "the configuration of promruval "+file.V)
		}
	}
	if input := reads.At(name); input != "" {
		return fmt.Errorf("%s would overwrite %s: name another baseline in the policy", name, input)
	}
	return nil
}

// unseen says what a run could not look at.
func unseen(rep *report.Report) []string {
	var out []string
	for _, f := range rep.Findings {
		stage, _, _ := strings.Cut(f.Rule, "/")
		if stage == "yaml" || slices.Contains(blindRules(), f.Rule) {
			out = append(out, strings.TrimPrefix(f.Position().String()+": ", ": ")+f.Message)
		}
	}
	if len(out) == 0 && (rep.Verdict == report.Undecidable || rep.Summary.Unreadable > 0) {
		out = append(out, "run nthlayer lint, which says what")
	}
	return out
}

// blindRules are the rules about what nobody looked at.
func blindRules() []string {
	return []string{"spec/unreadable", "dashboard/structure", pint.RuleUnanswered}
}
