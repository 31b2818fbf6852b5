package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/report"
)

// newApply returns the command that writes what is generated.
func newApply(p process, code *int) *cobra.Command {
	var g generation
	var dry bool
	c := &check{p: p, code: code, name: "apply", stages: []pipeline.Stage{pipeline.Generate}, more: g.pipeline}
	c.before = func(*report.Report) error {
		if dry {
			return g.explain(c)
		}
		return errors.Join(g.write(), g.explain(c))
	}
	cmd := c.command("apply [FILE|DIR|GLOB ...]", "Generate dashboards, alerts, rules and documents",
		"Generate everything that a service file gives and write it to generated/SERVICE/. Files\n"+
			"that did not change are left as they are, files that were changed by hand are kept.\n\n"+
			"A service whose file has errors gives nothing.\n\n"+whichFiles)
	fs := cmd.Flags()
	g.addFlags(fs)
	g.addKinds(fs)
	fs.BoolVar(&dry, "dry-run", false, "Write nothing, as plan.")
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

// write writes what was generated.
func (g *generation) write() error {
	for _, m := range g.made {
		if _, err := folder.Write(g.root, m.Dir, m.Changes, g.force, g.prune); err != nil {
			return err
		}
	}
	return nil
}
