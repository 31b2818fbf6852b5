//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// result is one run of the program.
type result struct {
	code   int
	report map[string]any
}

// run runs a command of the program over the demo's services.
func (l *lab) run(t *testing.T, command, prometheus string, now time.Time) result {
	t.Helper()
	binary := filepath.Join(l.root, "bin", "nthlayer")
	cmd := exec.CommandContext(t.Context(), binary, command, "--format", "json", "--prometheus-url", prometheus, "--now", now.Format(time.RFC3339))
	cmd.Dir = filepath.Join(l.root, "testdata", "demo")
	// Nothing of the CI job around this test may reach the program.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %s: %v", binary, err)
	}
	r := result{code: cmd.ProcessState.ExitCode()}
	if err := json.Unmarshal(stdout.Bytes(), &r.report); err != nil {
		t.Fatalf("%s with %s: exit code %d, no report: %v\n%s", command, prometheus, r.code, err, stderr.String())
	}
	// Where the samples came from is what differs on purpose.
	delete(r.report, "source")
	return r
}

// compare reports how two runs differ: in nothing but numbers, and in those by
// no more than a millionth.
func compare(t *testing.T, what string, want, got result) {
	t.Helper()
	if want.code != got.code {
		t.Errorf("%s: exit code %d, want %d", what, got.code, want.code)
	}
	if d := cmp.Diff(want.report, got.report, closeNumbers(), closeTimes()); d != "" {
		t.Errorf("%s: report (-want +got):\n%s", what, d)
	}
}

func closeNumbers() cmp.Option { return cmpopts.EquateApprox(1e-6, 1e-9) }

// closeTimes takes two times as equal that are a minute apart: when a budget
// will be used up follows from numbers that may differ by a millionth.
func closeTimes() cmp.Option {
	parse := func(s string) (time.Time, bool) {
		at, err := time.Parse(time.RFC3339, s)
		return at, err == nil
	}
	bothTimes := func(a, b string) bool {
		_, first := parse(a)
		_, second := parse(b)
		return first && second
	}
	return cmp.FilterValues(bothTimes, cmp.Comparer(func(a, b string) bool {
		first, _ := parse(a)
		second, _ := parse(b)
		return first.Sub(second).Abs() <= time.Minute
	}))
}
