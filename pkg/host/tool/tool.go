// Package tool runs a program of the machine without trusting it: no shell, an
// environment of its own, bounded output, and an end for it and all that it started.
package tool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// MaxOutput is how many bytes a program may write to its standard output. The report
// of a linter about a hundred thousand findings is smaller.
const MaxOutput = 64 << 20

// maxSaid is how much is kept of standard error, in bytes. It is the end of it: what
// a program died of stands there.
const maxSaid = 8 << 10

// patience is how long the output of a program that ended is waited for. What it
// started may hold the output open.
const patience = 2 * time.Second

// Call is what to run.
type Call struct {
	// Path is the file of the program. PATH is not asked.
	Path string
	Args []string
	// Dir is the working directory.
	Dir string
	// Env is the whole environment; nothing of ours is added.
	Env []string
	// MaxOutput is MaxOutput when it is 0.
	MaxOutput int
}

// Output is what a program that ended by itself left behind.
type Output struct {
	Stdout []byte
	// Stderr is the last few kilobytes of what it said.
	Stderr string
	// Code is its exit code.
	Code int
}

// ErrTooMuch is the error for a program that writes without end.
var ErrTooMuch = errors.New("it wrote too much")

// Run runs a program to its end. An exit code is no error. The errors are: it could
// not be started, it was ended by a signal, ctx ended, or ErrTooMuch. Whenever Run
// returns, the group of processes that the program began has been ended.
func Run(ctx context.Context, c Call) (Output, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	limit := c.MaxOutput
	if limit == 0 {
		limit = MaxOutput
	}
	stdout, stderr := &beginning{left: limit, full: func() { stop(ErrTooMuch) }}, &end{}
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.Dir, c.Env, stdout, stderr
	if cmd.Env == nil {
		cmd.Env = []string{} // nil would be our own environment
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return endGroup(cmd.Process.Pid) }
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		return Output{}, fmt.Errorf("it could not be started: %w", err)
	}
	err := cmd.Wait()
	if errors.Is(err, exec.ErrWaitDelay) { // something that it started lives on
		err = errors.Join(err, endGroup(cmd.Process.Pid))
	}
	out := Output{Stdout: stdout.kept.Bytes(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return out, context.Cause(ctx)
	case err == nil:
		return out, nil
	case errors.As(err, &exit) && exit.Exited():
		return out, nil
	}
	return out, fmt.Errorf("it ended early: %w", err)
}

// endGroup ends a process that leads a group, and all that it started.
func endGroup(leader int) error { return syscall.Kill(-leader, syscall.SIGKILL) }

// beginning keeps what is written to it, and calls full for more than left bytes.
type beginning struct {
	kept bytes.Buffer
	left int
	full func()
}

func (b *beginning) Write(p []byte) (int, error) {
	if len(p) > b.left {
		b.full()
		return 0, ErrTooMuch
	}
	b.left -= len(p)
	return b.kept.Write(p)
}

// end keeps the last bytes that are written to it.
type end struct{ kept []byte }

func (e *end) Write(p []byte) (int, error) {
	e.kept = append(e.kept, p[max(len(p)-maxSaid, 0):]...)
	e.kept = append([]byte(nil), e.kept[max(len(e.kept)-maxSaid, 0):]...)
	return len(p), nil
}

func (e *end) String() string { return string(bytes.ToValidUTF8(e.kept, []byte("?"))) }
