package main

import (
	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/pipeline"
)

// newTest returns the command that runs unit tests of rules.
func newTest(p process, code *int) *cobra.Command {
	c := &check{
		p: p, code: code, name: "test", stages: []pipeline.Stage{pipeline.Lint}, make: pipeline.RunTests,
		sought: "unit tests of rules", known: "a file of them has rule_files: and tests:; nthlayer apply writes some",
	}
	cmd := c.command("test [FILE|DIR|GLOB ...]", "Run unit tests of rules",
		"Run unit tests of recording and alerting rules: those that nthlayer generates beside\n"+
			"the rules, and all that promtool test rules runs. The rules are evaluated by the engine\n"+
			"of Prometheus inside nthlayer; no server is asked, and promtool is not needed.\n\n"+
			"A folder stands for all files of unit tests below it, no argument for this folder. The\n"+
			"templates of alerts are run as a server runs them.")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			args = []string{"."}
		}
		return run(cmd, args)
	}
	return cmd
}
