package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// process is everything that a command takes from the process around it.
type process struct {
	args           []string
	stdout, stderr io.Writer
	// stdin is where answers come from; nil for nobody.
	stdin    io.Reader
	getenv   func(string) string
	readFile func(string) ([]byte, error)
	now      func() time.Time
}

func (p process) tool() report.Tool { return report.Tool{Name: "nthlayer", Version: version} }

// run runs the command that the arguments name and returns the exit code.
func run(ctx context.Context, p process) int {
	code := entrypoint.ExitPass
	root := newRoot(p, &code) //nolint:contextcheck // a command gets the context from ExecuteContext
	root.SetArgs(p.args)
	if err := root.ExecuteContext(ctx); err != nil {
		if _, printErr := fmt.Fprintln(p.stderr, "nthlayer: "+strings.ReplaceAll(render.TerminalLines(err.Error()), "\n", "\nnthlayer: ")); printErr != nil {
			return entrypoint.ExitUsage
		}
		return entrypoint.ExitUsage
	}
	return code
}

// newRoot builds the command tree. A command stores its exit code in code; an
// error it returns is a wrong call.
func newRoot(p process, code *int) *cobra.Command {
	root := &cobra.Command{
		Use:   "nthlayer",
		Short: "Reliability checks for service files",
		Long: "nthlayer reads one service file per service and lints its PromQL, verifies that its\n" +
			"metrics exist, gates deploys on its error budget and reports on all services.",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("nthlayer {{.Version}}\n")
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(wrongFlag)
	root.SetGlobalNormalizationFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "env" {
			name = "environment"
		}
		return pflag.NormalizedName(name)
	})
	root.AddCommand(
		newCI(p, code),
		newInit(p, code),
		newPlan(p, code),
		newApply(p, code),
		newGenerate(p, code),
		newImport(p, code),
		newValidate(p, code),
		newValidateDashboard(p, code),
		newLint(p, code),
		newTest(p, code),
		newVerify(p, code),
		newCheckDeploy(p, code),
		newPortfolio(p, code),
		newEnv(p, code),
		newTemplates(p, code),
		newTiers(p, code),
		newRules(p),
	)
	root.AddCommand(newGenerateAliases(p, code)...)
	return root
}
