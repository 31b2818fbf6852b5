package main

import (
	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/pipeline"
)

// newLint returns the command that checks PromQL.
func newLint(p process, code *int) *cobra.Command {
	var disabled []string
	c := &check{p: p, code: code, name: "lint", stages: []pipeline.Stage{pipeline.Lint}}
	c.more = func(o *pipeline.Options) error {
		o.Disabled = disabled
		return nil
	}
	cmd := c.command("lint [FILE|DIR|GLOB ...]", "Check every PromQL expression",
		"Check every PromQL expression in service files and in Prometheus rule files, which may\n"+
			"be classic (groups:) or PrometheusRule resources. No server is asked.\n\n"+whichFiles)
	cmd.Flags().StringSliceVar(&disabled, "disable", nil, "Rules to leave out, as promql/service-label.")
	return cmd
}
