package main

import (
	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/report"
)

// newApply returns the command that writes what is generated.
func newApply(p process, code *int) *cobra.Command {
	var g generation
	var dry bool
	c := &check{p: p, code: code, name: "apply", stages: []pipeline.Stage{pipeline.Generate}}
	to := &pushing{c: c, g: &g}
	c.before = func(*report.Report) error { return g.explain(c) }
	c.after = to.run
	c.prepare = g.askingLoki(c)
	c.more = func(o *pipeline.Options) error {
		if err := to.prepare(o.At); err != nil {
			return err
		}
		if g.write = !dry; dry {
			o.Command, to.exact = "plan", true
		}
		g.names = !c.flags.verbose && !to.asked()
		return g.pipeline(o)
	}
	cmd := c.command("apply [FILE|DIR|GLOB ...]", "Generate dashboards, alerts, rules and documents",
		"Generate everything that a service file gives and write it to generated/SERVICE/. Files\n"+
			"that did not change are left as they are, files that were changed by hand are kept.\n\n"+
			"A service whose file has errors gives nothing.\n\n"+whichFiles)
	fs := cmd.Flags()
	g.addPlace(fs)
	g.addFlags(fs)
	g.addDashboardFlags(fs)
	g.addRecordFlags(fs)
	g.addKinds(fs)
	g.addRuleObjectFlags(fs)
	g.addLogFlags(fs)
	g.addRouteLabels(fs)
	to.addFlags(fs)
	fs.BoolVar(&dry, "dry-run", false, "Write nothing, and show what would be written: the files, or the requests of a push.")
	fs.BoolVar(&g.force, "force", false, "Overwrite files that were changed by hand.")
	fs.BoolVar(&g.prune, "prune", false, "Remove files that are not generated any more.")
	fs.BoolVar(&g.lint, "lint", false, "Lint the generated rules.")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		defer g.close()
		return run(cmd, args)
	}
	return cmd
}
