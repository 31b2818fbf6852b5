package main

import (
	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/pipeline"
)

// newCheckDeploy returns the command that gates a deploy.
func newCheckDeploy(p process, code *int) *cobra.Command {
	var deploy gate.Deploy
	var noBurnRate, requireSLO, allowNoData bool
	var servicesDirs []string
	c := &check{p: p, code: code, name: "check-deploy", asks: true, policy: true, stages: []pipeline.Stage{pipeline.Gate}}
	c.more = func(o *pipeline.Options) error {
		o.Deploy, o.PolicyOfGate = deploy, true
		o.GateOptions = gate.Options{BurnRateRule: !noBurnRate, RequireSLO: requireSLO, AllowNoData: allowNoData}
		return nil
	}
	c.others = func() []string { return servicesDirs }
	cmd := c.command("check-deploy [FILE|DIR|GLOB ...]", "Decide whether a deploy has error budget left",
		"Decide for each service whether it may be deployed: the SLO with the least error budget\n"+
			"left is compared with the thresholds of the tier, the environment and the service's\n"+
			"DeploymentGate.\n\n"+
			"Exit codes: 0 approved, 1 warning, 2 blocked, 3 wrong call, 4 could not be decided.\n\n"+whichFiles)
	fs := cmd.Flags()
	fs.StringVar(&deploy.Team, "team", "", "The team that deploys, for the gate's exceptions.")
	fs.StringVar(&deploy.User, "user", "", "The user who deploys, for the gate's exceptions.")
	fs.StringSliceVar(&deploy.Labels, "label", nil, "Labels of the change, for the gate's exceptions.")
	fs.StringVar(&deploy.Branch, "branch", "", "The branch that is deployed, for the gate's conditions.")
	fs.StringVar(&deploy.ChangeType, "change-type", "", "What kind of change is deployed, for the gate's conditions.")
	fs.StringSliceVar(&servicesDirs, "services-dir", nil, "A folder of all services, which are read only to know who depends on the deployed ones.")
	fs.BoolVar(&requireSLO, "require-slo", false, "Block services without SLOs.")
	fs.BoolVar(&allowNoData, "allow-no-data", false, "Leave SLOs without data out of the decision, for services that are not live yet.")
	fs.BoolVar(&noBurnRate, "no-burn-rate", false, "Do not look at how fast the budget burns.")
	return cmd
}
