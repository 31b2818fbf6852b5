package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// An error repeats what was given. In a step of a job a runner reads it.
func TestErrorsAreNoCommands(t *testing.T) {
	for _, args := range [][]string{{"lint", "--##[error]x\x1b[31m"}, {"##[error]x\x1b[31m"}, {"rules", "a\n::error::x##[error]"}, {"validate", "--now", "##[error]\u202e"}} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), process{
			args: args, stdout: &stdout, stderr: &stderr, readFile: os.ReadFile, getenv: func(string) string { return "" }, now: time.Now,
		})
		said := stderr.String()
		if code != 3 || said == "" || strings.ContainsAny(said, "\x1b\u202e") || strings.Contains(said, "##[") || strings.HasPrefix(said, "::") || strings.Contains(said, "\n::") {
			t.Errorf("%q: exit code %d, %q", args, code, said)
		}
	}
}
