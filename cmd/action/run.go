package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
)

// check is a command that looks at service files and prints a report.
type check struct {
	p    process
	code *int
	// name is the command's name, stages what it runs.
	name   string
	stages []pipeline.Stage
	// asks is set for a command that is nothing without a source of metrics.
	asks bool
	// compares is set for a command that compares expressions with a source of metrics
	// if there is one.
	compares bool
	// policy is set for a command that applies the organisation's policy.
	policy bool
	flags  checkFlags
	// args are the files, folders and patterns that the command was called with.
	args []string
	// more changes the pipeline's options by the command's own flags; may be nil.
	more func(*pipeline.Options) error
	// others names further services that only count as dependents; may be nil.
	others func() []string
	// prepare runs before the stages; may be nil.
	prepare func(context.Context, pipeline.Options, entrypoint.Settings) error
	// after adds to the report what happens when the stages are through; may be nil.
	after func(context.Context, entrypoint.Settings, *report.Report) (*report.Report, error)
	// before runs when the report is made and nothing is printed yet; may be nil.
	before func(*report.Report) error
	// fixing fixes the files before the report about them is made; may be nil.
	fixing *fixing
	// make makes the report of a command that is no run of stages; may be nil.
	make func(context.Context, pipeline.Options) *report.Report
	// sought begins the sentence for a call that finds no file, and known says what
	// such a file has; empty for service files and rule files.
	sought, known string
	// print prints the report in another way; may be nil.
	print func(*report.Report, outputFile) error
}

// checkFlags are the flags of every check beside those of the option table.
type checkFlags struct {
	format, output, now     string
	strict, noColor         bool
	quiet, verbose, autoEnv bool
	discover                bool
	promruval               []string
	offline, alertsCount    bool
	checkURLs               string
}

// command returns the cobra command of a check. More flags can be added to it.
func (c *check) command(use, short, long string) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), cmd.Flags(), args) },
	}
	c.addFlags(cmd.Flags())
	return cmd
}

// addFlags adds the flags that all checks share. The option table gives the
// text and the defaults of those that CI jobs have too.
func (c *check) addFlags(fs *pflag.FlagSet) {
	table := pflag.NewFlagSet("", pflag.ContinueOnError)
	entrypoint.AddFlags(table)
	names := []string{"environment", "service-label", "fail-on"}
	if c.policy {
		names = append(names, "policy")
	}
	switch {
	case c.generates() && !c.asks, c.compares:
		names = append(names, "prometheus-url", "prometheus-username", "prometheus-tenant", "ca-file", "concurrency")
	case len(c.stages) > 0 && c.stages[0] != pipeline.Lint:
		names = append(names, "prometheus-url", "prometheus-username", "prometheus-tenant", "ca-file", "on-unknown", "concurrency")
	}
	if c.compares {
		names = append(names, "on-unknown")
	}
	for _, name := range append(names, "timeout") {
		fs.AddFlag(table.Lookup(name))
	}
	fs.Lookup("fail-on").DefValue = string(entrypoint.FailOnWarning)
	var formats []string
	for _, f := range render.Formats() {
		formats = append(formats, f.Name)
	}
	fs.StringVarP(&c.flags.format, "format", "f", "table", "How to print the report: "+strings.Join(formats, ", ")+".")
	fs.StringVarP(&c.flags.output, "output", "o", "", "Write the report to a file instead of standard output.")
	fs.StringVar(&c.flags.now, "now", "", "The evaluation time, as 2026-01-31T12:00:00Z; the current time when empty.")
	fs.BoolVar(&c.flags.strict, "strict", false, "Turn warnings into errors.")
	fs.BoolVar(&c.flags.noColor, "no-color", false, "Print no colours, as NO_COLOR does; FORCE_COLOR prints them without a terminal.")
	fs.BoolVarP(&c.flags.quiet, "quiet", "q", false, "Print only errors and the verdict, and warnings where it is unknown.")
	fs.BoolVarP(&c.flags.verbose, "verbose", "v", false, "Print what is well, too.")
	if c.generates() && !c.asks {
		fs.BoolVar(&c.flags.discover, "discover", false, "Ask the Prometheus of NTHLAYER_PROMETHEUS_URL which metrics there are; --prometheus-url asks the one that it names.")
	}
	fs.BoolVar(&c.flags.autoEnv, "auto-env", false, "Detect the environment from the job's variables when none is given.")
}

// generates reports whether the command only generates.
func (c *check) generates() bool { return len(c.stages) > 0 && c.stages[0] == pipeline.Generate }

// offline reports whether the command asks no server, whoever names one.
func (c *check) offline() bool {
	return c.flags.offline || len(c.stages) > 0 && c.stages[0] == pipeline.Lint && !c.compares
}

