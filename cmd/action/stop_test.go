package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// TestARunThatIsBrokenOffSaysSo is somebody who presses Ctrl-C, and a run that is out
// of time.
func TestARunThatIsBrokenOffSaysSo(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string]string{"services/api.yaml": apiService})
	t.Chdir(dir)
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	late, done := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer done()
	for want, ctx := range map[string]context.Context{"the run was interrupted": interrupted, "raise --timeout": late} {
		var stdout, stderr bytes.Buffer
		code := run(ctx, process{args: []string{"plan"}, stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, readFile: os.ReadFile, now: time.Now})
		if !strings.Contains(stderr.String(), want) || code == 0 {
			t.Errorf("exit code %d, said %q, want %q", code, &stderr, want)
		}
	}
}
