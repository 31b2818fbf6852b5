package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/entrypoint"
)

var updateDocs = flag.Bool("update", false, "rewrite the outputs and the generated tables in docs/*.md")

// The pages in docs/*.md and docs/examples/*.md are run from top to bottom, each in a folder of its own
// at the time scriptNow:
//
//   - A yaml block that begins with a comment such as "# services/a.yaml" is that
//     file. It is written where it says. Below services/, but for environments/
//     and .nthlayer/, it must pass nthlayer validate; below .github/workflows/
//     it must use only inputs and outputs that the action has.
//   - A yaml block that begins with "- kind:" is a list of resources of a
//     service, which must pass nthlayer validate.
//   - A console block is a session of sh: commands behind "$ ", and what they
//     print. A command that fails is followed by "$ echo $?".
//   - What stands between "<!-- generated: NAME -->" and "<!-- end -->" is made
//     from the code, by the function of that name in tables.
//   - A text block is only looked at. There are no blocks of other kinds.
//
// go test ./cmd/action -run TestDocs -update writes outputs and tables anew.
func TestDocs(t *testing.T) {
	var pages []string
	for _, pattern := range []string{"../../docs/*.md", "../../docs/examples/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no pages %s: %v", pattern, err)
		}
		pages = append(pages, found...)
	}
	for _, path := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".md"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p := page{t: t, dir: t.TempDir()}
			want := fillIn(t, p.run(string(data)))
			if *updateDocs {
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(data), want); diff != "" {
				t.Errorf("%s (-page +run):\n%s", path, diff)
			}
			checkLinks(t, path, want)
		})
	}
}

var (
	block     = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	fileName  = regexp.MustCompile(`^# ([\w./-]+\.(?:ya?ml|lint))\n`)
	generated = regexp.MustCompile(`(?ms)^(<!-- generated: ([\w-]+) -->\n)(.*?)(<!-- end -->)$`)
	link      = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
)

// page is one page that is run.
type page struct {
	t   *testing.T
	dir string
	// last is the exit code of the last command.
	last int
}

// run runs all blocks of a page and returns the page as it should be.
func (p *page) run(text string) string {
	return block.ReplaceAllStringFunc(text, func(whole string) string {
		m := block.FindStringSubmatch(whole)
		switch m[1] {
		case "yaml":
			p.yaml(m[2])
		case "console":
			return "```console\n" + p.console(m[2]) + "```"
		case "text":
		default:
			p.t.Errorf("a block of the kind %q is not run:\n%s", m[1], m[2])
		}
		return whole
	})
}

func (p *page) yaml(text string) {
	p.t.Helper()
	name := "resources.yaml"
	switch m := fileName.FindStringSubmatch(text); {
	case m != nil:
		name = m[1]
	case strings.HasPrefix(text, "- kind:"):
		text = "service:\n  name: resources\n  team: docs\n  tier: standard\n  type: api\nresources:\n" + text
	default:
		p.t.Errorf("a yaml block is neither a file nor a list of resources:\n%s", text)
		return
	}
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	switch {
	case strings.HasPrefix(name, ".github/workflows/"):
		checkWorkflow(p.t, text)
		lintWorkflow(p.t, name, text)
	case name == "resources.yaml", strings.HasPrefix(name, "services/") && !strings.Contains(name, "/environments/") && !strings.Contains(name, "/.nthlayer/"):
		if out, code := p.sh("nthlayer validate --strict " + name); code != 0 {
			p.t.Errorf("%s is not sound:\n%s\n%s", name, text, out)
		}
	}
}

// console runs the commands of a session and returns it with what they print.
func (p *page) console(session string) string {
	var b strings.Builder
	for command := range strings.Lines(session) {
		if !strings.HasPrefix(command, "$ ") {
			continue
		}
		if p.last != 0 && command != "$ echo $?\n" {
			p.t.Errorf("the page does not show that the command before %q ends with %d", command, p.last)
		}
		var out string
		out, p.last = p.sh(strings.TrimPrefix(command, "$ "))
		b.WriteString(command + out)
	}
	if p.last != 0 {
		p.t.Errorf("the page does not show that the last command ends with %d:\n%s", p.last, session)
		p.last = 0
	}
	return b.String()
}

func (p *page) sh(command string) (string, int) {
	c := exec.Command("sh", "-c", fmt.Sprintf("(exit %d)\n%s", p.last, command))
	c.Dir = p.dir
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "NOW=" + scriptNow}
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatalf("%s: %v", command, err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// fillIn fills in the generated parts of a page.
func fillIn(t *testing.T, text string) string {
	return generated.ReplaceAllStringFunc(text, func(whole string) string {
		m := generated.FindStringSubmatch(whole)
		table, ok := tables()[m[2]]
		if !ok {
			t.Errorf("nothing generates %q", m[2])
			return whole
		}
		return m[1] + table(t) + m[4]
	})
}

// checkLinks follows the links of a page to other files.
func checkLinks(t *testing.T, path, text string) {
	for _, m := range link.FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
			t.Errorf("%s links to %s, which does not exist", path, m[1])
		}
	}
}

func TestRulePagesLinkToPages(t *testing.T) {
	pages, err := filepath.Glob("../../docs/rules/*/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, path := range pages {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		checkLinks(t, path, string(data))
	}
}

var (
	outputUse = regexp.MustCompile(`steps\.\w+\.outputs\.([\w-]+)`)
	actionUse = regexp.MustCompile(`^nthlayer/action@(v\d|[0-9a-f]{40}$)`)
)

// checkWorkflow compares a workflow with the action's inputs and outputs.
func checkWorkflow(t *testing.T, text string) {
	t.Helper()
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses string            `yaml:"uses"`
				With map[string]string `yaml:"with"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
	}
	if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	used := 0
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			if !actionUse.MatchString(step.Uses) {
				continue
			}
			used++
			for name := range step.With {
				if !slices.ContainsFunc(entrypoint.Options(), func(o entrypoint.Option) bool { return o.Name == name }) {
					t.Errorf("the action has no input %s", name)
				}
			}
		}
	}
	if used == 0 {
		t.Errorf("the workflow does not use the action:\n%s", text)
	}
	for _, m := range outputUse.FindAllStringSubmatch(text, -1) {
		if !slices.ContainsFunc(entrypoint.Outputs(), func(o entrypoint.OutputOption) bool { return o.Name == m[1] }) {
			t.Errorf("the action has no output %s", m[1])
		}
	}
}

// TestDocsAreRun shows that the mechanism finds what is wrong with a page.
func TestDocsAreRun(t *testing.T) {
	p := page{t: t, dir: t.TempDir()}
	got := p.run("```yaml\n# services/a.yaml\nname: a\nteam: t\ntier: low\ntype: api\n```\n\n```console\n$ ls services\nwrong\n$ nthlayer validate --strickt\n$ echo $?\n```\n")
	want := "```console\n$ ls services\na.yaml\n$ nthlayer validate --strickt\nnthlayer: unknown flag: --strickt; did you mean --strict?\n$ echo $?\n3\n```\n"
	if !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s", got)
	}
}
