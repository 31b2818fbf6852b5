package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/generate/openslo"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// imports is the command that reads documents of others.
type imports struct {
	team, tier, kind, window string
	made                     []byte
}

// newImport returns the command that turns documents of others into service files.
func newImport(p process, code *int) *cobra.Command {
	var i imports
	c := &check{
		p: p, code: code, name: "import", stages: []pipeline.Stage{pipeline.Lint},
		sought: "documents", known: "one of OpenSLO has apiVersion: openslo/v1, and one of Sloth has version: prometheus/v1",
	}
	c.make = func(ctx context.Context, o pipeline.Options) *report.Report {
		rep, made := pipeline.RunImport(ctx, o, i.options())
		i.made = made
		return rep
	}
	c.print = func(rep *report.Report, out outputFile) error { return i.print(c, rep, out) }
	cmd := c.command("import FILE...", "Turn OpenSLO documents and Sloth specifications into a service file",
		"Turn OpenSLO v1 documents and specifications of Sloth into service files, to standard\n"+
			"output or to the file of -o. What could not be taken over, or only with another meaning,\n"+
			"is on standard error, with its place.")
	fs := cmd.Flags()
	fs.StringVar(&i.team, "team", "", "The team of services whose documents name none.")
	fs.StringVar(&i.tier, "tier", "", "The tier of services whose documents name none.")
	fs.StringVar(&i.kind, "type", "", "The type of services whose documents name none.")
	fs.StringVar(&i.window, "window", "", "The window of SLOs whose documents have none, as Sloth's; 30d when not given.")
	for _, flag := range []string{"format", "environment", "auto-env"} {
		_ = fs.MarkHidden(flag)
	}
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := i.check(args); err != nil {
			return err
		}
		return run(cmd, args)
	}
	return cmd
}

// check looks at what the call says before any file is read.
func (i *imports) check(args []string) error {
	_, tier := spec.ParseTier(i.tier)
	_, kind := spec.ParseType(i.kind)
	_, window := spec.ParseWindow(i.window)
	switch {
	case len(args) == 0:
		return errors.New("no file was named: nthlayer import FILE turns OpenSLO documents and specifications of Sloth into a service file")
	case i.tier != "" && !tier:
		return fmt.Errorf("--tier %q is no tier: the tiers are critical, high, standard and low", i.tier)
	case i.kind != "" && !kind:
		return fmt.Errorf("--type %q is no type of a service: docs/tiers.md lists them", i.kind)
	case i.window != "" && window != nil:
		return fmt.Errorf("--window: %w", window)
	}
	return nil
}

func (i *imports) options() openslo.ImportOptions {
	tier, _ := spec.ParseTier(i.tier)
	kind, _ := spec.ParseType(i.kind)
	return openslo.ImportOptions{Team: i.team, Tier: tier, Type: kind, Window: i.window}
}

// print writes the service files, and what should be known of them to standard error.
func (i *imports) print(c *check, rep *report.Report, out outputFile) error {
	if len(rep.Findings) > 0 {
		if err := render.Render(c.p.stderr, "table", rep, render.Options{Rule: ruleText, Quiet: c.flags.quiet}); err != nil {
			return err
		}
	}
	switch {
	case len(i.made) == 0:
		return nil
	case c.flags.output != "":
		return out.write(i.made)
	}
	_, err := c.p.stdout.Write(i.made)
	return err
}