// run runs the check once.
func (c *check) run(ctx context.Context, fs *pflag.FlagSet, args []string) error {
	values := entrypoint.Resolve(fs, c.p.getenv)
	if values["fail-on"].Origin == "" {
		values["fail-on"] = entrypoint.Value{Text: string(entrypoint.FailOnWarning)}
	}
	if c.offline() || c.generates() && !c.asks && !c.flags.discover && values["prometheus-url"].Origin != "--prometheus-url" {
		// What is generated is committed, and must not depend on who generates it.
		values["prometheus-url"] = entrypoint.Value{}
	}
	s, err := values.Settings(".")
	if err != nil {
		return err
	}
	if c.flags.autoEnv && s.Environment == "" {
		name, variable := spec.DetectEnvironment(c.p.getenv)
		if name != "" {
			s.Environment = name
			_, _ = fmt.Fprintf(c.p.stderr, "nthlayer: environment %s, by %s\n", name, variable)
		}
	}
	at, err := evaluationTime(c.flags.now, c.p.now)
	if err != nil {
		return err
	}
	if c.asks && s.Prometheus.URL == "" {
		return errors.New("no Prometheus was given: pass --prometheus-url or set NTHLAYER_PROMETHEUS_URL; " + c.name + " cannot decide anything without one")
	}
	if c.flags.discover && s.Prometheus.URL == "" {
		return errors.New("--discover asks a Prometheus which metrics there are: pass --prometheus-url or set NTHLAYER_PROMETHEUS_URL")
	}
	if c.flags.alertsCount && s.Prometheus.URL == "" {
		return errors.New("--alerts-count asks a Prometheus how often alerts would have fired: pass --prometheus-url or set NTHLAYER_PROMETHEUS_URL")
	}
	// An unknown format is told before a server is asked.
	if err := render.Render(io.Discard, c.flags.format, &report.Report{}, render.Options{}); err != nil {
		return err
	}
	o := pipeline.Options{Command: c.name, Tool: c.p.tool(), Stages: c.stages, At: at, Strict: c.flags.strict, CountAlerts: c.flags.alertsCount}
	if o.Reach, err = reachOf(c.flags.checkURLs); err != nil {
		return err
	}
	if c.more != nil {
		if err := c.more(&o); err != nil {
			return err
		}
	}
	if c.policy {
		o.Policy = policyOf(s, c.flags.promruval...)
	}
	return c.report(ctx, o, s, args)
}

// report runs the stages and writes their report.
func (c *check) report(ctx context.Context, o pipeline.Options, s entrypoint.Settings, args []string) error {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	c.args = args
	ws, err := find(ctx, &o, s, args)
	if err != nil {
		return err
	}
	defer ws.Close()
	if c.others != nil && len(c.others()) > 0 {
		others, unreadable := ws.Find(ctx, c.others())
		o.Others, o.Unreadable = others, append(o.Unreadable, unreadable...)
	}
	out := outputFile{}
	if c.flags.output != "" {
		if out, err = openOutput(c.flags.output, c.inputs(o, s)); err != nil {
			return err
		}
	}
	if c.prepare != nil {
		if err := c.prepare(ctx, o, s); err != nil {
			return err
		}
	}
	rep, err := c.ask(ctx, o, s)
	if err != nil {
		return err
	}
	c.brokenOff(ctx, s)
	if err := c.somethingFound(rep, o); err != nil {
		return err
	}
	if c.after != nil {
		if rep, err = c.after(ctx, s, rep); err != nil {
			return err
		}
	}
	rep.ExitCode = entrypoint.ExitCode(rep, s.Exit)
	*c.code = rep.ExitCode
	if c.before != nil {
		if err := c.before(rep); err != nil {
			return err
		}
	}
	if c.print != nil {
		return c.print(rep, out)
	}
	return c.write(rep, out, s.Exit)
}

// somethingFound is an error when a run looked at nothing at all.
func (c *check) somethingFound(rep *report.Report, o pipeline.Options) error {
	unread := pipeline.UnreadRules(rep.Findings)
	if sum := rep.Summary; sum.Services+sum.Unreadable+sum.RuleFiles+sum.Dashboards+sum.Tests+len(rep.Findings) == len(unread) {
		return c.nothingFound(c.args, unread, slices.Contains(o.Stages, pipeline.Lint))
	}
	return nil
}

// brokenOff says why a run ended before it was through: the report tells only that
// something is unknown.
func (c *check) brokenOff(ctx context.Context, s entrypoint.Settings) {
	switch err := ctx.Err(); {
	case errors.Is(err, context.DeadlineExceeded):
		_, _ = fmt.Fprintf(c.p.stderr, "nthlayer: the run was stopped after %s, and not all was looked at: raise --timeout\n", s.Timeout)
	case err != nil:
		_, _ = fmt.Fprintln(c.p.stderr, "nthlayer: the run was interrupted, and not all was looked at: run it again")
	}
}

// ask makes the report.
func (c *check) ask(ctx context.Context, o pipeline.Options, s entrypoint.Settings) (*report.Report, error) {
	if c.make != nil {
		return c.make(ctx, o), nil
	}
	if c.fixing != nil && c.fixing.on {
		return c.fixing.run(ctx, o, func(o pipeline.Options) (*report.Report, error) { return ask(ctx, o, s) })
	}
	return ask(ctx, o, s)
}

