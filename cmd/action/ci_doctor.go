package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/source"
)

// newCIDoctor returns the command that looks at everything a run with the same
// inputs would use, and writes nothing.
func newCIDoctor(p process, code *int) *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor [FILE|DIR|GLOB ...]", Short: "Say what a run in this job could read and write, and write nothing",
		Long: "Say what a run in this job could read and write: host, event, token, addresses,\n" +
			"metrics, service files and each place where results go. It takes the inputs of\n" +
			"nthlayer ci, sends requests that only read, and says how to fix what is wrong.",
		DisableFlagParsing: true, DisableFlagsInUseLine: true,
	}
	entrypoint.AddFlags(cmd.Flags())
	entrypoint.AddFormatFlag(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if asksForHelp(args) {
			return cmd.Help()
		}
		*code = entrypoint.RunDoctor(cmd.Context(), p.ciEnv(args), entrypoint.Doctor{
			Tool: p.tool(),
			Open: func(ctx context.Context, s entrypoint.Settings) (source.Source, error) {
				return openSource(ctx, s, p.now())
			},
		})
		return nil
	}
	return cmd
}

// ciEnv is what the commands of a CI job take from the process.
func (p process) ciEnv(args []string) entrypoint.Env {
	return entrypoint.Env{
		Args: args, Getenv: p.getenv, Stdout: p.stdout, Stderr: p.stderr, ReadFile: p.readFile,
		UserAgent: "nthlayer/" + version, Now: p.now,
	}
}

// asksForHelp is for commands that read their flags themselves.
func asksForHelp(args []string) bool {
	return slices.Contains(args, "-h") || slices.Contains(args, "--help")
}
