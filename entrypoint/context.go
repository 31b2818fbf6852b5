package entrypoint

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/transport"
)

// RunContext prints what a run would know about where and for what it happens,
// and returns the exit code: 3 when the environment or the event does not say, or
// does not say which commit the workspace holds. It sends no request and writes
// nothing but its output.
func RunContext(env Env) int {
	flags := pflag.NewFlagSet("ci context", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	AddFormatFlag(flags)
	c := commandOf(env)
	if err := flags.Parse(env.Args); err != nil {
		return c.refuse(err)
	}
	format := flags.Lookup(formatFlag).Value.String()
	if err := validFormat(format); err != nil {
		return c.refuse(err)
	}
	if flags.NArg() > 0 {
		return c.refuse(fmt.Errorf("ci context takes no arguments, but %q was given", flags.Arg(0)))
	}
	at, err := c.host()
	if err != nil {
		return c.refuse(err)
	}
	at = withoutSecrets(at)
	if format == formatJSON {
		err = render.JSON(env.Stdout, at)
	} else {
		err = c.print(contextTable(at))
	}
	switch {
	case err != nil:
		return c.refuse(fmt.Errorf("print the context: %w", err))
	case at.Unsure != "":
		return c.refuse(errors.New("it is not known which commit the workspace holds: " + at.Unsure +
			"; statuses and the comment are left out. Start the job for the event pull_request instead"))
	}
	return ExitPass
}

// The formats of the commands that print no report.
const (
	formatFlag  = "format"
	formatTable = "table"
	formatJSON  = "json"
)

// AddFormatFlag adds the flag --format of the commands that print no report.
func AddFormatFlag(fs *pflag.FlagSet) {
	fs.StringP(formatFlag, "f", formatTable, "How to print: table for people, json for programs.")
}

func validFormat(format string) error {
	if format == formatTable || format == formatJSON {
		return nil
	}
	return fmt.Errorf("--format is %q: it must be table or json", format)
}

// command is a ci for commands that deliver nothing: the results are alone on
// standard output, and everything else is on standard error.
type command struct{ ci }

func commandOf(env Env) command {
	c := command{ci{env: env}}
	if _, runner := env.detect(); runner {
		c.runner = github.NewRunner(env.Stderr, env.Getenv)
	}
	return c
}

// refuse says why a command cannot do its work, and returns the exit code. It sets
// no outputs: those are for the results of a run.
func (c command) refuse(err error) int {
	c.say(err)
	return ExitUsage
}

// print writes text for people to standard output. On GitHub nothing in it is a
// command to the runner.
func (c command) print(text string) error {
	if c.runner != nil {
		return github.NewRunner(c.env.Stdout, c.env.Getenv).Plain(text)
	}
	_, err := io.WriteString(c.env.Stdout, text)
	return err
}

// withoutSecrets returns a context whose addresses have no user, password or
// query.
func withoutSecrets(at host.Context) host.Context {
	for _, address := range []*string{&at.URLs.API, &at.URLs.GraphQL, &at.URLs.Server, &at.URLs.Run, &at.URLs.Request} {
		*address = transport.RedactedText(*address)
	}
	return at
}

// contextTable is a context for people: a sentence, the values that there are, and
// the notes.
func contextTable(at host.Context) string {
	var b strings.Builder
	b.WriteString(render.TerminalText(at.Describe()) + "\n\n")
	for _, row := range contextRows(at) {
		if row[1] != "" {
			fmt.Fprintf(&b, "  %-15s %s\n", row[0], render.TerminalText(row[1]))
		}
	}
	for _, note := range at.Notes {
		b.WriteString("note: " + render.TerminalText(note) + "\n")
	}
	return b.String()
}

func contextRows(at host.Context) [][2]string {
	rows := [][2]string{
		{"host", string(at.Host)},
		{"event", string(at.Event)},
		{"repository", at.Repo.String()},
		{at.RequestWord(), positive(int64(at.PR))},
		{"head", at.Head},
		{"base", at.Base},
		{"target branch", at.BaseRef},
		{"test merge", at.Merge},
		{"from a fork", strconv.FormatBool(at.Fork)},
		{"read-only", at.ReadOnly()},
		{"labels", strings.Join(at.Labels, ", ")},
		{"actor", at.Actor},
		{"run", positive(at.RunID)},
		{"attempt", positive(int64(at.Attempt))},
		{"workspace", at.Workspace},
		{"API", at.URLs.API},
		{"GraphQL", at.URLs.GraphQL},
		{"server", at.URLs.Server},
		{"link to the run", at.URLs.Run},
	}
	if job := at.GitLab; job != nil {
		rows = append(rows, [][2]string{
			{"pipeline", string(job.Kind)},
			{"project", positive(job.Project)},
			{"target project", positive(job.Target)},
			{"CA file", job.CAFile},
		}...)
	}
	if at.Host == host.Local {
		return rows[:1]
	}
	return rows
}

// positive returns a number, and nothing for 0, which stands for none.
func positive(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
