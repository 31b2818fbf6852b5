package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// spellings are the commands that make one kind of artefact, by the kind.
func spellings() map[generate.Kind]string {
	return map[generate.Kind]string{
		generate.SLOs: "slo", generate.Sloth: "sloth", generate.Pyrra: "pyrra", generate.Recording: "recording-rules", generate.BurnRate: "burn-rate-alerts", generate.Alerts: "alerts",
		generate.PrometheusRule: "prometheusrule", generate.RuleTests: "rule-tests", generate.Dashboard: "dashboard", generate.Loki: "loki-alerts", generate.PagerDuty: "pagerduty",
		generate.Alertmanager: "alertmanager", generate.AlertmanagerConfig: "alertmanagerconfig", generate.Exporters: "exporters", generate.Backstage: "backstage", generate.Gate: "gate",
	}
}

// newGenerate returns the command that prints one kind of artefact.
func newGenerate(p process, code *int) *cobra.Command {
	cmd := &cobra.Command{
		Use: "generate", Short: "Print one kind of artefact",
		Long: "Print one kind of artefact of a service, as apply would write it.",
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, kind := range bundle.Kinds() {
		cmd.AddCommand(newGenerateKind(p, code, kind, spellings()[kind]))
	}
	return cmd
}

// newGenerateAliases returns the same commands in one word: generate-alerts.
func newGenerateAliases(p process, code *int) []*cobra.Command {
	var out []*cobra.Command
	for _, kind := range bundle.Kinds() {
		cmd := newGenerateKind(p, code, kind, "generate-"+spellings()[kind])
		cmd.Hidden = true
		out = append(out, cmd)
	}
	return out
}

func newGenerateKind(p process, code *int, kind generate.Kind, name string) *cobra.Command {
	g := generation{only: []string{string(kind)}, outputDir: defaultOutputDir, layout: string(generate.ByService)}
	c := &check{p: p, code: code, name: "generate", stages: []pipeline.Stage{pipeline.Generate}, more: g.pipeline}
	c.print = func(rep *report.Report, out outputFile) error { return g.print(c, rep, out) }
	cmd := c.command(name+" [FILE|DIR|GLOB ...]", "Print "+string(kind),
		"Print "+string(kind)+" as apply would write them, to standard output or to the file of -o.\nWhat the service file should be told is on standard error.\n\n"+whichFiles)
	g.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&g.dry, "dry-run", false, "Write no file: print to standard output, whatever -o says.")
	format := cmd.Flags().Lookup("format")
	format.Hidden = true // where it is a choice, addFormats shows it
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		defer g.close()
		if format.Hidden && format.Changed {
			return fmt.Errorf("generate %s has no --format: it prints the artefact itself; nthlayer plan -f json prints a report", spellings()[kind])
		}
		if g.prints = true; g.dry {
			c.flags.output = ""
		}
		return run(cmd, args)
	}
	g.addFormats(c, cmd, kind)
	if kind == generate.Alertmanager {
		addMerge(c, cmd)
	}
	return cmd
}

// print writes the artefacts to standard output or the file, and the findings to
// standard error.
func (g *generation) print(c *check, rep *report.Report, out outputFile) error {
	if len(rep.Findings) > 0 {
		silent := *rep
		silent.Services = nil
		if err := render.Render(c.p.stderr, "table", &silent, render.Options{Rule: ruleText, Quiet: c.flags.quiet}); err != nil {
			return err
		}
	}
	text, err := g.joined()
	if err != nil {
		return err
	}
	switch {
	case text == "" && rep.Verdict == report.Pass:
		*c.code = entrypoint.ExitWarn
		_, err = fmt.Fprintln(c.p.stderr, "nthlayer: there is nothing to print: no service has anything that gives "+g.only[0])
	case text == "": // the report says why
	case c.flags.output != "":
		err = out.write([]byte(text))
	default:
		_, err = io.WriteString(c.p.stdout, text)
	}
	return err
}

// joined returns all artefacts as one text, empty for none. YAML documents may follow each other,
// others may not.
func (g *generation) joined() (string, error) {
	var all []string
	yaml := true
	for _, m := range g.made {
		for _, c := range m.Changes {
			if c.Artefact.Bytes == nil {
				continue
			}
			all = append(all, string(c.Artefact.Bytes))
			yaml = yaml && strings.HasSuffix(c.Path, ".yaml")
		}
	}
	if len(all) > 1 && !yaml {
		return "", fmt.Errorf("this gives %d files, which cannot be printed together: name one service, or use nthlayer apply", len(all))
	}
	if len(g.only) > 1 { // the rules of SLOs, which are two files
		return oneRuleFile(all), nil
	}
	return strings.Join(all, "---\n"), nil
}
