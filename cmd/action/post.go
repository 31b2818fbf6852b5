package main

import (
	"context"
	"path/filepath"

	"github.com/nthlayer/action/entrypoint"
)

// postProgram is the name by which the action calls the program a second time,
// after the job: post-entrypoint takes a path and no arguments.
const postProgram = "nthlayer-post"

// program runs what the program is called as, and returns the exit code. The step
// after the job fails none.
func program(ctx context.Context, name string, p process) int {
	if filepath.Base(name) != postProgram {
		return run(ctx, p)
	}
	entrypoint.Post(ctx, entrypoint.Env{
		Getenv: p.getenv, Stdout: p.stdout, Stderr: p.stderr, ReadFile: p.readFile, UserAgent: "nthlayer/" + version,
	})
	return entrypoint.ExitPass
}