// nothingFound says where files were looked for in vain, and which of them hold rules
// that are not read.
func (c *check) nothingFound(args []string, unread []report.Finding, linted bool) error {
	if c.sought != "" {
		return errors.New("no " + c.sought + " were found in " + strings.Join(args, ", ") + ": " + c.known)
	}
	if !linted || len(args) == 0 {
		return nothingFound(args)
	}
	text := "no service files, rule files or dashboards were found in " + strings.Join(args, ", ") + ": a rule file has groups: at the top, and a service file has service:, or name: and team:, tier: or slos:"
	for _, f := range unread {
		text += "\n  " + f.File + ": " + f.Message + "\n  fix: " + f.Suggestion
	}
	return errors.New(text)
}

// nothingFound says where service files were looked for in vain.
func nothingFound(args []string) error {
	if len(args) == 0 {
		return errors.New("no service files were found in " + strings.Join(spec.DefaultPatterns(), ", ") + ": name a file or a folder, or put them into services/")
	}
	return errors.New("no service files were found in " + strings.Join(args, ", ") +
		": a service file is a .yaml or .yml file with service:, or with name: and team:, tier: or slos:")
}

func evaluationTime(flag string, now func() time.Time) (time.Time, error) {
	if flag == "" {
		return now(), nil
	}
	at, err := time.Parse(time.RFC3339, flag)
	if err != nil {
		return time.Time{}, fmt.Errorf("--now %q is not a time: write it as 2026-01-31T12:00:00Z", flag)
	}
	return at, nil
}

// stages runs the pipeline on what the arguments name.
func stages(ctx context.Context, o pipeline.Options, s entrypoint.Settings, args []string) (*report.Report, error) {
	ws, err := find(ctx, &o, s, args)
	if err != nil {
		return nil, err
	}
	defer ws.Close()
	return ask(ctx, o, s)
}

// find opens the workspace, which the caller closes, and puts the files that the
// arguments name into the options.
func find(ctx context.Context, o *pipeline.Options, s entrypoint.Settings, args []string) (*spec.Workspace, error) {
	ws, err := spec.OpenWorkspace(s.Workspace)
	if err != nil {
		return nil, err
	}
	o.Workspace, o.Environment, o.ServiceLabel, o.Concurrency = ws, s.Environment, s.ServiceLabel, s.Concurrency
	o.Files, o.Unreadable = ws.Find(ctx, args)
	if slices.Contains(o.Stages, pipeline.Lint) || slices.Contains(o.Stages, pipeline.Verify) {
		o.Beside = ws.FindBeside(ctx, args)
	}
	o.Base = base(s, ws, args)
	return ws, nil
}

// ask opens the source of samples, if there is one, and runs the pipeline.
func ask(ctx context.Context, o pipeline.Options, s entrypoint.Settings) (*report.Report, error) {
	if s.Prometheus.URL != "" {
		var err error
		if o.Source, err = openSource(ctx, s, o.At); err != nil {
			return nil, err
		}
		if o.Generation != nil && !o.Generation.Check && !o.Generation.Offline {
			o.Generation.Source = o.Source
		}
	}
	return pipeline.Run(ctx, o), nil
}

// inputs returns what the run reads, which an output must not replace.
func (c *check) inputs(o pipeline.Options, s entrypoint.Settings) entrypoint.Inputs {
	var files []string
	for _, f := range slices.Concat(o.Files, o.Others, o.Beside) {
		files = append(files, f.Path)
	}
	in := entrypoint.InputsOf(s, files)
	for _, name := range c.flags.promruval {
		in.Add(name, "the input "+name)
	}
	return in
}

// openSource opens where samples come from. What cannot be reached leaves the
// stages unknown that ask for it, a value or a file that is wrong is a wrong call.
func openSource(ctx context.Context, s entrypoint.Settings, at time.Time) (source.Source, error) {
	return source.Open(ctx, s.Prometheus.URL, source.Options{Root: s.Workspace, ServiceLabel: s.ServiceLabel, Now: at, Transport: prometheusTransport(s)})
}

// write writes the report to standard output or, where one was asked for, to a
// file.
func (c *check) write(rep *report.Report, out outputFile, exit entrypoint.ExitPolicy) error {
	o := render.Options{
		Color: !c.flags.noColor && c.p.getenv("NO_COLOR") == "" && (isTerminal(c.p.stdout) || c.p.getenv("FORCE_COLOR") != "") && c.flags.output == "",
		Width: width(c.p.stdout), Verbose: c.flags.verbose, Quiet: c.flags.quiet, Rule: ruleText,
		WarningsFail: exit.FailOn == entrypoint.FailOnWarning,
	}
	if c.flags.output == "" {
		return render.Render(c.p.stdout, c.flags.format, rep, o)
	}
	var b strings.Builder
	if err := render.Render(&b, c.flags.format, rep, o); err != nil {
		return err
	}
	return out.write([]byte(b.String()))
}

// ruleText returns the page of a rule for formats that carry it along.
func ruleText(id string) (render.Rule, bool) {
	head, ok := rules.Heading(id)
	if !ok {
		return render.Rule{}, false
	}
	page, _ := rules.Page(id)
	return render.Rule{Title: head.Title, Help: page}, true
}
