package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// listing is a command that prints facts: as a table for people, or as JSON.
type listing struct {
	p      process
	code   *int
	format string
}

// command returns the cobra command of a listing.
func (l *listing) command(use, short, long string, run func(ctx context.Context, args []string) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if l.format != "table" && l.format != "json" {
				return fmt.Errorf("there is no format %q: it must be table or json", l.format)
			}
			return run(cmd.Context(), args)
		},
	}
	cmd.Flags().StringVarP(&l.format, "format", "f", "table", "How to print it: table or json.")
	return cmd
}

// print prints rows as a table, or the value as JSON.
func (l *listing) print(head []string, rows [][]string, value any) error {
	if l.format == "json" {
		return render.JSON(l.p.stdout, value)
	}
	w := tabwriter.NewWriter(l.p.stdout, 0, 4, 2, ' ', 0)
	for _, row := range append([][]string{head}, rows...) {
		for i := range row {
			row[i] = render.TerminalText(row[i])
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(strings.Join(row, "\t"), "\t")); err != nil {
			return err
		}
	}
	return w.Flush()
}

// complain prints errors to standard error, and that an environment is not known. It
// sets the exit code when something could not be read or has errors.
func (l *listing) complain(findings, unreadable []report.Finding) error {
	for _, f := range report.Normalise(append(unreadable, findings...)) {
		if f.Severity != report.Error && f.Rule != "spec/unknown-environment" {
			continue
		}
		if f.Severity == report.Error {
			*l.code = max(*l.code, entrypoint.ExitFail)
		}
		text := render.TerminalText(f.Position().String()) + ": " + render.TerminalText(f.Message)
		if _, err := fmt.Fprintf(l.p.stderr, "nthlayer: %s (%s)\n", text, f.Rule); err != nil {
			return err
		}
	}
	if len(unreadable) > 0 {
		*l.code = entrypoint.ExitUsage
	}
	return nil
}

// tierFacts is a tier as JSON has it.
type tierFacts struct {
	Tier          string                `json:"tier"`
	Aliases       []string              `json:"aliases"`
	Availability  string                `json:"availability_percent"`
	LatencyMillis int                   `json:"latency_p99_ms"`
	Weight        float64               `json:"weight"`
	Gates         map[string]gateLimits `json:"gates"`
}

// gateLimits are percentages of the error budget that remain; null is off.
type gateLimits struct {
	Warning  *float64 `json:"warning_percent"`
	Blocking *float64 `json:"blocking_percent"`
}

// newTiers returns the command that prints the table of tiers.
func newTiers(p process, code *int) *cobra.Command {
	l := &listing{p: p, code: code}
	cmd := l.command("tiers", "Print the table of tiers",
		"Print what a tier means: the usual objectives, the weight in the score, and the\n"+
			"thresholds of the gate as warning/blocking percent of the budget that remain.",
		func(context.Context, []string) error {
			var all []tierFacts
			var rows [][]string
			for _, f := range spec.Tiers() {
				row := []string{string(f.Tier), f.Availability + " %", strconv.Itoa(f.LatencyP99Milliseconds) + " ms", strconv.FormatFloat(f.Weight, 'g', -1, 64)}
				facts := tierFacts{
					Tier: string(f.Tier), Aliases: append([]string{}, f.Aliases...), Availability: f.Availability,
					LatencyMillis: f.LatencyP99Milliseconds, Weight: f.Weight, Gates: map[string]gateLimits{},
				}
				for _, environment := range []string{"dev", "staging", "prod"} {
					limits := f.Gates[environment]
					facts.Gates[environment] = gateLimits{limits.Warning, limits.Blocking}
					row = append(row, percent(limits.Warning)+"/"+percent(limits.Blocking))
				}
				all, rows = append(all, facts), append(rows, append(row, strings.Join(f.Aliases, ", ")))
			}
			return l.print([]string{"TIER", "AVAILABILITY", "P99", "WEIGHT", "DEV", "STAGING", "PROD", "ALSO"}, rows, all)
		})
	cmd.Args = cobra.NoArgs
	return cmd
}

func percent(limit *float64) string {
	if limit == nil {
		return "off"
	}
	return strconv.FormatFloat(*limit, 'g', -1, 64)
}

// templateFacts is a template as JSON has it.
type templateFacts struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Tier        string   `json:"tier"`
	Type        string   `json:"type"`
	Source      string   `json:"source"`
	Resources   []string `json:"resources"`
}

// newTemplates returns the command that lists templates.
func newTemplates(p process, code *int) *cobra.Command {
	l := &listing{p: p, code: code}
	cmd := l.command("templates [DIR]", "List the templates that a service can begin with",
		"List the built-in templates and those of the nearest .nthlayer/templates, as service\n"+
			"files of a folder see them. Write template: NAME in a service file to use one.",
		func(ctx context.Context, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return l.templates(ctx, dir)
		})
	cmd.Args = cobra.MaximumNArgs(1)
	return cmd
}

func (l *listing) templates(ctx context.Context, dir string) error {
	ws, err := spec.OpenWorkspace(".")
	if err != nil {
		return err
	}
	defer ws.Close()
	if dir, err = ws.Relative(dir); err != nil {
		return err
	}
	templates, findings := spec.Templates(ctx, ws, dir)
	if err := l.complain(findings, nil); err != nil {
		return err
	}
	all := []templateFacts{}
	var rows [][]string
	for _, t := range templates {
		source := t.File
		if t.BuiltIn {
			source = "built in"
		}
		kinds := append([]string{}, t.ResourceKinds()...)
		all = append(all, templateFacts{t.Name, t.Description, t.Tier, t.Type, source, kinds})
		rows = append(rows, []string{t.Name, t.Tier, t.Type, strings.Join(kinds, ", "), source, t.Description})
	}
	return l.print([]string{"TEMPLATE", "TIER", "TYPE", "RESOURCES", "FROM", "WHAT IT IS FOR"}, rows, all)
}
