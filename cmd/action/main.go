// The nthlayer program: reliability checks for service files, in CI and on a
// laptop.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // the container image has no time zones of its own
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	setUpCollector(os.Getenv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := program(ctx, os.Args[0], process{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, readFile: os.ReadFile, now: time.Now,
	})
	stop()
	os.Exit(code)
}
