package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/entrypoint"
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
		return writeBaseline(ctx, c.p, o, s)
	}
}

// writeBaseline runs the stages without a baseline and writes what they find.
func writeBaseline(ctx context.Context, p process, o pipeline.Options, s entrypoint.Settings) error {
	var policy pipeline.Policy
	o.Policy = func(ctx context.Context, ws *spec.Workspace) pipeline.Policy {
		reader := newPolicyReader(s, ws)
		reader.withoutBaseline = true
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
	name, named := organisation.DefaultBaseline, false
	if policy.Policy != nil && policy.Policy.Baseline.Set() {
		name, named = policy.Policy.Baseline.V, true
	}
	judged := judgedRules()
	text, held := organisation.WriteBaseline(rep.Findings, func(id string) bool { return slices.Contains(judged, id) })
	file := filepath.Join(s.Workspace, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	out, err := openOutput(file, inputs(o, s, file))
	if err != nil {
		return err
	}
	if err := out.write(text); err != nil {
		return err
	}
	hint, plural := "", "s"
	if held == 1 {
		plural = ""
	}
	if !named {
		hint = "; it counts once the policy has baseline: " + name
	}
	_, err = fmt.Fprintf(p.stderr, "nthlayer: the baseline %s holds %d finding%s%s\n", name, held, plural, hint)
	return err
}
