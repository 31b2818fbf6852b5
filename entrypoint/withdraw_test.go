package entrypoint_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/report"
)

// planted are all files that a run can be asked to write, as a merge request could bring
// them along.
func planted(p *pipeline) []string {
	p.t.Helper()
	var names []string
	for _, o := range entrypoint.Options() {
		if o.Kind != entrypoint.Path || !strings.HasSuffix(o.Name, "-file") {
			continue
		}
		names = append(names, o.Name)
		p.set("NTHLAYER_"+strings.ToUpper(strings.ReplaceAll(o.Name, "-", "_")), o.Name)
		if err := os.WriteFile(filepath.Join(p.dir, o.Name), []byte("NTHLAYER_RESULT_VERDICT=pass\n"), 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
	return names
}

// The component uploads the files whatever the exit code is. A run that does not
// get to writing them must not leave those of the change.
func TestFilesOfTheChangeAreNoResults(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*pipeline)
		run     entrypoint.RunFunc
		args    []string
		code    int
		dotenv  string
	}{
		"wrong input": {prepare: func(p *pipeline) { p.set("NTHLAYER_FAIL_ON", "x") }, code: 3, dotenv: "NTHLAYER_RESULT_VERDICT=\nNTHLAYER_RESULT_EXIT_CODE=3\n"},
		"wrong flag":  {args: []string{"--nonsense"}, code: 3, dotenv: "NTHLAYER_RESULT_VERDICT=\nNTHLAYER_RESULT_EXIT_CODE=3\n"},
		"no report": {
			run: func(context.Context, entrypoint.Settings) (*report.Report, error) {
				return nil, errors.New("no catalogue")
			},
			code: 3, dotenv: "NTHLAYER_RESULT_VERDICT=\nNTHLAYER_RESULT_EXIT_CODE=3\n",
		},
		"a crash": {
			run:  func(context.Context, entrypoint.Settings) (*report.Report, error) { panic("oh no") },
			code: 4, dotenv: "NTHLAYER_RESULT_VERDICT=unknown\nNTHLAYER_RESULT_EXIT_CODE=4\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPipeline(t)
			names := planted(p)
			if c.prepare != nil {
				c.prepare(p)
			}
			var out bytes.Buffer
			code := entrypoint.RunCI(t.Context(), entrypoint.Env{
				Args: c.args, Getenv: func(name string) string { return p.env[name] }, Stdout: &out, Stderr: &out, ReadFile: os.ReadFile, Sleep: p.sleep,
			}, c.run)
			if code != c.code {
				t.Fatalf("exit code %d\n%s", code, out.String())
			}
			for _, name := range names {
				text, err := os.ReadFile(filepath.Join(p.dir, name))
				switch {
				case name == "dotenv-file":
					if diff := cmp.Diff(c.dotenv, string(text)); diff != "" {
						t.Error(diff)
					}
				case !errors.Is(err, os.ErrNotExist):
					t.Errorf("%s is there, %v: %s", name, err, text)
				}
			}
		})
	}
}

// What a run reads is not its own to remove, nor is what a link leads to.
func TestWithdrawingTouchesNothingElse(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.json")
	if err := os.WriteFile(outside, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	j := newJob(t, "pull_request").files(
		"service.yaml", "name: a\n", "metrics.yaml", "interval: 1m\n", "target.json", "{}", "published.json", "no report", "folder/x", "x",
	).set(
		"INPUT_REPORT-FILE", "service.yaml", "INPUT_SARIF-FILE", "metrics.yaml", "INPUT_PROMETHEUS-URL", "file:metrics.yaml", "INPUT_JUNIT-FILE", "link.xml",
		"INPUT_COMMENT-FILE", "../x", "INPUT_CODEQUALITY-FILE", "published.json", "INPUT_FROM-REPORT", "published.json", "INPUT_DOTENV-FILE", "folder",
		"INPUT_ANNOTATIONS-FILE", "away/outside.json",
	)
	for link, target := range map[string]string{"link.xml": "target.json", "away": filepath.Dir(outside)} {
		if err := os.Symlink(target, filepath.Join(j.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if code := j.start(); code != entrypoint.ExitUsage {
		t.Fatalf("exit code %d", code)
	}
	for _, name := range []string{"service.yaml", "metrics.yaml", "target.json", "published.json", "folder/x", "away/outside.json"} {
		if _, err := os.Stat(filepath.Join(j.dir, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(j.dir, "link.xml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link is there: %v", err)
	}
}
