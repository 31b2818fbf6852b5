package entrypoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// Env is everything that a run takes from the process around it.
type Env struct {
	// Args are the arguments behind the command's name: flags, and service
	// files, which replace the input "services".
	Args     []string
	Getenv   func(string) string
	Stdout   io.Writer
	Stderr   io.Writer
	ReadFile func(string) ([]byte, error)
	// UserAgent names the program and its version to servers.
	UserAgent string
	// Sleep waits between repeated calls; nil is the clock.
	Sleep func(context.Context, time.Duration) error
	// Network sends one request to the host; nil is the real one.
	Network http.RoundTripper
	// Now is the present time, by which a published report is too old and waits
	// between calls are measured.
	Now func() time.Time
}

// RunFunc runs all stages once. The report's exit code is set by RunCI.
type RunFunc func(ctx context.Context, s Settings) (*report.Report, error)

// deliveryTime bounds everything after the stages. A cancelled job has less: the
// runner kills it ten seconds after the first signal.
const deliveryTime = 2 * time.Minute

// RunCI leads a CI job through one run and returns the exit code. As process 1
// of a container it would ignore signals that it does not ask for, so it asks:
// the first SIGINT or SIGTERM ends the stages and what is left to publish.
func RunCI(ctx context.Context, env Env, run RunFunc) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := ci{env: env, run: run}
	kind, runner := env.detect()
	if runner {
		c.runner = github.NewRunner(env.Stdout, env.Getenv)
	}
	c.inputs = Resolve(nil, env.Getenv).On(kind)
	var flags *pflag.FlagSet
	values, err := c.values(kind, AddLogFlags, func(fs *pflag.FlagSet) { flags = fs })
	if err != nil {
		return c.fail(ctx, ExitUsage, err)
	}
	c.inputs = values
	if c.runner != nil {
		c.runner.Mask(values.Secrets()...)
	}
	s, err := c.settings(ctx, values)
	if err != nil {
		return c.fail(ctx, ExitUsage, err)
	}
	s.Quiet, s.Verbose = flags.Lookup(quietFlag).Changed, flags.Lookup(verboseFlag).Changed
	return c.once(ctx, s)
}

const (
	quietFlag   = "quiet"
	verboseFlag = "verbose"
)

// AddLogFlags adds the flags that say how much of its report a CI job logs. They are no
// inputs: the other surfaces stay as they are.
func AddLogFlags(fs *pflag.FlagSet) {
	fs.BoolP(quietFlag, "q", false, "Print only errors and the verdict to the log, and warnings where it is unknown.")
	fs.BoolP(verboseFlag, "v", false, "Print what is well to the log, too.")
}

type ci struct {
	env    Env
	run    RunFunc
	runner *github.Runner
	// inputs are the values of the run as far as they could be read, for fail.
	inputs Values
}

// detect returns the host, empty when it cannot be told, and whether a runner of
// GitHub reads the log. What is wrong with the host is reported with all else.
func (e Env) detect() (kind host.Kind, runner bool) {
	kind, _, err := host.Detect(e.Getenv)
	return kind, e.Getenv("GITHUB_ACTIONS") == "true" && (kind == host.GitHub || err != nil)
}

// values parses the flags and resolves every option for a host. A command may
// have more flags than those of the table.
func (c *ci) values(kind host.Kind, more ...func(*pflag.FlagSet)) (Values, error) {
	flags := pflag.NewFlagSet("ci", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	AddFlags(flags)
	for _, add := range more {
		add(flags)
	}
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "env" { // the short spelling that all commands take
			name = "environment"
		}
		return pflag.NormalizedName(name)
	})
	if err := flags.Parse(c.env.Args); err != nil {
		return nil, &UsageError{Problems: []string{err.Error()}}
	}
	values := Resolve(flags, c.env.Getenv).On(kind)
	if flags.NArg() > 0 {
		values["services"] = Value{Text: strings.Join(flags.Args(), "\n"), Origin: "the command line"}
	}
	return values, nil
}

