package main

import (
	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/pipeline"
)

// newPortfolio returns the command that reports on all services together.
func newPortfolio(p process, code *int) *cobra.Command {
	c := &check{p: p, code: code, name: "portfolio", stages: []pipeline.Stage{pipeline.Portfolio}}
	return c.command("portfolio [FILE|DIR|GLOB ...]", "Report on the SLOs of all services",
		"Report on the SLOs of all services: a score weighted by tier, health by tier, services\n"+
			"that need attention, and insights.\n\n"+whichFiles)
}
