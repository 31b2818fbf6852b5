package main

import (
	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/pipeline"
)

const whichFiles = "FILE, DIR or GLOB default to services/, **/service.yaml and **/*.reliability.yaml."

// newValidate returns the command that checks service files without any server.
func newValidate(p process, code *int) *cobra.Command {
	c := &check{p: p, code: code, name: "validate", stages: []pipeline.Stage{pipeline.Lint}, policy: true}
	cmd := c.command("validate [FILE|DIR|GLOB ...]", "Check that service files are sound",
		"Check that service files are sound: fields, tiers, objectives, windows, variables,\n"+
			"templates, dependencies, contracts, gates and PromQL. No server is asked.\n\n"+whichFiles)
	c.addDisable(cmd)
	return cmd
}
