package github

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// Runner talks to the runner of the job: through workflow commands on its log,
// and through the command files that it names in the environment.
type Runner struct {
	log    io.Writer
	getenv func(string) string
	token  func() string
}

// NewRunner returns a Runner that writes commands to the job's log.
func NewRunner(log io.Writer, getenv func(string) string) *Runner {
	return &Runner{log: log, getenv: getenv, token: func() string { return "nthlayer-" + rand.Text() }}
}

// quiet hides write errors from go-githubactions, which panics on them. A log
// that cannot be written is no reason to lose the verdict.
type quiet struct{ w io.Writer }

func (q quiet) Write(p []byte) (int, error) {
	_, _ = q.w.Write(p)
	return len(p), nil
}

// Mask tells the runner to hide secrets in the log from here on, line by line
// for those with several lines. Secrets under 4 characters are left out:
// hiding them would hide half the log.
func (r *Runner) Mask(secrets ...string) {
	action := githubactions.New(githubactions.WithWriter(quiet{r.log}), githubactions.WithGetenv(r.getenv))
	for _, secret := range secrets {
		for line := range strings.SplitSeq(secret, "\n") {
			if line = strings.TrimSpace(line); len(line) >= 4 {
				action.AddMask(line)
			}
		}
	}
}

// Annotate prints the findings as workflow commands. The runner keeps the first
// ten of each severity.
func (r *Runner) Annotate(_ context.Context, findings []report.Finding) (int, error) {
	for i, f := range findings {
		if _, err := io.WriteString(r.log, render.Annotation(f, r.getenv("GITHUB_WORKSPACE"))); err != nil {
			return i, fmt.Errorf("write an annotation to the log: %w", err)
		}
	}
	return len(findings), nil
}

// Say prints one message of a kind (error, warning or notice) that belongs to
// no line.
func (r *Runner) Say(kind, title, message string) error {
	_, err := io.WriteString(r.log, render.Command(kind, message, render.Property{Name: "title", Value: title}))
	return err
}

// Plain writes text to the log so that nothing in it is a command to the
// runner.
func (r *Runner) Plain(text string) error {
	silenced, err := render.Silenced(text, r.token())
	if err != nil {
		return err
	}
	_, err = io.WriteString(r.log, silenced)
	return err
}

// Output is one output or state of the step.
type Output struct{ Name, Value string }

// SetOutputs appends outputs to the file that GITHUB_OUTPUT names. A later
// output of the same name replaces an earlier one.
func (r *Runner) SetOutputs(outputs ...Output) error {
	return r.setAll("GITHUB_OUTPUT", outputs)
}

// SaveState appends to the file that GITHUB_STATE names what the step after the
// job is to get, as the variable STATE_NAME. A later value of a name replaces an
// earlier one.
func (r *Runner) SaveState(states ...Output) error {
	return r.setAll("GITHUB_STATE", states)
}

func (r *Runner) setAll(variable string, values []Output) error {
	var b strings.Builder
	for _, v := range values {
		text, err := render.FileCommand(v.Name, v.Value, r.token())
		if err != nil {
			return err
		}
		b.WriteString(text)
	}
	return r.appendTo(variable, b.String())
}

// MaxSummary is the largest step summary that the runner takes, in bytes. Over
// it the whole summary is refused.
const MaxSummary = 1 << 20

// SummaryRoom returns how many bytes the step summary can still take.
func (r *Runner) SummaryRoom() int {
	info, err := os.Stat(r.getenv("GITHUB_STEP_SUMMARY"))
	if err != nil {
		return MaxSummary
	}
	return int(max(MaxSummary-info.Size(), 0))
}

// Summarise appends Markdown to the step summary. Text that does not fit is
// refused here, because the runner would drop all of it.
func (r *Runner) Summarise(markdown string) error {
	if room := r.SummaryRoom(); len(markdown) > room {
		return fmt.Errorf("the summary has %d bytes and only %d are left of GitHub's 1 MiB", len(markdown), room)
	}
	return r.appendTo("GITHUB_STEP_SUMMARY", markdown)
}

// ErrNoFile means that the runner did not name the file in the environment.
var ErrNoFile = errors.New("is not set")

func (r *Runner) appendTo(variable, text string) error {
	path := r.getenv(variable)
	if path == "" {
		return fmt.Errorf("%s %w", variable, ErrNoFile)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the file of %s: %w", variable, err)
	}
	if _, err := f.WriteString(text); err != nil {
		_ = f.Close() // the write's own error says more
		return fmt.Errorf("write to the file of %s: %w", variable, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write to the file of %s: %w", variable, err)
	}
	return nil
}
