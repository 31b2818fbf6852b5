package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/pipeline"
)

// newLint returns the command that checks PromQL.
func newLint(p process, code *int) *cobra.Command {
	c := &check{p: p, code: code, name: "lint", stages: []pipeline.Stage{pipeline.Lint}, policy: true, compares: true}
	cmd := c.command("lint [FILE|DIR|GLOB ...]", "Check every PromQL expression",
		"Check every PromQL expression in service files and in Prometheus rule files, which may\n"+
			"be classic (groups:) or PrometheusRule resources. With --prometheus-url the\n"+
			"metrics in them are compared with what that server has.\n\n"+
			"The stage validate reads the files and checks the service files, the stage lint checks\n"+
			"the expressions.\n\n"+whichFiles)
	c.addDisable(cmd)
	c.addBaseline(cmd)
	cmd.Flags().StringSliceVar(&c.flags.promruval, "promruval", nil, "Configurations of promruval to apply, besides those that the policy names.")
	cmd.Flags().StringVar(&c.flags.checkURLs, "check-urls", "", "Ask for the pages of runbooks: public, or all for those inside the network too. Without it no network is used.")
	cmd.Flags().Lookup("check-urls").NoOptDefVal = "public"
	cmd.Flags().BoolVar(&c.flags.alertsCount, "alerts-count", false, "Ask Prometheus how often each alert would have fired in the last week, with a query for each.")
	cmd.Flags().BoolVar(&c.flags.offline, "offline", false, "Ask no Prometheus, whatever the environment names.")
	c.addEngine(cmd)
	c.addFix(cmd)
	return cmd
}

// addDisable adds the flag that leaves rules out.
func (c *check) addDisable(cmd *cobra.Command) {
	var disabled []string
	cmd.Flags().StringSliceVar(&disabled, "disable", nil, "Rules to leave out, as promql/service-label; a file that cannot be read is reported all the same.")
	c.more = func(o *pipeline.Options) error {
		o.Disabled = disabled
		return knownRules(disabled)
	}
}

// knownRules refuses ids that no rule has: a misspelt one would leave out
// nothing.
func knownRules(ids []string) error {
	for _, id := range ids {
		if _, ok := rules.Heading(id); !ok {
			return fmt.Errorf("--disable: %w", noRule(id))
		}
	}
	return nil
}
