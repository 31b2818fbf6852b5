package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// newPlan returns the command that says what apply would do.
func newPlan(p process, code *int) *cobra.Command {
	var g generation
	var detailed bool
	c := &check{p: p, code: code, name: "plan", stages: []pipeline.Stage{pipeline.Generate}}
	to := &pushing{c: c, g: &g}
	c.more = func(o *pipeline.Options) error {
		if err := to.prepare(o.At); err != nil {
			return err
		}
		g.names = !c.flags.verbose && !to.asked()
		if err := g.pipeline(o); err != nil {
			return err
		}
		// The server is named to be compared with what apply wrote without one.
		o.Generation.Offline = to.deployed && !c.flags.discover
		return nil
	}
	c.after = to.run
	c.prepare = g.askingLoki(c)
	c.before = func(rep *report.Report) error {
		if detailed && (g.changed() || to.changes) && rep.ExitCode == entrypoint.ExitPass {
			rep.ExitCode, *code = entrypoint.ExitWarn, entrypoint.ExitWarn
		}
		return g.explain(c)
	}
	cmd := c.command("plan [FILE|DIR|GLOB ...]", "Show what apply would write",
		"Generate everything in memory and compare it with the files that are there: each file is\n"+
			"created, updated or unchanged. Nothing is written. With -v the changes are shown.\n\n"+whichFiles)
	g.addPlace(cmd.Flags())
	g.addFlags(cmd.Flags())
	g.addDashboardFlags(cmd.Flags())
	g.addRecordFlags(cmd.Flags())
	g.addKinds(cmd.Flags())
	g.addRuleObjectFlags(cmd.Flags())
	g.addLogFlags(cmd.Flags())
	g.addRouteLabels(cmd.Flags())
	to.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&to.deployed, "deployed", false, "Compare the rules with those that the server of --prometheus-url has loaded.")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "End with 1 when apply would change something and nothing else is wrong.")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		defer g.close()
		return run(cmd, args)
	}
	return cmd
}

// explain prints, above the report, what the report does not hold: which services
// give nothing, what was left out, and with -v the changes. Where a machine reads
// standard output it says nothing.
func (g *generation) explain(c *check) error {
	if c.flags.format != "table" || c.flags.quiet || c.flags.output != "" {
		return nil
	}
	var b strings.Builder
	for _, m := range g.made {
		if m.Broken {
			fmt.Fprintf(&b, "nothing is generated for %s: its file has errors\n", render.TerminalText(m.Service.Name.V))
		}
	}
	if c.flags.verbose {
		b.WriteString(g.leftOut())
		for _, m := range g.made {
			for _, change := range m.Changes {
				if writes(change) {
					b.WriteString(difference(change))
				}
			}
		}
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	_, err := io.WriteString(c.p.stdout, b.String())
	return err
}

// leftOut says how many parts of all services were left out, by reason.
func (g *generation) leftOut() string {
	counts := map[string]int{}
	for _, m := range g.made {
		for _, l := range m.LeftOut {
			counts[l.Why] += l.Count
		}
	}
	var b strings.Builder
	for _, why := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, "left out %s: %s\n", parts(counts[why]), render.TerminalText(why))
	}
	return b.String()
}

func parts(n int) string {
	if n == 1 {
		return "1 part of an artefact"
	}
	return fmt.Sprintf("%d parts of artefacts", n)
}

func difference(c folder.Change) string {
	from, to := "a/"+c.Path, "b/"+c.Path
	if c.Action == folder.Create {
		from = "/dev/null"
	}
	return patch(from, to, string(c.Old), string(c.New))
}
