package main

import (
	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/pipeline"
)

// newVerify returns the command that asks whether declared metrics exist.
func newVerify(p process, code *int) *cobra.Command {
	c := &check{p: p, code: code, name: "verify", asks: true, stages: []pipeline.Stage{pipeline.Verify}}
	return c.command("verify [FILE|DIR|GLOB ...]", "Verify that the declared metrics exist",
		"Verify that the metrics of SLOs, alerts and Observability resources exist with the\n"+
			"service's label, and are alive.\n\n"+whichFiles)
}
