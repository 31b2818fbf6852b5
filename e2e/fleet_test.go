//go:build e2e

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nthlayer/action/e2e/neighbour"
)

// pintConfig returns the configuration that the page about generated rules shows, which
// says why it switches two checks off, with more that is asked for here.
func (l *lab) pintConfig(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(l.root, "docs", "generate-rules.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?ms)^```text\n# \\.pint\\.hcl\n(.*?)^```$").FindSubmatch(page)
	if shown == nil {
		t.Fatal("the page shows no configuration for pint")
	}
	return string(shown[1]) + pintRules
}

// pintRules are what is asked of every alert beside what pint asks.
const pintRules = `
rule {
  match { kind = "alerting" }
  annotation "summary" {
    severity = "bug"
    required = true
  }
  label "severity" {
    severity = "bug"
    value    = "critical|warning|info|page|ticket"
    required = true
  }
}
`

// everyKind are all kinds of artefacts, also those that are made only when named.
const everyKind = "slos,sloth,pyrra,recording-rules,burn-rate-alerts,rule-tests,alerts,dashboard,loki-alerts,pagerduty,alertmanager,exporters,backstage,gate"

// fleet is a folder with everything that is generated for the fleet of services, of
// their base and of production.
type fleet struct {
	lab *lab
	dir string
}

func (l *lab) fleet(t *testing.T) fleet {
	t.Helper()
	f := fleet{l, t.TempDir()}
	if err := os.CopyFS(f.dir, os.DirFS(filepath.Join(l.root, "testdata", "fleet"))); err != nil {
		t.Fatal(err)
	}
	for _, environment := range []string{"", "prod"} {
		f.run(t, f.program(), "apply", "--quiet", "--lint", "--fail-on", "error", "--only", everyKind, "--env", environment)
	}
	return f
}

func (f fleet) program() string { return filepath.Join(f.lab.root, "bin", "nthlayer") }

// run runs a program in the folder and returns its standard output.
func (f fleet) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = f.dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + f.dir}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("%s %s: %v\n%s%s", filepath.Base(name), args[:min(len(args), 4)], err, tail(stdout.String()), tail(stderr.String()))
	}
	return stdout.String()
}

// tail is the end of a long output, where what went wrong stands.
func tail(text string) string { return text[max(0, len(text)-4000):] }

// files returns the generated files of these names, relative to the folder.
func (f fleet) files(t *testing.T, names ...string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(f.dir, "generated"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && slices.Contains(names, d.Name()) {
			path, err = filepath.Rel(f.dir, path)
			out = append(out, path)
		}
		return err
	})
	if err != nil || len(out) < 40*len(names) {
		t.Fatalf("%d files %v, %v", len(out), names, err)
	}
	return out
}

// TestFleet shows everything that is generated for the fleet to the programs that it
// is for.
func TestFleet(t *testing.T) {
	f := newLab(t).fleet(t)
	rules := f.files(t, "alerts.yaml", "burn-rate-alerts.yaml", "recording-rules.yaml")
	t.Run("promtool check rules", func(t *testing.T) {
		f.run(t, f.lab.tool(t, "promtool", required), append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, rules...)...)
	})
	t.Run("promtool check config", func(t *testing.T) {
		f.run(t, f.lab.tool(t, "promtool", required), append([]string{"check", "config"}, f.files(t, "scrape-configs.yaml")...)...)
	})
	t.Run("promtool test rules", f.ruleTests)
	t.Run("pint", func(t *testing.T) {
		config := filepath.Join(f.dir, "pint.hcl")
		if err := os.WriteFile(config, []byte(f.lab.pintConfig(t)), 0o600); err != nil {
			t.Fatal(err)
		}
		f.run(t, f.lab.tool(t, "pint", required), append([]string{"--offline", "--no-color", "--config", config, "lint", "--min-severity=info", "--fail-on=info"}, rules...)...)
	})
	t.Run("sloth", f.sloth)
	t.Run("Alertmanager", f.alertmanager)
}

// ruleTests runs the unit tests of the services' base: those of production differ
// in numbers only, and promtool takes some seconds for each file.
func (f fleet) ruleTests(t *testing.T) {
	binary := f.lab.tool(t, "promtool", required)
	files := slices.DeleteFunc(append(f.files(t, "rule-tests.yaml"), f.files(t, "rule-tests-days.yaml")...), func(name string) bool {
		return strings.HasPrefix(filepath.ToSlash(name), "generated/prod/")
	})
	var halves sync.WaitGroup
	for _, half := range [][]string{files[:len(files)/2], files[len(files)/2:]} {
		halves.Go(func() {
			if out := f.run(t, binary, append([]string{"test", "rules"}, half...)...); strings.Count(out, "SUCCESS") != len(half) {
				t.Errorf("%d files, and promtool says:\n%s", len(half), tail(out))
			}
		})
	}
	halves.Wait()
}

func (f fleet) sloth(t *testing.T) {
	binary, promtool := f.lab.tool(t, "sloth", required), f.lab.tool(t, "promtool", required)
	in, out := filepath.Join(f.dir, "sloth"), filepath.Join(f.dir, "of-sloth")
	if err := errors.Join(os.Mkdir(in, 0o755), os.Mkdir(out, 0o755)); err != nil {
		t.Fatal(err)
	}
	for i, name := range f.files(t, "sloth.yaml") {
		if err := os.Rename(filepath.Join(f.dir, name), filepath.Join(in, fmt.Sprintf("%d.yaml", i))); err != nil {
			t.Fatal(err)
		}
	}
	f.run(t, binary, "generate", "--input", in, "--out", out)
	made, err := filepath.Glob(filepath.Join(out, "*.yaml"))
	if err != nil || len(made) < 60 {
		t.Fatalf("sloth made %d files, %v", len(made), err)
	}
	f.run(t, promtool, append([]string{"check", "rules"}, made...)...)
}

// alertmanager checks the routes of all services in production together, and asks
// who would be told.
func (f fleet) alertmanager(t *testing.T) {
	amtool, server := f.lab.tool(t, "amtool", required), f.lab.tool(t, "alertmanager", required)
	config := filepath.Join(f.dir, "alertmanager.yaml")
	text := f.run(t, f.program(), "generate", "alertmanager", "--merge", "generated", "--env", "prod")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.run(t, amtool, "check-config", config)
	for labels, want := range map[string]string{
		"service=checkout severity=critical":  "shop-pagerduty,sre-pagerduty",
		"service=checkout severity=info":      "null",
		"service=cms severity=warning":        "content-slack",
		"owner_service=cms severity=critical": "content-pagerduty",
		"service=gateway severity=page slo=s": "sre-pagerduty,edge-slack",
		"service=pricing severity=critical":   "team-4000bb63-pagerduty", // its name is none for a receiver
		"service=nobody severity=critical":    "null",
	} {
		got := f.run(t, amtool, append([]string{"config", "routes", "test", "--config.file", config, "env=prod"}, strings.Fields(labels)...)...)
		if strings.TrimSpace(got) != want {
			t.Errorf("%s goes to %s, want %s", labels, strings.TrimSpace(got), want)
		}
	}
	s, err := neighbour.Alertmanager(t.Context(), server, config, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
}
