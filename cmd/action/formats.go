package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/exporter"
	"github.com/nthlayer/action/pkg/report"
)

// allFormats stands for every format of exporters.
const allFormats = "all"

// sloFormats are the formats of SLOs, with the kinds that they are.
func sloFormats() map[string][]string {
	kinds := func(all ...generate.Kind) []string {
		var out []string
		for _, k := range all {
			out = append(out, string(k))
		}
		return out
	}
	return map[string][]string{
		"openslo": kinds(generate.SLOs), "sloth": kinds(generate.Sloth), "pyrra": kinds(generate.Pyrra),
		"prometheus": kinds(generate.Recording, generate.BurnRate),
	}
}

// addFormats lets --format say what the artefacts of a command are written for, where
// there is a choice. It says nothing about the report there.
func (g *generation) addFormats(c *check, cmd *cobra.Command, kind generate.Kind) {
	switch kind {
	case generate.SLOs:
		g.addRecordFlags(cmd.Flags())
		g.chooseFormat(c, cmd, "openslo", []string{"openslo", "sloth", "pyrra", "prometheus"}, func(name string) {
			g.only = sloFormats()[name]
		})
	case generate.Recording, generate.BurnRate, generate.Alerts:
		if kind == generate.Recording {
			g.addRecordFlags(cmd.Flags())
		}
		g.addRuleObjectFlags(cmd.Flags())
		g.chooseFormat(c, cmd, rulesPlain, []string{rulesPlain, string(generate.PrometheusRule)}, func(name string) {
			if name != rulesPlain {
				g.only, g.options.RuleObject.Kinds = []string{name}, []generate.Kind{kind}
			}
		})
	case generate.Alertmanager:
		g.addNamespace(cmd.Flags())
		g.addRouteLabels(cmd.Flags())
		g.chooseFormat(c, cmd, string(kind), []string{string(kind), string(generate.AlertmanagerConfig)}, func(name string) { g.only = []string{name} })
	case generate.AlertmanagerConfig:
		g.addNamespace(cmd.Flags())
		g.addRouteLabels(cmd.Flags())
	case generate.Dashboard:
		g.addDashboardFlags(cmd.Flags())
		g.addExplain(c, cmd)
	case generate.PrometheusRule:
		g.addRecordFlags(cmd.Flags())
		g.addRuleObjectFlags(cmd.Flags())
	case generate.Loki:
		g.addLogFlags(cmd.Flags())
		c.prepare = g.askingLoki(c)
	case generate.Exporters:
		g.addExporterFlags(cmd)
		g.chooseFormat(c, cmd, exporter.Kubernetes, append(exporter.Formats(), allFormats), func(name string) {
			if name != allFormats {
				g.options.Exporters.Formats = []string{name}
			}
		})
	case generate.Sloth, generate.Pyrra, generate.RuleTests, generate.PagerDuty,
		generate.Backstage, generate.Gate:
	}
}

// addExporterFlags adds what may be said about exporters.
func (g *generation) addExporterFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringSliceVar(&g.options.Exporters.Technologies, "tech", nil, "The technologies to write exporters for, as postgresql; all when not given.")
	g.addNamespace(fs)
	fs.BoolVar(&g.options.Exporters.NetworkPolicy, "network-policy", false, "Add a NetworkPolicy to each exporter that lets nothing in but scrapes.")
}

// rulesPlain is the format of rule files.
const rulesPlain = "prometheus"

func (g *generation) addNamespace(fs *pflag.FlagSet) {
	fs.StringVar(&g.namespace, "namespace", "", "The Kubernetes namespace of exporters, PrometheusRules and AlertmanagerConfigs; that of the service when not given.")
}

// addRuleObjectFlags adds what may be said about a PrometheusRule.
func (g *generation) addRuleObjectFlags(fs *pflag.FlagSet) {
	g.addNamespace(fs)
	fs.StringToStringVar(&g.options.RuleObject.Labels, "rule-labels", nil, "Labels of a PrometheusRule, so that a Prometheus picks it, as release=monitoring.")
}

// addRouteLabels adds what may be said about an AlertmanagerConfig.
func (g *generation) addRouteLabels(fs *pflag.FlagSet) {
	fs.StringToStringVar(&g.options.RouteObject.Labels, "route-labels", nil, "Labels of an AlertmanagerConfig, so that an Alertmanager picks it, as alertmanager=main.")
}

// chooseFormat makes --format a choice between formats of artefacts.
func (g *generation) chooseFormat(c *check, cmd *cobra.Command, fallback string, names []string, choose func(string)) {
	f := cmd.Flags().Lookup("format")
	f.Hidden, f.DefValue, f.Usage = false, fallback, "What to write for: "+strings.Join(names, ", ")+"."
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := fallback
		if f.Changed {
			name = c.flags.format
		}
		if !slices.Contains(names, name) {
			return fmt.Errorf("there is no format %q: %s", name, hintOf(name, names))
		}
		c.flags.format = "table"
		choose(name)
		return run(cmd, args)
	}
}

func hintOf(name string, names []string) string {
	if question := report.DidYouMean(name, names); question != "" {
		return question
	}
	return "the formats are " + strings.Join(names, ", ")
}

// oneRuleFile joins rule files of ours: Prometheus reads one document of a file.
func oneRuleFile(files []string) string {
	var b strings.Builder
	for i, f := range files {
		_, groups, found := strings.Cut(f, "\ngroups:\n")
		if i > 0 && found {
			f = groups
		}
		b.WriteString(f)
	}
	return b.String()
}