// settings reads the host and checks the values. All problems come at once.
func (c *ci) settings(ctx context.Context, values Values) (Settings, error) {
	s, found := c.prepare(ctx, values)
	if err := found.err(); err != nil {
		return Settings{}, err
	}
	s.Debug = c.env.Getenv("RUNNER_DEBUG") == "1" || c.env.Getenv("CI_DEBUG_TRACE") == "true"
	if s.Debug {
		c.plain(values.Debug())
	}
	return s, nil
}

// obstacles are what keeps a run from beginning.
type obstacles struct {
	// host says that it is not known where or for what the run is.
	host error
	// workspace says that the workspace cannot be read.
	workspace error
	// inputs are the wrong values, missing the services that name nothing, a
	// sentence each. A service file that is not there is no obstacle alone: the
	// run reports it.
	inputs, missing []string
	// guard says that the event and the checkout must not come together.
	guard error
}

// err returns all obstacles as one error, nil when there are none.
func (o obstacles) err() error {
	var usage error
	if len(o.inputs) > 0 {
		usage = &UsageError{Problems: slices.Concat(o.inputs, o.missing)}
	}
	if err := errors.Join(o.workspace, usage, o.host); err != nil {
		return err
	}
	return o.guard
}

// prepare returns the settings as far as they can be made, and every obstacle.
func (c *ci) prepare(ctx context.Context, values Values) (Settings, obstacles) {
	at, errHost := c.host()
	found := obstacles{host: errHost}
	workspace := at.Workspace
	if errHost != nil { // the other problems are still to be told
		workspace = c.env.Getenv("GITHUB_WORKSPACE")
	}
	workspace = cmp.Or(workspace, ".")
	s, err := values.Settings(workspace)
	s.Host = at
	if usage, ok := errors.AsType[*UsageError](err); ok {
		found.inputs = usage.Problems
	}
	files, missing, err := selected(ctx, s)
	if err != nil {
		found.workspace = err
		return s, found
	}
	s.Files = files
	found.inputs = append(found.inputs, overwritten(values, InputsOf(s, files))...)
	for _, f := range missing {
		found.missing = append(found.missing, "services: "+strings.TrimPrefix(f.Position().String()+": ", ": ")+f.Message)
	}
	commit := c.env.Getenv("GITHUB_SHA")
	found.guard = guard(ctx, s, commit)
	s = doubted(ctx, publishing(s), commit)
	s.Repository = repository(s)
	return s, found
}

func (c *ci) host() (host.Context, error) {
	var event []byte
	if path := c.env.Getenv("GITHUB_EVENT_PATH"); path != "" && c.runner != nil {
		data, err := c.env.ReadFile(path)
		if err != nil {
			return host.Context{}, fmt.Errorf("read the event (GITHUB_EVENT_PATH): %w", err)
		}
		event = data
	}
	return host.FromEnvironment(c.env.Getenv, event)
}

// once reads the changes, runs the stages and delivers. The timeout holds for the
// changes and the stages together; the delivery has a bounded time of its own, so
// that a run which is out of time can still say so.
func (c *ci) once(ctx context.Context, s Settings) (code int) {
	s.Notes = append(s.Notes, unmet(s)...)
	api := c.client(s)
	open, errPending := c.begin(ctx, api, s)
	defer open.closeAfter(ctx)()
	defer func(ctx context.Context) {
		code = c.leave(ctx, open, recover(), code)
	}(ctx)
	rep, err := c.result(ctx, &api, &s)
	if rep == nil {
		if err == nil {
			err = errors.New("the run ended without a report")
		}
		return c.fail(ctx, codeOf(err), err)
	}
	if err != nil {
		// What was not looked at is no pass, whatever an unknown counts as.
		s.Exit.OnUnknown = UnknownFails
		c.say(err)
	}
	final := *rep
	final.ExitCode = ExitCode(rep, s.Exit)
	if code := codeOf(err); err != nil && badness(code) > badness(final.ExitCode) {
		final.ExitCode = code
	}
	to := Surfaces{
		Log: c.env.Stdout, Runner: c.runner, WhyNone: api.whyNone, Unusable: api.unusable, Lost: api.lost,
		ReadFile: inWorkspace(s.Workspace), Stopped: err, Pending: errPending,
	}
	if api.hostAPI != nil {
		to.Publisher, to.Statuses = api.hostAPI, open
		to.Threads, _ = api.hostAPI.(ThreadHost)
	}
	if open.checks != nil {
		to.Checks = open
	}
	ctx, cancel := context.WithTimeout(ctx, deliveryTime)
	defer cancel()
	return Deliver(ctx, &final, s, to).ExitCode
}

