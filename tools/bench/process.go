package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// figures are what one run of a process cost.
type figures struct {
	wall, cpu time.Duration
	// kernel is the part of cpu that was spent in system calls.
	kernel time.Duration
	// rss is the largest resident size in bytes. On Linux it is at least that of
	// this process, which is small.
	rss  int64
	code int
	// rules is how many rules were linted, where that is counted.
	rules int
	// late is set when the process was ended because it took too long.
	late bool
}

// call is a process to measure.
type call struct {
	program string
	args    []string
	dir     string
	env     []string
	// limit ends the process; 0 is ten minutes.
	limit time.Duration
	// answer is the file that its standard output goes to; empty is memory.
	answer string
}

// measure runs a process once and returns its standard output. An exit code is
// no error here.
func (b *bench) measure(ctx context.Context, c call) (figures, []byte, error) {
	if c.limit == 0 {
		c.limit = 10 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.program, c.args...)
	cmd.Dir, cmd.Env = c.dir, append([]string{"HOME=" + b.work, "PATH=/usr/local/bin:/usr/bin:/bin"}, c.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if c.answer != "" {
		file, err := os.Create(c.answer)
		if err != nil {
			return figures{}, nil, err
		}
		defer func() { _ = file.Close() }()
		cmd.Stdout = file
	}
	begin := b.now()
	err := cmd.Run()
	f := figures{wall: b.now().Sub(begin), late: errors.Is(ctx.Err(), context.DeadlineExceeded)}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return f, nil, fmt.Errorf("run %s: %w", c.program, err)
	}
	f.code = cmd.ProcessState.ExitCode()
	f.kernel = cmd.ProcessState.SystemTime()
	f.cpu = cmd.ProcessState.UserTime() + f.kernel
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.rss = usage.Maxrss
		if runtime.GOOS != "darwin" { // everywhere else it is in kilobytes
			f.rss *= 1024
		}
	}
	if f.code == 3 && c.program == b.program {
		return f, nil, fmt.Errorf("%s %v refuses the call: %s", c.program, c.args, stderr.String())
	}
	return f, stdout.Bytes(), nil
}

// best runs a process several times and returns the figures of the fastest run.
func (b *bench) best(ctx context.Context, rounds int, c call) (figures, []byte, error) {
	var (
		fastest figures
		output  []byte
	)
	for round := range rounds {
		f, out, err := b.measure(ctx, c)
		if err != nil {
			return f, nil, err
		}
		if round == 0 || f.wall < fastest.wall {
			fastest, output = f, out
		}
		if f.late {
			break
		}
	}
	return fastest, output, nil
}

func (f figures) String() string {
	over := ' '
	if f.late {
		over = '>' // it was ended then, and all three figures are what it had come to
	}
	return fmt.Sprintf("%c%7.3f s wall %c%7.3f s CPU %c%5.0f MB", over, f.wall.Seconds(), over, f.cpu.Seconds(), over, float64(f.rss)/1e6)
}
