package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/dashboard"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// explained is a row of what --explain prints, as JSON has it.
type explained struct {
	Service string `json:"service"`
	dashboard.Explanation
}

// addExplain lets generate dashboard print which metrics it took instead of the
// dashboard.
func (g *generation) addExplain(c *check, cmd *cobra.Command) {
	cmd.Flags().BoolVar(&g.resolve, "explain", false, "Print which metric stands for what each panel measures, and no dashboard; -f json prints it as JSON.")
	format := cmd.Flags().Lookup("format")
	format.Hidden, format.Usage = false, "With --explain, how to print it: table or json."
	run, show := cmd.RunE, c.print
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		asJSON := c.flags.format == "json"
		switch {
		case format.Changed && !g.resolve:
			return fmt.Errorf("generate dashboard has a --format only with --explain: it prints the artefact itself; nthlayer plan -f json prints a report")
		case !asJSON && c.flags.format != "table":
			return fmt.Errorf("there is no format %q: the formats of --explain are table and json", c.flags.format)
		}
		c.flags.format = "table"
		c.print = show
		if g.resolve {
			c.print = func(rep *report.Report, out outputFile) error { return g.printExplained(c, rep, out, asJSON) }
		}
		return run(cmd, args)
	}
}

// printExplained writes the resolutions to standard output or the file, and the
// findings to standard error.
func (g *generation) printExplained(c *check, rep *report.Report, out outputFile, asJSON bool) error {
	if len(rep.Findings) > 0 {
		silent := *rep
		silent.Services = nil
		if err := render.Render(c.p.stderr, "table", &silent, render.Options{Rule: ruleText, Quiet: c.flags.quiet}); err != nil {
			return err
		}
	}
	text, err := g.explanations(asJSON)
	if err != nil {
		return err
	}
	if c.flags.output != "" {
		return out.write([]byte(text))
	}
	_, err = io.WriteString(c.p.stdout, text)
	return err
}

// explanations are the resolutions of all services, as a table or as JSON.
func (g *generation) explanations(asJSON bool) (string, error) {
	all := []explained{}
	for _, m := range g.made {
		for _, e := range m.Explained {
			all = append(all, explained{m.Service.Name.V, e})
		}
	}
	rows := make([][]string, 0, len(all))
	for _, e := range all {
		rows = append(rows, []string{e.Service, cmp.Or(e.Dependency, "-"), e.Intent, string(e.Status), cmp.Or(e.Metric, "-"), cmp.Or(e.Source, "-")})
	}
	var b strings.Builder
	l := listing{p: process{stdout: &b}, format: "table"}
	if asJSON {
		l.format = "json"
	}
	err := l.print([]string{"SERVICE", "DEPENDENCY", "INTENT", "STATUS", "METRIC", "SOURCE"}, rows, all)
	return b.String(), err
}

// newValidateDashboard returns the command that makes sure that dashboards have
// something to show.
func newValidateDashboard(p process, code *int) *cobra.Command {
	g := generation{only: []string{string(generate.Dashboard)}, outputDir: defaultOutputDir, layout: string(generate.ByService), resolve: true, prints: true}
	c := &check{p: p, code: code, name: "validate-dashboard", stages: []pipeline.Stage{pipeline.Generate}, asks: true}
	c.more = func(o *pipeline.Options) error {
		if err := g.pipeline(o); err != nil {
			return err
		}
		o.Generation.Required = true
		return nil
	}
	c.before = func(rep *report.Report) error {
		for i := range rep.Services {
			rep.Services[i].Artifacts = []report.Artifact{}
		}
		if c.flags.format != "table" || c.flags.quiet || c.flags.output != "" || !slices.ContainsFunc(g.made, func(m pipeline.Generated) bool { return len(m.Explained) > 0 }) {
			return nil
		}
		text, err := g.explanations(false)
		if err != nil {
			return err
		}
		_, err = io.WriteString(p.stdout, text+"\n")
		return err
	}
	cmd := c.command("validate-dashboard [FILE|DIR|GLOB ...]", "Check that dashboards have metrics to show",
		"Ask a Prometheus whether it has the metrics that the panels of the dashboards need. A\n"+
			"panel that is not optional and has none is an error.\n\n"+whichFiles)
	cmd.Flags().BoolVar(&g.options.Full, "full", false, "Show all panels of a technology, not only the most telling ones.")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		defer g.close()
		return run(cmd, args)
	}
	return cmd
}