// result is the report of the stages, or that of an earlier run.
func (c *ci) result(ctx context.Context, api *client, s *Settings) (*report.Report, error) {
	if s.FromReport != "" {
		return c.publish(ctx, api, s)
	}
	return c.stages(ctx, *api, s)
}

// stages reads the changes and runs all stages within the timeout. With an error
// there may be a report of what was done by then.
func (c *ci) stages(ctx context.Context, api client, s *Settings) (*report.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	var err error
	if s.Changes, err = c.changes(ctx, api.hostAPI, *s); err != nil {
		return nil, err
	}
	s.Base = base(api.hostAPI, *s)
	rep, err := c.run(ctx, *s)
	switch ended := ctx.Err(); {
	case errors.Is(ended, context.DeadlineExceeded):
		return rep, &cutShort{fmt.Sprintf("the stages did not finish within %s; raise the input timeout or select fewer services", s.Timeout), ended}
	case ended != nil:
		return rep, &cutShort{"the run was cancelled before the stages were done", ended}
	}
	return rep, err
}

// cutShort says why the stages were not done, in words for people.
type cutShort struct {
	why   string
	cause error
}

func (c *cutShort) Error() string { return c.why }
func (c *cutShort) Unwrap() error { return c.cause }

// codeOf returns the exit code for an error of the pipeline: could not decide
// when the run was stopped or out of time, else a wrong call.
func codeOf(err error) int {
	if stopped(err) {
		return ExitUnknown
	}
	return ExitUsage
}

// fail reports an error that left no report, and returns the code. The outputs
// are written too and the files withdrawn, so that a later step never takes an old
// or empty exit code for success.
func (c *ci) fail(ctx context.Context, code int, err error) int {
	c.say(err)
	c.withdraw(ctx, code)
	if c.runner == nil {
		return code
	}
	if err := c.runner.SetOutputs(earlyOutputs(code)...); err != nil {
		c.plain("outputs were not written: " + err.Error())
	}
	return code
}

// say prints an error where it is seen: as an annotation on GitHub, else on
// standard error.
func (c *ci) say(err error) {
	if c.runner != nil {
		message, whole := oneAnnotation(strings.Split(err.Error(), "\n"))
		if !whole {
			c.plain(render.TerminalLines(err.Error()))
		}
		// When the log cannot be written there is nowhere left to say so.
		_ = c.runner.Say("error", "nthlayer", message)
		return
	}
	_, _ = fmt.Fprintln(c.env.Stderr, "nthlayer: "+render.TerminalLines(err.Error()))
}

// maxAnnotation is the most characters of an annotation that GitHub's runner keeps;
// it cuts off the rest.
const maxAnnotation = 4096

// oneAnnotation returns as many whole problems as an annotation holds, and whether
// these are all.
func oneAnnotation(problems []string) (message string, whole bool) {
	if message = strings.Join(problems, "\n"); utf8.RuneCountInString(message) <= maxAnnotation {
		return message, true
	}
	for n := len(problems) - 1; n > 0; n-- {
		message = fmt.Sprintf("%s\nand %d more, see the log", strings.Join(problems[:n], "\n"), len(problems)-n)
		if utf8.RuneCountInString(message) <= maxAnnotation {
			return message, false
		}
	}
	return "see the log: " + report.Clip(strings.Join(problems, "\n"), maxAnnotation/2), false
}

func (c *ci) plain(text string) {
	if c.runner != nil {
		_ = c.runner.Plain(text)
		return
	}
	_, _ = fmt.Fprintln(c.env.Stderr, strings.TrimSuffix(text, "\n"))
}
