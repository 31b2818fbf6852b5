package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/report"
)

// newCI returns the command that a CI job runs: all stages, delivered to the
// host. It reads its flags itself, because they are inputs of the action too.
func newCI(p process, code *int) *cobra.Command {
	cmd := &cobra.Command{
		Use: "ci [FILE|DIR|GLOB ...]", Short: "Run all stages in a CI job",
		Long: "Run all stages in a CI job and deliver the result to the host: log, annotations,\n" +
			"summary, outputs, commit statuses and one comment on the pull request.",
		DisableFlagParsing: true, DisableFlagsInUseLine: true,
	}
	entrypoint.AddFlags(cmd.Flags())
	entrypoint.AddLogFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if asksForHelp(args) {
			return cmd.Help()
		}
		*code = entrypoint.RunCI(cmd.Context(), p.ciEnv(args), func(ctx context.Context, s entrypoint.Settings) (*report.Report, error) { return runCI(ctx, p, s) })
		return nil
	}
	cmd.AddCommand(newCIContext(p, code), newCIDoctor(p, code))
	return cmd
}

// runCI runs the stages of a CI job once.
func runCI(ctx context.Context, p process, s entrypoint.Settings) (*report.Report, error) {
	o := pipeline.Options{
		Command: "ci", Tool: p.tool(), At: p.now(), Advisory: true, ByHead: s.PolicyRef == entrypoint.PolicyHead,
		GateOptions: gate.Options{BurnRateRule: true}, Policy: policyOf(s),
		Deploy: gate.Deploy{User: s.Host.Actor, Labels: s.Host.Labels, Branch: target(p, s.Host)},
	}
	for _, name := range s.Stages {
		o.Stages = append(o.Stages, pipeline.Stage(name))
	}
	if s.ChangedOnly {
		o.Changed = touched(s.Changes)
	}
	sources, done, err := checkGenerated(s, &o)
	if err != nil {
		return nil, err
	}
	defer done()
	if s.ServicesGiven {
		return stages(ctx, o, s, s.Services)
	}
	ws, err := find(ctx, &o, s, nil)
	if err != nil {
		return nil, err
	}
	defer ws.Close()
	takeSources(ctx, &o, s, ws, sources)
	return ask(ctx, o, s)
}

// target returns the branch that the change goes to, which is the one that is
// deployed from.
func target(p process, at host.Context) string {
	if at.BaseRef != "" {
		return at.BaseRef
	}
	for _, variable := range []string{"GITHUB_REF_NAME", "CI_COMMIT_BRANCH"} {
		if name := p.getenv(variable); name != "" {
			return name
		}
	}
	return ""
}

// touched returns what tells the files that a change touches, or nil when all
// services must be looked at: the change is not known file by file, or it
// removed an environment or a template, whose services cannot be told any more.
// A file that the change can say nothing about counts as touched.
func touched(changes host.Changes) func(file string) bool {
	if !changes.Known() {
		return nil
	}
	for _, removed := range changes.Removed() {
		if strings.Contains("/"+removed, "/environments/") || strings.Contains("/"+removed, "/.nthlayer/") {
			return nil
		}
	}
	return func(file string) bool {
		_, ok := changes.Find(file)
		return ok || !changes.Place.Covers(file)
	}
}
