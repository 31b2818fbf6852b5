package main

import (
	"github.com/spf13/cobra"

	"github.com/nthlayer/action/entrypoint"
)

// newCIContext returns the command that prints where and for what a run happens.
func newCIContext(p process, code *int) *cobra.Command {
	cmd := &cobra.Command{
		Use: "context", Short: "Print what a run in this job knows of its host, event and commits",
		Long: "Print what a run in this job knows of its host, event and commits. It sends no\n" +
			"request. The exit code is 3 when the job does not say on which commit to report.",
		DisableFlagParsing: true, DisableFlagsInUseLine: true,
	}
	entrypoint.AddFormatFlag(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if asksForHelp(args) {
			return cmd.Help()
		}
		*code = entrypoint.RunContext(p.ciEnv(args))
		return nil
	}
	return cmd
}
