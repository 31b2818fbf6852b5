// The nthlayer program: reliability checks for service files, in CI and on a
// laptop.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // the container image has no time zones of its own
)

// memoryTarget is how much memory, in bytes, the collector lets the program use
// before it works harder: ten thousand services fit in less than 300 MB. It is no
// bound, larger runs take more memory and some more time.
const memoryTarget = 256 << 20

// garbage is how many percent of what is in use may be garbage before the collector
// looks for it. Runs are short and memory up to the target is free to use, so that
// the usual 100 would only cost time.
const garbage = 400

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryTarget)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := program(ctx, os.Args[0], process{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, readFile: os.ReadFile, now: time.Now,
	})
	stop()
	os.Exit(code)
}
